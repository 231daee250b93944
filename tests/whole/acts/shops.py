"""The shops that acts are sent to, and their rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from commands.demo_world.demo_shops import COLOR, SIZE, template_document
from commands.demo_world.rule import EVERYTHING
from tests.whole.system import System

UPLOAD_ON_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the captured products were created: one whose creation was not received is new for that reason."""
CLOTHING: Final = "3"
OF_SECOND_SOURCE, SECOND_SOURCE = "MSI-1", "wh2"
"""The SKU of the captured product that is sold from this source."""
DEFAULT_QUANTITY: Final = 100

Labels = Mapping[str, str]
CAPTURED_COLORS: Final[Labels] = {"10": "Black", "11": "Blue", "12": "Red", "13": "Sea Green"}
CAPTURED_SIZES: Final[Labels] = {"4": "S", "5": "M", "6": "L"}


def declare_shops(system: System, *, colors: Labels, sizes: Labels) -> None:
    """Declare the shop `base`, whose policy has everything on, and `observing`, which observes Color only.

    A product must be in a category: of a creation by REST, only `category_links` have it.
    """
    template = template_document("Clothing", "9")
    query = {
        "match": "all",
        "rows_are": True,
        "conditions": [
            {"attribute": "attribute_set_id", "operator": "is", "value": "9"},
            {"attribute": "category_ids", "operator": "is_one_of", "value": [CLOTHING]},
        ],
    }
    labels = [
        {"tiktok_attribute_id": COLOR, "magento_attribute": "color", "values": dict(colors)},
        {"tiktok_attribute_id": SIZE, "magento_attribute": "size", "values": dict(sizes)},
    ]
    policies = {"pricing_policy": "Special prices", "inventory_policy": "Stock item"}
    deactivated = dict.fromkeys(("when_hidden", "when_disabled", "when_unmatched"), "deactivate")
    leaving = {**deactivated, "when_deleted": "delete"}
    observing = {"only_specific_attributes": True, "observed_attributes": ["color"]}
    system.declare(
        {
            "synchronization_policies": [
                {"title": "Everything", **EVERYTHING, **leaving},
                {"title": "Color", **EVERYTHING, **observing},
            ],
            "pricing_policies": [{"title": "Special prices", "source": "special_price"}],
            "inventory_policies": [
                {"title": "Stock item", "default_quantity": DEFAULT_QUANTITY},
                {"title": "Second source", "source": "msi", "source_code": SECOND_SOURCE},
            ],
            "listing_templates": [
                # The template that every system begins with would take what the category keeps out.
                template_document("Shirts", "99"),
                {**_second_source(template), "attributes": labels},
                {**template, "query": query, "attributes": labels, "priority": 5, **policies},
            ],
            "shops": [_shop(system, "base", "Everything"), _shop(system, "observing", "Color")],
        },
        UPLOAD_ON_SINCE,
    )


def _second_source(template: Mapping[str, Any]) -> Mapping[str, Any]:
    condition = {"attribute": "sku", "operator": "is", "value": OF_SECOND_SOURCE}
    query = {"match": "all", "rows_are": True, "conditions": [condition]}
    title = "Second source"
    return {**template, "title": title, "query": query, "priority": 1, "inventory_policy": title}


def _shop(system: System, key: str, policy: str) -> Mapping[str, Any]:
    document = system.shop_document(system.sandbox.url)
    magento = {**document["magento"], "website_view_ids": [1, 3]}
    return {**document, "key": key, "title": key, "synchronization_policy": policy, "magento": magento}
