"""A shirt: the product, template, shop and listing that the tests of `tiktok/` vary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from schemas.listing import FirstAudit, LastSent, Listing, ListingStatus
from schemas.listing_template import AttributeMapping, ListingTemplate, PackageWeight
from schemas.product import Product
from schemas.query_condition import Group
from schemas.secret import Secret
from schemas.shop import STANDARD_SENDER, MagentoConnection, Shop, TikTokConnection
from schemas.template_policies import TemplatePolicies
from tests.policies.examples import NOON
from tiktok.listing.desired_listing import Refusal, WantedListing, wanted_listing
from tiktok.listing.price_and_stock import Offer, offer_of

PRODUCT_ID, SKU_ID, SKU = "1729592969712207008", "1729592969712207012", "SHIRT-M"
WAREHOUSE, OTHER_WAREHOUSE = "7068517275539719942", "7068517275539719943"
APP_SECRET, ACCESS_TOKEN, REFRESH_TOKEN = (
    "e59af819cc-app",
    "TTP_Fw8rBwAAAAAk-access",
    "TTP_NTUxZTNhYTQ-refresh",
)

SHIRT: dict[str, Any] = {
    "name": "Linen shirt",
    "description": "<p>Made of linen.</p>",
    "price": "29.000000",
    "quantity": 18,
    "color": "49",
    "size": "M",
}


def product(**attributes: Any) -> Product:
    """Return the shirt with these attributes in place of its own."""
    return Product(shop="demo", sku=SKU, entity_id="41", id=7, default={**SHIRT, **attributes})


def template(**fields: Any) -> ListingTemplate:
    """Return a template that maps color and size, with these fields in place of its own."""
    usual: dict[str, Any] = {
        "title": "Shirts",
        "category_id": "600001",
        "query": Group(),
        "package_weight": PackageWeight("0.3", "KILOGRAM"),
        "image_uri": "tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe",
        "attributes": (
            AttributeMapping("100392", "color", values={"49": "Black", "50": "Blue"}),
            AttributeMapping("100393", "size"),
        ),
    }
    return ListingTemplate(**{**usual, **fields})


def shop(**connection: Any) -> Shop:
    """Return a shop in the US with two warehouses, with these fields in its TikTok connection."""
    usual: dict[str, Any] = {
        "app_key": "6a7b8c",
        "app_secret": Secret(APP_SECRET),
        "access_token": Secret(ACCESS_TOKEN),
        "refresh_token": Secret(REFRESH_TOKEN),
        "shop_cipher": "GCP_9fX",
        "region": "US",
        "currency": "USD",
        "warehouse_ids": (WAREHOUSE, OTHER_WAREHOUSE),
        "api_url": "http://127.0.0.1:9",
        "auth_url": "http://127.0.0.1:9/auth",
    }
    magento = MagentoConnection(STANDARD_SENDER, (Secret("whsec_" + "x" * 32),))
    return Shop("demo", "Demo shop", "Default", magento, TikTokConnection(**{**usual, **connection}))


def wanted(**attributes: Any) -> WantedListing:
    """Return the wanted listing of the shirt with these attributes."""
    found = wanted_or_refused(product(**attributes), template(), shop())
    assert isinstance(found, WantedListing)
    return found


def unchanged_offer(shirt: Product, currency: str = "USD") -> Offer:
    """Return the price and stock of a product whose template names no policies."""
    return offer_of(shirt, template(), shop(currency=currency), TemplatePolicies(), NOON)


def wanted_or_refused(
    shirt: Product, listing_template: ListingTemplate, selling_shop: Shop
) -> WantedListing | Refusal:
    """Return the wanted listing of this product, with the price and stock from Magento, or the refusal."""
    return wanted_listing(
        shirt, listing_template, selling_shop, unchanged_offer(shirt, selling_shop.tiktok.currency)
    )


def sent(what: WantedListing) -> LastSent:
    """Return the last sent values after this listing was sent completely."""
    return LastSent(what.content, what.price, what.stock, what.availability)


def listing(**fields: Any) -> Listing:
    """Return the shirt's listing, live and up to date, with these fields in place of its own."""
    usual: dict[str, Any] = {
        "product_id": 7,
        "shop": "demo",
        "tiktok_product_id": PRODUCT_ID,
        "skus": {SKU: SKU_ID},
        "status": ListingStatus.ACTIVATE,
        "first_audit": FirstAudit.PASSED,
        "last_sent": sent(wanted()),
    }
    return Listing(**{**usual, **fields})


def with_last_sent(before: Listing, **parts: Any) -> Listing:
    """Return the listing with other last sent values for these parts."""
    return replace(before, last_sent=replace(before.last_sent, **parts))


def as_tiktok_returns_it(body: str, status: str = "ACTIVATE") -> dict[str, Any]:
    """Return the `data` of *Get Product* after a create with this body: TikTok returns other fields than it accepts."""
    document = orjson.loads(body)
    return {
        "id": PRODUCT_ID,
        "status": status,
        "audit": {"status": "APPROVED"},
        "title": document["title"],
        "description": document["description"],
        "category_chains": [
            {"id": "600000", "parent_id": "0", "local_name": "Menswear", "is_leaf": False},
            {"id": document["category_id"], "parent_id": "600000", "local_name": "Shirts", "is_leaf": True},
        ],
        "brand": {"id": document["brand_id"], "name": "Acme"} if "brand_id" in document else None,
        "main_images": [
            {
                "uri": image["uri"],
                "urls": [f"https://p16.example/{image['uri']}"],
                "width": 600,
                "height": 600,
            }
            for image in document["main_images"]
        ],
        "package_weight": document["package_weight"],
        "package_dimensions": document.get("package_dimensions"),
        "product_attributes": [
            {
                "id": attribute["id"],
                "name": f"Attribute {attribute['id']}",
                "values": [
                    {"id": f"9{at}", "name": value["name"]} for at, value in enumerate(attribute["values"])
                ],
            }
            for attribute in document["product_attributes"]
        ],
        "external_product_id": document["external_product_id"],
        "skus": [
            {
                "id": SKU_ID,
                "seller_sku": sku["seller_sku"],
                "external_sku_id": sku["external_sku_id"],
                "price": {
                    "currency": sku["price"]["currency"],
                    "sale_price": sku["price"]["amount"],
                    "tax_exclusive_price": sku["price"]["amount"],
                },
                "inventory": sku["inventory"],
                "status_info": {"status": "NORMAL"},
            }
            for sku in document["skus"]
        ],
        "create_time": 1795521600,
        "update_time": 1795521600,
    }
