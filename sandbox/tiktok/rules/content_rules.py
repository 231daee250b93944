"""The rules for a product's own fields, without its SKUs.

Source: *Create Product*. Only fields that are present are checked; which are required depends on the operation.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.errors import ApiError, invalid_field, missing_field
from sandbox.tiktok.protocol.request_body import Body
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
        "is_blind_box",
        "is_cod_allowed",
        "is_live_quick",
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
        "shipping_insurance_requirement",
        "shipping_template_id",
        "size_chart",
        "skus",
        "title",
        "video",
    ]
)
REQUIRED: Final = ("title", "description", "category_id", "main_images", "skus", "package_weight")
MAX_MAIN_IMAGES: Final = 9
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_POSITIVE_INTEGER = re.compile(r"[1-9][0-9]*\Z")
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
    """Raise `ApiError` 36009004 for the first missing field."""
    for name in required:
        if body.get(name) is None:
            raise missing_field(name)


def check_content(body: Body, shop: Shop) -> None:
    """Raise `ApiError` for the first invalid field."""
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
        raise ApiError(12052369, "The external product id is longer than 999 characters.")
    if len(request_body.objects(body, "certifications") or ()) > 10:
        raise invalid_field("certifications", "at most 10 entries")
    quantity = request_body.integer(body, "minimum_order_quantity")
    if quantity is not None and not 1 <= quantity <= 20:
        raise invalid_field("minimum_order_quantity", "1 to 20")
    _check_texts(body, "search_terms", 15, 250)
    _check_texts(body, "key_product_features", 5, 1500)


def clear_unknown_brand(body: Body, shop: Shop) -> tuple[dict[str, object], list[dict[str, str]]]:
    """Return the body without an unknown brand, and the warning about it."""
    brand = request_body.text(body, "brand_id")
    if brand is None or brand in shop.brands:
        return dict(body), []
    warning = (
        f"The [brand_id]:{brand} field is incorrect and has been automatically cleared by the system. "
        "Reason: [Brand does not exist]. You can edit it later."
    )
    return {name: value for name, value in body.items() if name != "brand_id"}, [{"message": warning}]


def leaf_category(shop: Shop, category_id: str) -> Category:
    """Return the leaf category. Raises `ApiError`: 12052002 format, 12052023 unknown, 12052024 not a leaf."""
    if not (category_id.isascii() and category_id.isdigit()):
        raise ApiError(12052002, "The category id has a wrong format.")
    category = shop.category(category_id)
    if category is None:
        raise ApiError(12052023, f"The category {category_id} does not exist.")
    if not category.is_leaf:
        raise ApiError(12052024, f"The category {category_id} is not a leaf category.")
    return category


def check_measuring_system(content: Body) -> None:
    """Raise `ApiError` 12052915 if weight and dimensions of the whole product mix metric and imperial units."""
    weight, size = content.get("package_weight"), content.get("package_dimensions")
    if weight and size and (weight["unit"] in _IMPERIAL) != (size["unit"] in _IMPERIAL):
        raise ApiError(12052915, "The package weight and dimensions must use the same measuring system.")


def check_category_requirements(content: Body, shop: Shop) -> None:
    """Raise `ApiError` if the whole product misses something that its category requires.

    12052104 for an attribute, 12052105 for a certification, 36009004 for another field.
    """
    category = leaf_category(shop, str(content.get("category_id")))
    attribute_ids = {entry.get("id") for entry in content.get("product_attributes") or ()}
    for attribute in category.required_attributes:
        if attribute not in attribute_ids:
            raise ApiError(12052104, f"The mandatory attribute {attribute} of the category is missing.")
    certification_ids = {entry.get("id") for entry in content.get("certifications") or ()}
    for need in category.needs:
        if need.startswith(Need.CERTIFICATION):
            if need.removeprefix(Need.CERTIFICATION) not in certification_ids:
                raise ApiError(12052105, "A qualification that the category demands is missing.")
        elif not content.get(_FIELD_OF_NEED[need]):
            raise missing_field(_FIELD_OF_NEED[need])


def _check_category(body: Body, shop: Shop) -> None:
    version = request_body.text(body, "category_version") or "v1"
    if version not in ("v1", "v2"):
        raise invalid_field("category_version", "v1 or v2")
    category_id = request_body.text(body, "category_id")
    if category_id is None:
        return
    if version not in shop.category_versions:
        raise ApiError(12052217, "This shop needs category_version v2.")
    leaf_category(shop, category_id)


def _check_images(body: Body, shop: Shop) -> None:
    images = request_body.objects(body, "main_images")
    if images is None:
        return
    if not images:
        raise ApiError(12052028, "A main image is required.")
    if len(images) > MAX_MAIN_IMAGES:
        raise ApiError(12052306, f"There are more than {MAX_MAIN_IMAGES} main images.")
    for image in images:
        request_body.check_fields(image, frozenset({"uri"}), "main_images.")
        if request_body.required_text(image, "uri") not in shop.image_uris:
            raise ApiError(
                12052300, f"The main image uri {image['uri']!r} is invalid: upload the image first."
            )


def _check_weight(body: Body, shop: Shop) -> None:
    weight = request_body.optional_object(body, "package_weight")
    if weight is None:
        return
    value, unit = request_body.required_text(weight, "value"), request_body.required_text(weight, "unit")
    if unit not in _DIGITS or shop.region not in _REGIONS.get(unit, frozenset({shop.region})):
        raise ApiError(12019060, f"The weight unit {unit!r} is not allowed in this market.")
    if not _NUMBER.match(value) or Decimal(value) <= 0 or len(value.partition(".")[2]) > _DIGITS[unit]:
        raise ApiError(12052006, f"The package weight {value!r} {unit} is invalid.")


def _check_dimensions(body: Body, shop: Shop) -> None:
    size = request_body.optional_object(body, "package_dimensions")
    if size is None:
        return
    unit = request_body.required_text(size, "unit")
    if unit not in ("CENTIMETER", "INCH") or (unit == "INCH" and shop.region != "US"):
        raise ApiError(12019061, f"The dimension unit {unit!r} is not allowed in this market.")
    for name, code in (("length", 12052003), ("width", 12052004), ("height", 12052005)):
        if not _POSITIVE_INTEGER.match(request_body.required_text(size, name)):
            raise ApiError(code, f"The package {name} {size[name]!r} is not a whole number above zero.")


def _check_attributes(body: Body) -> None:
    for attribute in request_body.objects(body, "product_attributes") or ():
        request_body.check_fields(attribute, frozenset({"id", "values"}), "product_attributes.")
        if request_body.digits(attribute, "id") is None:
            raise missing_field("id")
        values = request_body.objects(attribute, "values")
        if not values:
            raise ApiError(12052241, f"The attribute {attribute['id']} has no value.")
        for value in values:
            name = request_body.text(value, "name")
            if request_body.digits(value, "id") is None and not name:
                raise ApiError(
                    12052241, f"A value of the attribute {attribute['id']} has neither id nor name."
                )
            if len(name or "") > 2000:
                raise ApiError(12052242, f"A value of the attribute {attribute['id']} is too long.")


def _check_texts(body: Body, name: str, max_count: int, max_length: int) -> None:
    values = request_body.texts(body, name)
    if len(values) > max_count or any(len(value) > max_length for value in values):
        raise invalid_field(name, f"at most {max_count} texts of {max_length} characters")
