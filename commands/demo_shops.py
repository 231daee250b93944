"""The shops of the demo: one to play with, and one for each rule, so that no trial disturbs another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.rules import EVERYTHING, RULES, Rule

COLOR, SIZE = "100089", "100090"
"""TikTok's ids of the attributes that the demo's templates fill."""
WAREHOUSE = "7068517275539719942"
COLORS = {
    "49": "Black", "50": "Blue", "51": "Brown", "52": "Gray", "53": "Green", "54": "Lavender", "55": "Multi",
    "56": "Orange", "57": "Purple", "58": "Red", "59": "White", "60": "Yellow",
}  # fmt: skip
SIZES = {
    "166": "XS", "167": "S", "168": "M", "169": "L", "170": "XL", "171": "One Size", "172": "11 oz", "173": "15 oz",
    "174": "38 mm", "175": "42 mm",
}  # fmt: skip
"""The labels of the store's select options, as a merchant maps them."""


def shop_key(place: int) -> str:
    """The key of a rule's shop, by its place in `RULES`."""
    return f"rule-{place + 1:02d}"


def policy_document(place: int, rule: Rule) -> dict[str, Any]:
    """The policy of a rule, as an `apply` file has it."""
    return {"title": policy_title(place), **rule.policy}


def policy_title(place: int) -> str:
    """The title of a rule's policy."""
    return f"Rule {place + 1:02d}"


def shop_document(key: str, title: str, policy: str, tiktok_url: str, webhook_secret: str) -> dict[str, Any]:
    """A shop on the sandbox, as an `apply` file has it."""
    return {
        "key": key,
        "title": title,
        "synchronization_policy": policy,
        "magento": {
            "sender": "standard",
            "secrets": [webhook_secret],
            "store_view_id": 1,
            "website_id": 1,
            "attribute_types": {"eco_collection": "boolean", "activity": "multiselect"},
        },
        "tiktok": {
            "app_key": "sandboxapp",
            "app_secret": "sandbox-app-secret-0123456789",
            "access_token": "TTP_sandbox_access",
            "refresh_token": "TTP_sandbox_refresh",
            "shop_cipher": "GCP_sandbox_demo",
            "region": "US",
            "currency": "USD",
            "warehouse_id": WAREHOUSE,
            "api_url": tiktok_url,
            "auth_url": f"{tiktok_url}/auth",
        },
    }


def declaration(tiktok_url: str, webhook_secret: str) -> Mapping[str, Any]:
    """The `apply` document of everything."""
    tried = [(place, rule) for place, rule in enumerate(RULES) if rule.refused is None]
    return {
        "synchronization_policies": [
            {"title": "Default", **EVERYTHING},
            *(policy_document(place, rule) for place, rule in tried),
        ],
        "listing_templates": [template_document("Shirts", "9")],
        "shops": [
            shop_document("demo", "Demo shop", "Default", tiktok_url, webhook_secret),
            *(
                shop_document(
                    shop_key(place), rule.rule[:120], policy_title(place), tiktok_url, webhook_secret
                )
                for place, rule in tried
            ),
        ],
    }


def template_document(title: str, attribute_set: str) -> dict[str, Any]:
    """A listing template for one attribute set; Color and Size go along by their labels."""
    return {
        "title": title,
        "priority": 10,
        "query": {
            "match": "all",
            "rows_are": True,
            "conditions": [{"attribute": "attribute_set_id", "operator": "is", "value": attribute_set}],
        },
        "category_id": "600001",
        "package_weight": {"value": "0.3", "unit": "KILOGRAM"},
        "image_uri": "tos-sandbox/main-1",
        "attributes": [
            {"tiktok_attribute_id": COLOR, "magento_attribute": "color", "values": COLORS},
            {"tiktok_attribute_id": SIZE, "magento_attribute": "size", "values": SIZES},
        ],
    }
