"""A shirt, its listing and a policy: the example that the rules' tests vary, one thing at a time."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from policies.case import Case
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from schemas.listing import FirstAudit, Listing, ListingStatus
from schemas.listing_template import ListingTemplate, PackageWeight
from schemas.pricing_policy import PricingPolicy, PricingPolicySchema
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from schemas.query_condition import Condition, Group, Operator, Row
from schemas.shop import NOT_CONNECTED, STANDARD_SENDER, MagentoConnection, Shop
from schemas.synchronization_policy import SynchronizationPolicy

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
"""The tests give other times in seconds after it."""

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
MAGENTO = MagentoConnection(STANDARD_SENDER, (), website_id=1)
CONTEXT = frozenset(field.name for field in dataclasses.fields(ProductContext))
RULES = frozenset(field.name for field in dataclasses.fields(Rulebook))
"""The fields of a case's context and of its rulebook."""
SPECIAL = {"source": "special_price"}
"""Settings of a pricing policy that uses special prices."""


def at(seconds: float) -> datetime:
    """Return the time so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def product(**attributes: Any) -> Product:
    """Return the shirt, with these attributes changed."""
    return Product(shop="demo", sku="SHIRT-M", entity_id="41", id=7, default={**SHIRT, **attributes})


def policy(**switches: Any) -> SynchronizationPolicy:
    """Return a policy with all main switches on and no observed attributes, with these fields changed."""
    every: dict[str, Any] = {
        "title": "Default",
        "product_upload": True,
        "product_update": True,
        "inventory_price_sync": True,
        "product_assign": True,
    }
    return SynchronizationPolicy(**{**every, **switches})


def pricing(**settings: Any) -> PricingPolicy:
    """Return the pricing policy of a document with these settings."""
    made: PricingPolicy = PricingPolicySchema().load({"title": "Plus", **settings})
    return made


def is_(attribute: str, value: str) -> Row:
    """*attribute is value*."""
    return Row(attribute, Operator.IS, (value,))


def template(title: str = "Shirts", query: Condition | None = None, **fields: Any) -> ListingTemplate:
    """Return a template with this query; by default it matches the shirt."""
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
    """Return the shirt's listing before its upload."""
    return Listing(**{"product_id": 7, "shop": "demo", **fields})


def listed(**fields: Any) -> Listing:
    """Return the shirt's listing, live on TikTok."""
    on_tiktok: dict[str, Any] = {
        "tiktok_product_id": "1729592969712207008",
        "skus": {"SHIRT-M": "1729592969712207012"},
        "status": ListingStatus.ACTIVATE,
        "first_audit": FirstAudit.PASSED,
    }
    return not_listed(**{**on_tiktok, **fields})


def rulebook(**fields: Any) -> Rulebook:
    """Return the rulebook of the example shop, whose website is 1, with these fields changed."""
    usual: dict[str, Any] = {
        "shop": Shop("demo", "Demo shop", "Default", MAGENTO, NOT_CONNECTED),
        "policy": policy(),
        "templates": (template(),),
    }
    return Rulebook(**{**usual, **fields})


def case(**fields: Any) -> Case:
    """Return the case of a listed, unchanged shirt, with these fields of its context, rulebook or its own changed."""
    usual: dict[str, Any] = {"product": product(), "listing": listed(), "baseline": SHIRT}
    of_context = usual | {name: fields.pop(name) for name in CONTEXT & fields.keys()}
    rules = rulebook(**{name: fields.pop(name) for name in RULES & fields.keys()})
    return Case(ProductContext(**of_context), rules, **fields)


def vary(example: Case, **fields: Any) -> Case:
    """Return the case with these fields of its context, rulebook or its own changed."""
    context = replace(example.context, **{name: fields.pop(name) for name in CONTEXT & fields.keys()})
    rules = replace(example.rulebook, **{name: fields.pop(name) for name in RULES & fields.keys()})
    return replace(example, context=context, rulebook=rules, **fields)


def new(shirt: Product) -> Product:
    """Return the product as first seen after Product Upload was switched on."""
    return replace(shirt, is_new=True)


def saved(seconds: float = 0, **value: Any) -> ProductEvent:
    """Return a save of the shirt, received so many seconds after noon."""
    usual: dict[str, Any] = {
        "id": "evt-1",
        "shop": "demo",
        "kind": EventKind.SAVED,
        "received_at": at(seconds),
        "entity_id": "41",
        "sku": "SHIRT-M",
    }
    return ProductEvent(**{**usual, **value})
