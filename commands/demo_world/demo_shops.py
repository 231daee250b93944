"""The shops of the demo: one to play with, and one for each rule, so that no trial disturbs another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commands.demo_world.rule import EVERYTHING, Rule
from commands.demo_world.rules import RULES
from commands.demo_world.sandbox_client import consented_tokens

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


def sku_of(place: int, run: str) -> str:
    """The SKU that a rule is tried with in this run."""
    return f"DEMO-{place + 1:02d}-{run}"


def policy_document(place: int, rule: Rule) -> dict[str, Any]:
    """The policy of a rule, as an `apply` file has it."""
    return {"title": policy_title(place), **rule.policy}


def policy_title(place: int) -> str:
    """The title of a rule's policy."""
    return f"Rule {place + 1:02d}"


def shop_document(
    key: str, title: str, policy: str, tiktok_url: str, webhook_secret: str, magento_url: str | None = None
) -> dict[str, Any]:
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
            **({} if magento_url is None else {"base_url": magento_url}),
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


def declaration(tiktok_url: str, magento_url: str, webhook_secret: str) -> Mapping[str, Any]:
    """The `apply` document of everything."""
    tried = [(place, rule) for place, rule in enumerate(RULES) if rule.refused is None]
    return {
        "synchronization_policies": [
            {"title": "Default", **EVERYTHING},
            *(policy_document(place, rule) for place, rule in tried),
        ],
        "pricing_policies": [
            {"title": policy_title(place), **rule.pricing}
            for place, rule in tried
            if rule.pricing is not None
        ],
        "inventory_policies": [
            {"title": policy_title(place), **rule.inventory}
            for place, rule in tried
            if rule.inventory is not None
        ],
        "image_policies": [
            {"title": policy_title(place), **rule.images} for place, rule in tried if rule.images is not None
        ],
        "listing_templates": [
            template_document("Shirts", "9"),
            *(own_template(place, rule) for place, rule in tried if has_own_template(rule)),
        ],
        "shops": [
            shop_document("demo", "Demo shop", "Default", tiktok_url, webhook_secret, magento_url),
            *(
                _with_tokens_of_its_own(
                    shop_document(
                        shop_key(place),
                        rule.rule[:120],
                        policy_title(place),
                        tiktok_url,
                        webhook_secret,
                        magento_url,
                    )
                )
                for place, rule in tried
            ),
        ],
    }


def _with_tokens_of_its_own(document: dict[str, Any]) -> dict[str, Any]:
    """A shop whose tokens end without ending another's."""
    tiktok = document["tiktok"]
    app = (tiktok["app_key"], tiktok["app_secret"], tiktok["shop_cipher"])
    return {**document, "tiktok": {**tiktok, **consented_tokens(tiktok["api_url"], *app)}}


def has_own_template(rule: Rule) -> bool:
    """The rule is one of policies that hang on a template."""
    return any(policy is not None for policy in (rule.pricing, rule.inventory, rule.images))


def own_template(place: int, rule: Rule) -> dict[str, Any]:
    """The template of a rule that has such policies of its own: it takes the rule's own product."""
    condition = {"attribute": "sku", "operator": "contains", "value": sku_of(place, "")}
    return {
        **template_document(policy_title(place), "9"),
        "priority": 5,
        "query": {"match": "all", "rows_are": True, "conditions": [condition]},
        **({"pricing_policy": policy_title(place)} if rule.pricing is not None else {}),
        **({"inventory_policy": policy_title(place)} if rule.inventory is not None else {}),
        **({"image_policy": policy_title(place)} if rule.images is not None else {}),
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
