"""A declaration with one shop and saves of a shirt, which the tests of commands vary."""

from __future__ import annotations

import base64
from typing import Any

from schemas.product_event import EventKind, ProductEvent
from tests.policies.examples import SHIRT, at

SKU = "SHIRT-M"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a shop's own").decode()
SECRETS = (WEBHOOK_SECRET, "the-app-secret-of-tiktok", "TTP_the-access-token", "TTP_the-refresh-token")


def policy(**switches: Any) -> dict[str, Any]:
    """Return a policy with every switch on and no observed attributes, changed by these fields."""
    every = dict.fromkeys(
        ("product_upload", "product_update", "inventory_price_sync", "product_assign"), True
    )
    return {"title": "Default", **every, **switches}


def template(title: str = "Shirts", attribute_set: str = "9", **fields: Any) -> dict[str, Any]:
    """Return a listing template for one attribute set."""
    row = {"attribute": "attribute_set_id", "operator": "is", "value": attribute_set}
    return {
        "title": title,
        "query": {"match": "all", "rows_are": True, "conditions": [row]},
        "category_id": "600001",
        "package_weight": {"value": "0.3", "unit": "KILOGRAM"},
        "image_uri": "tos-example/main-1",
        **fields,
    }


def shop(key: str = "demo", **parts: Any) -> dict[str, Any]:
    """Return a shop; `magento` and `tiktok` change fields of those parts."""
    app_secret, access_token, refresh_token = SECRETS[1:]
    magento = {"sender": "standard", "secrets": [WEBHOOK_SECRET], "store_view_id": 1, "website_id": 1}
    tiktok = {
        "app_key": "6a7b8c",
        "app_secret": app_secret,
        "access_token": access_token,
        "refresh_token": refresh_token,
        "shop_cipher": "GCP_9fX",
        "region": "US",
        "currency": "USD",
        "warehouse_id": "7068517275539719942",
        "api_url": "http://127.0.0.1:9",
        "auth_url": "http://127.0.0.1:9",
    }
    return {
        "key": key,
        "title": f"The {key} shop",
        "synchronization_policy": "Default",
        **parts,
        "magento": {**magento, **parts.get("magento", {})},
        "tiktok": {**tiktok, **parts.get("tiktok", {})},
    }


def declaration(**parts: Any) -> dict[str, Any]:
    """Return the declaration, with these parts replaced."""
    return {
        "synchronization_policies": [policy()],
        "listing_templates": [template()],
        "shops": [shop()],
        **parts,
    }


def saved(seconds: float = 0, **value: Any) -> ProductEvent:
    """Return a save of the shirt, in seconds after noon; keywords that are not fields of an event are attributes."""
    fields = {name: value.pop(name) for name in list(value) if name in ProductEvent.__dataclass_fields__}
    usual: dict[str, Any] = {
        "id": f"evt-{seconds:g}",
        "shop": "demo",
        "kind": EventKind.SAVED,
        "received_at": at(seconds),
        "updated_at": at(seconds),
        "entity_id": "41",
        "sku": SKU,
        "is_new": True,
        "attributes": {**SHIRT, "description": "<p>Linen, woven in Portugal.</p>", **value},
    }
    return ProductEvent(**{**usual, **fields})
