"""Attributes of a Magento product: their values, and the difference between empty and not received."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from json import dumps
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""A JSON value as Magento sent it: str, int, float, bool, None, a list of values, or an object of values."""

Attributes: TypeAlias = Mapping[str, Value]
"""Attribute code -> value as Magento sent it. A missing code was not received."""


class NotReceived(Enum):
    """The value of an attribute that was never received from Magento. It is false in a condition."""

    NOT_RECEIVED = "not received"

    def __repr__(self) -> str:
        return "not received"

    def __bool__(self) -> bool:
        return False


NOT_RECEIVED: Final = NotReceived.NOT_RECEIVED
LONGEST_SHOWN: Final = 60
"""Characters of a value in a sentence."""


def shown(value: Value | NotReceived) -> str:
    """Return a value as sentences show it: a text in quotes, and anything else as JSON, as Magento sends it."""
    if isinstance(value, NotReceived):
        return "not received"
    if value is None or value == "":
        return "empty"
    if isinstance(value, str):
        text = repr(value)
    else:
        text = dumps(value, ensure_ascii=False, default=str).replace('"', "'")
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


class AttributeType(StrEnum):
    """How values of an attribute compare; Magento's `frontend_input`, narrowed to what comparing needs."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    DATE = "date"
    MULTISELECT = "multiselect"
    TEXT = "text"
    STRUCTURE = "structure"


ATTRIBUTE_TYPES: Final[Mapping[str, AttributeType]] = {
    "attribute_set_id": AttributeType.NUMBER,
    "category_ids": AttributeType.MULTISELECT,
    "cost": AttributeType.NUMBER,
    "created_at": AttributeType.DATE,
    "description": AttributeType.TEXT,
    "final_price": AttributeType.NUMBER,
    "manage_stock": AttributeType.BOOLEAN,
    "media_gallery": AttributeType.STRUCTURE,
    "meta_description": AttributeType.TEXT,
    "meta_keyword": AttributeType.TEXT,
    "meta_title": AttributeType.TEXT,
    "min_qty": AttributeType.NUMBER,
    "name": AttributeType.TEXT,
    "news_from_date": AttributeType.DATE,
    "news_to_date": AttributeType.DATE,
    "price": AttributeType.NUMBER,
    "quantity": AttributeType.NUMBER,
    "salable_quantity": AttributeType.NUMBER,
    "short_description": AttributeType.TEXT,
    "sku": AttributeType.TEXT,
    "source_items": AttributeType.STRUCTURE,
    "special_from_date": AttributeType.DATE,
    "special_price": AttributeType.NUMBER,
    "special_to_date": AttributeType.DATE,
    "status": AttributeType.NUMBER,
    "stock_status": AttributeType.BOOLEAN,
    "tax_class_id": AttributeType.NUMBER,
    "tier_price": AttributeType.STRUCTURE,
    "type_id": AttributeType.TEXT,
    "url_key": AttributeType.TEXT,
    "visibility": AttributeType.NUMBER,
    "website_ids": AttributeType.MULTISELECT,
    "weight": AttributeType.NUMBER,
}
"""Types of the attributes that every Magento store has. A shop adds its own (`magento.attribute_types`)."""

FINAL_PRICE: Final = "final_price"
"""What a buyer pays: the price, or the special price within its dates. Derived, because it changes with time."""

SPECIAL_PRICE_ATTRIBUTES: Final = frozenset({"special_price", "special_from_date", "special_to_date"})
PRICE_ATTRIBUTES: Final = frozenset(
    {"price", "tier_price", "cost", "msrp", FINAL_PRICE} | SPECIAL_PRICE_ATTRIBUTES
)
STOCK_ATTRIBUTES: Final = frozenset(
    {"quantity", "stock_status", "manage_stock", "min_qty", "salable_quantity", "source_items"}
)


class AttributeScope(StrEnum):
    """For how many store views Magento keeps one value of an attribute (*Scope* in Magento Admin)."""

    GLOBAL = "global"
    WEBSITE = "website"
    STORE_VIEW = "store_view"


_MAGENTO_SCOPES: Final[Mapping[AttributeScope, frozenset[str]]] = {
    AttributeScope.GLOBAL: frozenset(
        {
            "attribute_set_id",
            "category_ids",
            "color",
            "created_at",
            "gift_message_available",
            "has_options",
            "manufacturer",
            "media_gallery",
            "required_options",
            "sku",
            "sku_type",
            "type_id",
            "website_ids",
            "weight",
            "weight_type",
            *STOCK_ATTRIBUTES,
        }
    ),
    AttributeScope.WEBSITE: frozenset(
        {
            "country_of_manufacture",
            "msrp_display_actual_price_type",
            "news_from_date",
            "news_to_date",
            "special_from_date",
            "special_to_date",
            "status",
            "tax_class_id",
        }
    ),
}
ATTRIBUTE_SCOPES: Final[Mapping[str, AttributeScope]] = {
    code: scope for scope, codes in _MAGENTO_SCOPES.items() for code in codes
}
"""Scopes that Magento sets at installation (Magento_Catalog, *CategorySetup*, and Magento_Msrp). All other attributes
of Magento's own, and new attributes unless the merchant chose otherwise, have a value for each store view. A shop adds
its own (`magento.attribute_scopes`)."""

SCOPED_PRICES: Final = frozenset({"cost", "minimal_price", "msrp", "price", "special_price", "tier_price"})
"""Prices, whose scope is the store's setting *Catalog Price Scope*: global or website."""

IMAGE_ATTRIBUTES: Final = frozenset({"image", "small_image", "thumbnail", "swatch_image"})


def scope_of(code: str, scopes: Mapping[str, AttributeScope], price_scope: AttributeScope) -> AttributeScope:
    """Return the scope of an attribute. `scopes` are those that the shop's settings name."""
    found = scopes.get(code) or ATTRIBUTE_SCOPES.get(code)
    return found or (price_scope if code in SCOPED_PRICES else AttributeScope.STORE_VIEW)


FORM_FIELDS: Final = frozenset(
    {
        "affect_configurable_product_attributes",
        "affect_product_custom_options",
        "affected_category_ids",
        "can_save_bundle_selections",
        "can_save_custom_options",
        "current_product_id",
        "current_store_id",
        "force_reindex_eav_required",
        "form_key",
        "has_options",
        "ignore_links_flag",
        "is_changed_categories",
        "is_changed_websites",
        "is_custom_option_changed",
        "is_new",
        "is_salable",
        "mp_new",
        "parent_id",
        "product_has_weight",
        "required_options",
        "save_rewrites_history",
        "tier_price_changed",
        "url_key_create_redirect",
    }
)
"""Form fields and flags of a save in Magento Admin (from Adobe's sample payload). They are not attributes."""

FORM_PREFIXES: Final = ("_", "use_config_")
"""Keys that are not attributes: attribute codes begin with a letter, internal keys of a model with an underscore."""

FORM_SUFFIX: Final = "_is_formated"

SYNONYMS: Final[Mapping[str, str]] = {
    "category_links": "category_ids",
    "is_in_stock": "stock_status",
    "media_gallery_entries": "media_gallery",
    "qty": "quantity",
    "quantity_and_stock_status": "quantity",
    "stock_data": "quantity",
    "stock_item": "quantity",
}
"""Magento's other names of Quantity, its stock status, the images and the categories, which are stored under one."""

MAGENTO_ATTRIBUTES: Final = frozenset(
    {
        *ATTRIBUTE_TYPES,
        *PRICE_ATTRIBUTES,
        *STOCK_ATTRIBUTES,
        "color",
        "country_of_manufacture",
        "custom_design",
        "custom_design_from",
        "custom_design_to",
        "custom_layout",
        "custom_layout_update",
        "custom_layout_update_file",
        "gallery",
        "gift_message_available",
        "gift_wrapping_available",
        "gift_wrapping_price",
        "image",
        "image_label",
        "is_returnable",
        "links_exist",
        "links_purchased_separately",
        "links_title",
        "manufacturer",
        "minimal_price",
        "msrp_display_actual_price_type",
        "old_id",
        "options_container",
        "page_layout",
        "price_type",
        "price_view",
        "samples_title",
        "shipment_type",
        "sku_type",
        "small_image",
        "small_image_label",
        "swatch_image",
        "thumbnail",
        "thumbnail_label",
        "updated_at",
        "url_path",
        "weight_type",
    }
)
"""Product attributes that Magento installs, with ours for stock and the final price. Every store may use them."""


def canonical_code(code: str) -> str:
    """Return the code under which values of this attribute are stored."""
    return SYNONYMS.get(code, code)
