"""The rules for SKUs: prices, stock and sales attributes. Source: *Create Product*."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from sandbox.tiktok.catalog.product import Offer
from sandbox.tiktok.protocol import request_body
from sandbox.tiktok.protocol.errors import ApiError, invalid_field, missing_field
from sandbox.tiktok.protocol.request_body import Body
from sandbox.tiktok.shops import CURRENCIES, Shop

FIELDS: Final = frozenset(
    [
        "id",
        "seller_sku",
        "price",
        "inventory",
        "sales_attributes",
        "external_sku_id",
        "identifier_code",
        "list_price",
        "external_list_prices",
        "external_urls",
        "combined_skus",
        "extra_identifier_codes",
        "sku_unit_count",
        "pre_sale",
        "fees",
        "sku_dimensions",
        "sku_weight",
    ]
)
MAX_QUANTITY: Final = 99_999
_SALES_ATTRIBUTE: Final = frozenset(
    {"id", "name", "value_id", "value_name", "sku_img", "supplementary_sku_images"}
)
_REGIONS_WITH_300_SKUS: Final = frozenset(
    [
        "BR",
        "MX",
        "JP",
        "UK",
        "GB",
        "US",
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
_REGIONS_WITH_STRICT_SKUS: Final = frozenset(
    ["AT", "BE", "CZ", "DE", "ES", "FR", "GR", "HU", "IT", "NL", "PL", "PT"]
)
_STRICT_SKU = re.compile(r"[A-Za-z0-9_-]{6,50}\Z")
_SKU = re.compile(r"\S{1,50}\Z")
_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]+)?\Z")
_CURRENCIES_WITHOUT_DECIMALS: Final = frozenset({"JPY", "VND", "IDR"})


def max_skus(region: str) -> int:
    """Return how many SKUs a product may have in this market."""
    return 300 if region in _REGIONS_WITH_300_SKUS else 100


def check_skus(skus: list[Body], shop: Shop) -> None:
    """Raise `ApiError` for the first violation; prices and stock are checked by `read_offer`."""
    if not skus:
        raise ApiError(12052902, "The SKU list is empty.")
    if len(skus) > max_skus(shop.region):
        raise ApiError(12052050, f"A product has at most {max_skus(shop.region)} SKUs in this market.")
    for sku in skus:
        request_body.check_fields(sku, FIELDS, "skus.")
        _check_seller_sku(sku, shop.region)
        request_body.text(sku, "external_sku_id", 999)
    ids = [sku["id"] for sku in skus if request_body.digits(sku, "id")]
    if len(set(ids)) != len(ids):
        raise ApiError(12052553, "A SKU id comes twice.")
    _check_axes(skus, shop)


def read_price(price: Body | None, shop: Shop) -> tuple[str, str]:
    """Return the amount and the currency. Raises `ApiError`."""
    if price is None:
        raise ApiError(12052571, "The price is missing.")
    if price.get("amount") is None:
        raise ApiError(12052571, "The price has no amount.")
    amount, currency = (
        request_body.required_text(price, "amount"),
        request_body.required_text(price, "currency"),
    )
    if currency not in CURRENCIES or currency != shop.currency:
        raise ApiError(
            12052084, f"The currency {currency!r} is not this shop's: {shop.currency} is expected."
        )
    if not _AMOUNT.match(amount) or len(amount.partition(".")[2]) > (
        0 if currency in _CURRENCIES_WITHOUT_DECIMALS else 2
    ):
        raise ApiError(12052012, f"The price {amount!r} has a wrong format.")
    if Decimal(amount) <= 0:
        raise ApiError(12052572, f"The price {amount!r} is invalid: it must be above zero.")
    return amount, currency


def read_stock(inventory: list[Body] | None, shop: Shop) -> dict[str, int]:
    """Return the quantities by warehouse id. Raises `ApiError`."""
    if not inventory:
        raise ApiError(12052096, "The SKU is in no warehouse.")
    quantities: dict[str, int] = {}
    for entry in inventory:
        warehouse = request_body.digits(entry, "warehouse_id")
        if warehouse is None:
            raise missing_field("warehouse_id")
        if warehouse not in shop.warehouses:
            raise ApiError(12052097, f"The warehouse {warehouse} does not exist.")
        if warehouse in quantities:
            raise ApiError(12052555, f"The warehouse {warehouse} comes twice.")
        quantities[warehouse] = read_quantity(entry)
    return quantities


def read_quantity(entry: Body) -> int:
    """Return the quantity in one warehouse. Raises `ApiError`."""
    quantity = request_body.integer(entry, "quantity")
    if quantity is None:
        raise missing_field("quantity")
    if quantity < 0:
        raise ApiError(12019024, "The stock count is invalid.")
    if quantity > MAX_QUANTITY:
        raise ApiError(12052055, f"The stock count is outside the limits: 0 to {MAX_QUANTITY}.")
    return quantity


def _read_backorders(inventory: list[Body]) -> dict[str, dict[str, int]]:
    named = ("backorder_quantity", "handling_time")
    found = {
        str(entry["warehouse_id"]): {name: entry[name] for name in named if entry.get(name) is not None}
        for entry in inventory
    }
    return {warehouse: backorders for warehouse, backorders in found.items() if backorders}


def read_offer(sku: Body, shop: Shop, previous: Offer | None = None) -> Offer:
    """Return a SKU's price and stock; a missing part is taken from `previous`, if given. Raises `ApiError`."""
    price, inventory = request_body.optional_object(sku, "price"), request_body.objects(sku, "inventory")
    if previous is not None and price is None:
        amount, currency = previous.amount, previous.currency
    else:
        amount, currency = read_price(price, shop)
    quantities = (
        previous.quantities if previous is not None and inventory is None else read_stock(inventory, shop)
    )
    backorders = previous.backorders if previous and inventory is None else _read_backorders(inventory or [])
    return Offer(amount, currency, quantities, backorders)


def _check_seller_sku(sku: Body, region: str) -> None:
    name = request_body.text(sku, "seller_sku")
    if name is None:
        return
    if len(name) > 50:
        raise ApiError(12052054, f"The seller SKU is too long: it has {len(name)} of 50 characters.")
    if not (_STRICT_SKU if region in _REGIONS_WITH_STRICT_SKUS else _SKU).match(name):
        raise ApiError(12019059, f"The seller SKU {name!r} is invalid.")


def _check_axes(skus: list[Body], shop: Shop) -> None:
    """Check that all SKUs have the same attributes, at most three, no combination twice, images on one only."""
    rows = [
        [_axis(attribute) for attribute in request_body.objects(sku, "sales_attributes") or ()]
        for sku in skus
    ]
    axes = [name for name, _ in rows[0]]
    if len(axes) > 3:
        raise ApiError(12052525, "A product has at most 3 sales attributes.")
    if any(sorted(name for name, _ in row) != sorted(axes) for row in rows) or len(set(axes)) != len(axes):
        raise ApiError(12052550, "Every SKU must have the same sales attributes.")
    if not axes and len(skus) > 1:
        raise ApiError(12052559, "A product without sales attributes has one SKU.")
    if len({frozenset(row) for row in rows}) != len(rows):
        raise ApiError(12052560, "A combination of sales attributes comes twice.")
    with_images = {
        _axis(attribute)[0]
        for sku in skus
        for attribute in request_body.objects(sku, "sales_attributes") or ()
        if _has_image(attribute, shop)
    }
    if len(with_images) > 1:
        raise ApiError(12052528, "Images are allowed on one sales attribute only.")


def _axis(attribute: Body) -> tuple[str, str]:
    """Return the attribute and its value; an id takes precedence over a name."""
    request_body.check_fields(attribute, _SALES_ATTRIBUTE, "skus.sales_attributes.")
    name, value = request_body.text(attribute, "name"), request_body.text(attribute, "value_name")
    attribute_key, value_key = (
        request_body.digits(attribute, "id") or name,
        request_body.digits(attribute, "value_id") or value,
    )
    if not attribute_key:
        raise invalid_field("sales_attributes", "an id or a name")
    if not value_key:
        raise invalid_field("sales_attributes", "a value_id or a value_name")
    if len(name or "") > 20:
        raise ApiError(12052933, f"The sales attribute name {name!r} is longer than 20 characters.")
    if len(value or "") > 50:
        raise ApiError(12052934, f"The sales attribute value {value!r} is longer than 50 characters.")
    return attribute_key, value_key


def _has_image(attribute: Body, shop: Shop) -> bool:
    image, supplementary = (
        request_body.optional_object(attribute, "sku_img"),
        request_body.objects(attribute, "supplementary_sku_images") or [],
    )
    if supplementary and (image is None or shop.region != "US"):
        raise ApiError(12052357, "Supplementary images need a SKU image, and are for the US only.")
    if len(supplementary) > 8:
        raise ApiError(12052356, "There are more than 8 supplementary images.")
    for picture in [*([image] if image is not None else []), *supplementary]:
        if request_body.required_text(picture, "uri") not in shop.image_uris:
            raise ApiError(12052722, f"The image uri {picture['uri']!r} is unknown: upload the image first.")
    return image is not None
