"""Content rules: what TikTok takes as a product's own fields, its SKUs left aside.

Source: *Create Product*. A field is judged where it is there; which have to be there is the operation's to say.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from sandbox.tiktok.api import request_body
from sandbox.tiktok.api.errors import Refused, is_invalid, is_required
from sandbox.tiktok.api.request_body import Body
from sandbox.tiktok.rules.text_rules import check_description, check_title
from sandbox.tiktok.shops import Category, Need, Shop

FIELDS: Final = frozenset(
    [
        "auto_translate_enabled",
        "brand_id",
        "category_id",
        "category_version",
        "certifications",
        "delivery_option_ids",
        "description",
        "external_product_id",
        "is_cod_allowed",
        "is_pre_owned",
        "key_product_features",
        "listing_platforms",
        "locale",
        "main_images",
        "manufacturer_ids",
        "minimum_order_quantity",
        "package_dimensions",
        "package_weight",
        "product_attributes",
        "product_tag_operations",
        "purchase_order_quantity_limit",
        "responsible_person_ids",
        "save_mode",
        "scheduled_sale",
        "search_terms",
        "selling_format",
        "shipping_template_id",
        "size_chart",
        "skus",
        "title",
        "video",
    ]
)
REQUIRED: Final = ("title", "description", "category_id", "main_images", "skus", "package_weight")
MOST_MAIN_IMAGES: Final = 9
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_WHOLE = re.compile(r"[1-9][0-9]*\Z")
_DIGITS: Final = {"KILOGRAM": 3, "POUND": 2, "GRAM": 0}
_REGIONS: Final = {"POUND": frozenset({"US"}), "GRAM": frozenset({"BR", "JP", "MX"})}
_IMPERIAL: Final = frozenset({"POUND", "INCH"})
_FIELD_OF_NEED: Final = {
    "size_chart": "size_chart",
    "package_dimensions": "package_dimensions",
    "responsible_person": "responsible_person_ids",
    "manufacturer": "manufacturer_ids",
}


def check_required(body: Body, required: tuple[str, ...] = REQUIRED) -> None:
    """Raise `Refused` 36009004 for the first field that is not there."""
    for name in required:
        if body.get(name) is None:
            raise is_required(name)


def check_content(body: Body, shop: Shop) -> None:
    """Raise `Refused` for the first of these fields that TikTok does not take."""
    if (title := request_body.text(body, "title")) is not None:
        check_title(title, shop.region)
    if (description := request_body.text(body, "description")) is not None:
        check_description(description, shop.image_uris)
    _check_category(body, shop)
    _check_images(body, shop)
    _check_weight(body, shop)
    _check_dimensions(body, shop)
    _check_attributes(body)
    if len(request_body.text(body, "external_product_id") or "") > 999:
        raise Refused(12052369, "The external product id is longer than 999 characters.")
    if len(request_body.objects(body, "certifications") or ()) > 10:
        raise is_invalid("certifications", "at most 10 entries")
    quantity = request_body.whole(body, "minimum_order_quantity")
    if quantity is not None and not 1 <= quantity <= 20:
        raise is_invalid("minimum_order_quantity", "1 to 20")
    _check_words(body, "search_terms", 15, 250)
    _check_words(body, "key_product_features", 5, 1500)


def clear_unknown_brand(body: Body, shop: Shop) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The body without a brand that TikTok does not know, and the warning that says so."""
    brand = request_body.text(body, "brand_id")
    if brand is None or brand in shop.brands:
        return dict(body), []
    warning = (
        f"The [brand_id]:{brand} field is incorrect and has been automatically cleared by the system. "
        "Reason: [Brand does not exist]. You can edit it later."
    )
    return {name: value for name, value in body.items() if name != "brand_id"}, [{"message": warning}]


def leaf_category(shop: Shop, category_id: str) -> Category:
    """The category of this id. Raises `Refused`: 12052002 format, 12052023 unknown, 12052024 not a leaf."""
    if not (category_id.isascii() and category_id.isdigit()):
        raise Refused(12052002, "The category id has a wrong format.")
    category = shop.category(category_id)
    if category is None:
        raise Refused(12052023, f"The category {category_id} does not exist.")
    if not category.is_leaf:
        raise Refused(12052024, f"The category {category_id} is not a leaf category.")
    return category


def check_one_system(content: Body) -> None:
    """Raise `Refused` 12052915 where the whole product's package is weighed in one system and measured in another."""
    weight, size = content.get("package_weight"), content.get("package_dimensions")
    if weight and size and (weight["unit"] in _IMPERIAL) != (size["unit"] in _IMPERIAL):
        raise Refused(12052915, "The package weight and dimensions must use the same measuring system.")


def check_category_demands(content: Body, shop: Shop) -> None:
    """Raise `Refused` where the whole product lacks what its category demands.

    12052104 an attribute, 12052105 a certification, 36009004 another field.
    """
    category = leaf_category(shop, str(content.get("category_id")))
    given = {one.get("id") for one in content.get("product_attributes") or ()}
    for attribute in category.required_attributes:
        if attribute not in given:
            raise Refused(12052104, f"The mandatory attribute {attribute} of the category is missing.")
    certified = {one.get("id") for one in content.get("certifications") or ()}
    for need in category.needs:
        if need.startswith(Need.CERTIFICATION):
            if need.removeprefix(Need.CERTIFICATION) not in certified:
                raise Refused(12052105, "A qualification that the category demands is missing.")
        elif not content.get(_FIELD_OF_NEED[need]):
            raise is_required(_FIELD_OF_NEED[need])


def _check_category(body: Body, shop: Shop) -> None:
    version = request_body.text(body, "category_version") or "v1"
    if version not in ("v1", "v2"):
        raise is_invalid("category_version", "v1 or v2")
    category_id = request_body.text(body, "category_id")
    if category_id is None:
        return
    if version not in shop.category_versions:
        raise Refused(12052217, "This shop needs category_version v2.")
    leaf_category(shop, category_id)


def _check_images(body: Body, shop: Shop) -> None:
    images = request_body.objects(body, "main_images")
    if images is None:
        return
    if not images:
        raise Refused(12052028, "A main image is required.")
    if len(images) > MOST_MAIN_IMAGES:
        raise Refused(12052306, f"There are more than {MOST_MAIN_IMAGES} main images.")
    for image in images:
        request_body.check_known(image, frozenset({"uri"}), "main_images.")
        if request_body.required_text(image, "uri") not in shop.image_uris:
            raise Refused(
                12052300, f"The main image uri {image['uri']!r} is invalid: upload the image first."
            )


def _check_weight(body: Body, shop: Shop) -> None:
    weight = request_body.object_of(body, "package_weight")
    if weight is None:
        return
    value, unit = request_body.required_text(weight, "value"), request_body.required_text(weight, "unit")
    if unit not in _DIGITS or shop.region not in _REGIONS.get(unit, frozenset({shop.region})):
        raise Refused(12019060, f"The weight unit {unit!r} is not allowed in this market.")
    if not _NUMBER.match(value) or Decimal(value) <= 0 or len(value.partition(".")[2]) > _DIGITS[unit]:
        raise Refused(12052006, f"The package weight {value!r} {unit} is invalid.")


def _check_dimensions(body: Body, shop: Shop) -> None:
    size = request_body.object_of(body, "package_dimensions")
    if size is None:
        return
    unit = request_body.required_text(size, "unit")
    if unit not in ("CENTIMETER", "INCH") or (unit == "INCH" and shop.region != "US"):
        raise Refused(12019061, f"The dimension unit {unit!r} is not allowed in this market.")
    for name, code in (("length", 12052003), ("width", 12052004), ("height", 12052005)):
        if not _WHOLE.match(request_body.required_text(size, name)):
            raise Refused(code, f"The package {name} {size[name]!r} is not a whole number above zero.")


def _check_attributes(body: Body) -> None:
    for attribute in request_body.objects(body, "product_attributes") or ():
        request_body.check_known(attribute, frozenset({"id", "values"}), "product_attributes.")
        if request_body.digits(attribute, "id") is None:
            raise is_required("id")
        values = request_body.objects(attribute, "values")
        if not values:
            raise Refused(12052241, f"The attribute {attribute['id']} has no value.")
        for value in values:
            name = request_body.text(value, "name")
            if request_body.digits(value, "id") is None and not name:
                raise Refused(
                    12052241, f"A value of the attribute {attribute['id']} has neither id nor name."
                )
            if len(name or "") > 2000:
                raise Refused(12052242, f"A value of the attribute {attribute['id']} is too long.")


def _check_words(body: Body, name: str, most: int, longest: int) -> None:
    words = request_body.texts(body, name)
    if len(words) > most or any(len(word) > longest for word in words):
        raise is_invalid(name, f"at most {most} texts of {longest} characters")
