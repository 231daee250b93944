"""The `apply` documents of the demo shop and of the trials.

Each trial has a shop of its own, so that none disturbs another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from commands.demo_world.rule import EVERYTHING, Rule
from commands.demo_world.sandbox_client import consented_tokens

COLOR, SIZE = "100089", "100090"
"""TikTok's ids of the attributes that the demo's templates map."""
WAREHOUSE = "7068517275539719942"
WEBSITE_VIEWS = (1, 3)
"""The store views of the sandbox store's main website."""
COLORS = {
    "49": "Black", "50": "Blue", "51": "Brown", "52": "Gray", "53": "Green", "54": "Lavender", "55": "Multi",
    "56": "Orange", "57": "Purple", "58": "Red", "59": "White", "60": "Yellow",
}  # fmt: skip
SIZES = {
    "166": "XS", "167": "S", "168": "M", "169": "L", "170": "XL", "171": "One Size", "172": "11 oz", "173": "15 oz",
    "174": "38 mm", "175": "42 mm",
}  # fmt: skip
"""Labels by Magento's option ids, as a merchant maps them."""


class ShopDocument(TypedDict):
    """A shop in an `apply` file."""

    key: str
    title: str
    synchronization_policy: str
    magento: dict[str, object]
    tiktok: dict[str, object]


def shop_key(place: int) -> str:
    """Return the key of the shop of the rule at this place in the list of rules."""
    return f"rule-{place + 1:02d}"


def sku_of(place: int, run: str) -> str:
    """Return the SKU that the rule is tried with in this run."""
    return f"DEMO-{place + 1:02d}-{run}"


def policy_document(place: int, rule: Rule) -> dict[str, object]:
    """Return the synchronization policy of a rule for an `apply` file."""
    return {"title": policy_title(place), **rule.policy}


def policy_title(place: int) -> str:
    """Return the title of a rule's policies and template."""
    return f"Rule {place + 1:02d}"


def shop_document(
    key: str, title: str, policy: str, tiktok_url: str, webhook_secret: str, magento_url: str | None = None
) -> ShopDocument:
    """Return a shop on the sandboxes for an `apply` file. Without `magento_url` Magento's REST API is not used."""
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


def demo_declaration(tiktok_url: str, magento_url: str, webhook_secret: str) -> Mapping[str, object]:
    """Return the `apply` document of the demo shop alone, with its policy and its listing template."""
    return {
        "synchronization_policies": [{"title": "Default", **EVERYTHING}],
        "listing_templates": [template_document("Shirts", "9")],
        "shops": [shop_document("demo", "Demo shop", "Default", tiktok_url, webhook_secret, magento_url)],
    }


def trial_declaration(
    rules: Sequence[Rule], tiktok_url: str, magento_url: str, webhook_secret: str
) -> Mapping[str, object]:
    """Return the `apply` document of the trials: a shop for each rule, with policies and a template of its own."""
    tried = [(place, rule) for place, rule in enumerate(rules) if rule.refused is None]
    shops = [
        shop_document(
            shop_key(place), rule.rule[:120], policy_title(place), tiktok_url, webhook_secret, magento_url
        )
        for place, rule in tried
    ]
    rules_of_trials = rules_declaration(tried)
    return {
        **rules_of_trials,
        "listing_templates": [template_document("Shirts", "9"), *rules_of_trials["listing_templates"]],
        "shops": [_of_trial(shop) for shop in shops],
    }


def rules_declaration(tried: Sequence[tuple[int, Rule]]) -> Mapping[str, list[Mapping[str, object]]]:
    """Return the `apply` document of the policies and templates of these rules, each with its place."""
    return {
        "synchronization_policies": [policy_document(place, rule) for place, rule in tried],
        "pricing_policies": _titled((place, rule.pricing) for place, rule in tried),
        "inventory_policies": _titled((place, rule.inventory) for place, rule in tried),
        "image_policies": _titled((place, rule.images) for place, rule in tried),
        "listing_templates": [own_template(place, rule) for place, rule in tried if has_own_template(rule)],
    }


def _titled(policies: Iterable[tuple[int, Mapping[str, object] | None]]) -> list[Mapping[str, object]]:
    return [{"title": policy_title(place), **policy} for place, policy in policies if policy is not None]


def _of_trial(document: ShopDocument) -> ShopDocument:
    """Give the shop tokens of its own, because a trial ends them, and the store views of its website."""
    tiktok = document["tiktok"]
    url, key, secret, cipher = (
        str(tiktok[name]) for name in ("api_url", "app_key", "app_secret", "shop_cipher")
    )
    magento = {**document["magento"], "website_view_ids": list(WEBSITE_VIEWS)}
    return {
        **document,
        "magento": magento,
        "tiktok": {**tiktok, **consented_tokens(url, key, secret, cipher)},
    }


def has_own_template(rule: Rule) -> bool:
    """Return whether the rule is about a listing template, or a policy that one names."""
    return any(part is not None for part in (rule.pricing, rule.inventory, rule.images, rule.template))


def own_template(place: int, rule: Rule) -> dict[str, object]:
    """Return the listing template that names the rule's policies; it selects the rule's product alone."""
    condition = {"attribute": "sku", "operator": "contains", "value": sku_of(place, "")}
    return {
        **template_document(policy_title(place), "9"),
        "priority": 5,
        "query": {"match": "all", "rows_are": True, "conditions": [condition]},
        **({"pricing_policy": policy_title(place)} if rule.pricing is not None else {}),
        **({"inventory_policy": policy_title(place)} if rule.inventory is not None else {}),
        **({"image_policy": policy_title(place)} if rule.images is not None else {}),
        **(rule.template or {}),
    }


def template_document(title: str, attribute_set: str) -> dict[str, object]:
    """Return a listing template for one attribute set, which maps Color and Size by their labels."""
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
