"""A shirt, its listing and a policy: the example that the rules' tests vary, one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.decide import Facts
from schemas.listing import FirstAudit, Listing, ListingStatus
from schemas.listing_template import ListingTemplate, PackageWeight
from schemas.pricing_policy import PricingPolicy, PricingPolicySchema
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from schemas.query_condition import Condition, Group, Operator, Row
from schemas.synchronization_policy import SynchronizationPolicy

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""A moment; the tests tell the others by their seconds from it."""

SHIRT: dict[str, Any] = {
    "name": "Linen shirt",
    "type_id": "simple",
    "status": "1",
    "visibility": "4",
    "website_ids": ["1"],
    "attribute_set_id": "9",
    "color": "blue",
    "size": "M",
    "price": "29.00",
    "quantity": 18,
}
SPECIAL = {"source": "special_price"}
"""Of a pricing policy: the special price counts while it stands."""


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def product(**attributes: Any) -> Product:
    """The shirt, with these attributes instead of its own."""
    return Product(shop="demo", sku="SHIRT-M", entity_id="41", id=7, default={**SHIRT, **attributes})


def policy(**switches: Any) -> SynchronizationPolicy:
    """Everything on, nothing observed; with these switches instead."""
    every: dict[str, Any] = {
        "title": "Default",
        "product_upload": True,
        "product_update": True,
        "inventory_price_sync": True,
        "product_assign": True,
    }
    return SynchronizationPolicy(**{**every, **switches})


def pricing(**settings: Any) -> PricingPolicy:
    """A pricing policy as a file would give it."""
    made: PricingPolicy = PricingPolicySchema().load({"title": "Plus", **settings})
    return made


def is_(attribute: str, value: str) -> Row:
    """*attribute is value*."""
    return Row(attribute, Operator.IS, (value,))


def template(title: str = "Shirts", query: Condition | None = None, **fields: Any) -> ListingTemplate:
    """A template whose query takes the shirt, or this one."""
    rows = (query or is_("attribute_set_id", "9"),)
    return ListingTemplate(
        title=title,
        category_id="600001",
        query=Group(conditions=rows),
        package_weight=PackageWeight("0.3", "KILOGRAM"),
        image_uri="tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe",
        **fields,
    )


def not_listed(**fields: Any) -> Listing:
    """The shirt's listing before TikTok knows it."""
    return Listing(**{"product_id": 7, "shop": "demo", **fields})


def listed(**fields: Any) -> Listing:
    """The shirt's listing, live on TikTok."""
    on_tiktok: dict[str, Any] = {
        "tiktok_product_id": "1729592969712207008",
        "skus": {"SHIRT-M": "1729592969712207012"},
        "status": ListingStatus.ACTIVATE,
        "first_audit": FirstAudit.PASSED,
    }
    return not_listed(**{**on_tiktok, **fields})


def facts(**told: Any) -> Facts:
    """The shirt is listed, and was last synced as it is; with these facts instead."""
    usual: dict[str, Any] = {
        "product": product(),
        "policy": policy(),
        "listing": listed(),
        "templates": (template(),),
        "baseline": SHIRT,
        "website_id": 1,
    }
    return Facts(**{**usual, **told})


def new(shirt: Product) -> Product:
    """A product first seen after Product Upload was switched on."""
    return replace(shirt, is_new=True)


def saved(seconds: float = 0, **told: Any) -> ProductEvent:
    """A save of the shirt that reached the door so many seconds after noon."""
    usual: dict[str, Any] = {
        "id": "evt-1",
        "shop": "demo",
        "kind": EventKind.SAVED,
        "received_at": at(seconds),
        "entity_id": "41",
        "sku": "SHIRT-M",
    }
    return ProductEvent(**{**usual, **told})
