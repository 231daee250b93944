"""The product attributes of this store: input type, scope, options with their ids, and the attribute sets.

Numbers follow a Magento installation with its sample data where that has them (color 93, status 97, Black = 49).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ATTRIBUTE_SETS: Mapping[int, str] = {4: "Default", 9: "Top", 11: "Gear"}


class Input(StrEnum):
    """Magento's `frontend_input`."""

    TEXT = "text"
    TEXTAREA = "textarea"
    PRICE = "price"
    WEIGHT = "weight"
    DATE = "date"
    SELECT = "select"
    MULTISELECT = "multiselect"
    BOOLEAN = "boolean"
    MEDIA_IMAGE = "media_image"


class Scope(StrEnum):
    """Where a value may differ: only `store` and `website` values can be overridden in a store view."""

    GLOBAL = "global"
    WEBSITE = "website"
    STORE = "store"


@dataclass(frozen=True)
class Option:
    """A choice of a select or multiselect; `view_labels` has the labels that differ in a store view."""

    value: str
    label: str
    view_labels: Mapping[int, str] = field(default_factory=dict)

    def label_for(self, store_id: int) -> str:
        """Return the label that the store view shows."""
        return self.view_labels.get(store_id, self.label)


@dataclass(frozen=True)
class Attribute:
    """A product attribute."""

    id: int
    code: str
    label: str
    input: Input = Input.TEXT
    scope: Scope = Scope.STORE
    options: tuple[Option, ...] = ()
    required: bool = False
    user_defined: bool = False

    @property
    def is_global(self) -> bool:
        """Whether the attribute has one value for all store views."""
        return self.scope is Scope.GLOBAL


def _options(first: int, *labels: str, british: Mapping[str, str] | None = None) -> tuple[Option, ...]:
    view_labels = british or {}
    return tuple(
        Option(str(first + index), label, {1: view_labels[label]} if label in view_labels else {})
        for index, label in enumerate(labels)
    )


_VISIBILITY = _options(1, "Not Visible Individually", "Catalog", "Search", "Catalog, Search")
_STATUS = _options(1, "Enabled", "Disabled")
_TAX = (Option("0", "None"), Option("2", "Taxable Goods"))
_COLORS = _options(
    49, "Black", "Blue", "Brown", "Gray", "Green", "Lavender", "Multi", "Orange", "Purple", "Red", "White", "Yellow",
    british={"Gray": "Grey"},
)  # fmt: skip
_SIZES = _options(166, "XS", "S", "M", "L", "XL", "One Size", "11 oz", "15 oz", "38 mm", "42 mm")
_MATERIALS = _options(
    130, "Canvas", "Cotton", "Leather", "Linen", "Nylon", "Polyester", "Stainless Steel", "Stoneware", "Wool",
    "Silicone",
)  # fmt: skip
_ACTIVITIES = _options(
    5438, "Gym", "Hike", "Office", "Outdoor", "Recreation", "Running", "School", "Travel", "Yoga"
)
_BRANDS = _options(210, "Luma", "Tidewater", "Kestrel & Sons", "Maison Émile", "Northbay")

_ALL = (
    Attribute(73, "name", "Product Name", required=True),
    Attribute(75, "description", "Description", Input.TEXTAREA),
    Attribute(76, "short_description", "Short Description", Input.TEXTAREA),
    Attribute(77, "price", "Price", Input.PRICE, Scope.GLOBAL, required=True),
    Attribute(78, "special_price", "Special Price", Input.PRICE, Scope.GLOBAL),
    Attribute(79, "special_from_date", "Special Price From Date", Input.DATE, Scope.GLOBAL),
    Attribute(80, "special_to_date", "Special Price To Date", Input.DATE, Scope.GLOBAL),
    Attribute(81, "cost", "Cost", Input.PRICE, Scope.GLOBAL),
    Attribute(82, "weight", "Weight", Input.WEIGHT, Scope.GLOBAL),
    Attribute(83, "manufacturer", "Manufacturer", Input.SELECT, Scope.GLOBAL, _BRANDS, user_defined=True),
    Attribute(84, "meta_title", "Meta Title"),
    Attribute(85, "meta_keyword", "Meta Keywords", Input.TEXTAREA),
    Attribute(86, "meta_description", "Meta Description", Input.TEXTAREA),
    Attribute(87, "image", "Base", Input.MEDIA_IMAGE),
    Attribute(88, "small_image", "Small", Input.MEDIA_IMAGE),
    Attribute(89, "thumbnail", "Thumbnail", Input.MEDIA_IMAGE),
    Attribute(93, "color", "Color", Input.SELECT, Scope.GLOBAL, _COLORS, user_defined=True),
    Attribute(97, "status", "Enable Product", Input.SELECT, Scope.WEBSITE, _STATUS, required=True),
    Attribute(99, "visibility", "Visibility", Input.SELECT, Scope.STORE, _VISIBILITY, required=True),
    Attribute(121, "url_key", "URL Key"),
    Attribute(132, "tax_class_id", "Tax Class", Input.SELECT, Scope.WEBSITE, _TAX),
    Attribute(138, "size", "Size", Input.SELECT, Scope.GLOBAL, _SIZES, user_defined=True),
    Attribute(139, "material", "Material", Input.SELECT, Scope.GLOBAL, _MATERIALS, user_defined=True),
    Attribute(140, "activity", "Activity", Input.MULTISELECT, Scope.GLOBAL, _ACTIVITIES, user_defined=True),
    Attribute(141, "eco_collection", "Eco Collection", Input.BOOLEAN, Scope.GLOBAL, user_defined=True),
    Attribute(142, "ean", "EAN", Input.TEXT, Scope.GLOBAL, user_defined=True),
)

SET_ATTRIBUTES: tuple[str, ...] = (
    "entity_id", "attribute_set_id", "type_id", "old_id", "url_path", "required_options", "has_options", "image_label",
    "small_image_label", "thumbnail_label", "created_at", "sku", "updated_at", "sku_type", "price_type", "weight_type",
    "quantity_and_stock_status", "category_ids", "news_from_date", "news_to_date", "country_of_manufacture",
    "links_purchased_separately", "samples_title", "links_title", "links_exist", "shipment_type", "swatch_image",
    "media_gallery", "gallery", "tier_price", "minimal_price", "msrp", "msrp_display_actual_price_type", "price_view",
    "page_layout", "options_container", "custom_layout_update", "custom_layout_update_file", "custom_design_from",
    "custom_design_to", "custom_design", "custom_layout", "gift_message_available",
)  # fmt: skip
"""Magento's own attributes that each attribute set has besides those of `ATTRIBUTES`; they have no value here."""

ATTRIBUTES: Mapping[str, Attribute] = {attribute.code: attribute for attribute in _ALL}
"""Attribute code -> attribute, in the order of the attribute ids."""


def option_id(code: str, label: str) -> str:
    """Return the id of the option with this label in the default scope. Raises KeyError."""
    return {option.label: option.value for option in ATTRIBUTES[code].options}[label]


def option_label(code: str, value: str | None, store_id: int = 0) -> str:
    """Return the label of an option id as a store view shows it; "" for no value."""
    labels = {option.value: option.label_for(store_id) for option in ATTRIBUTES[code].options}
    return labels.get(value or "", "")
