"""The worked examples beside the forms show what delivery would send."""

from __future__ import annotations

from typing import Any

import pytest

from console.policies.worked_examples import examples
from schemas.image_policy import ImagePolicySchema
from schemas.inventory_policy import InventoryPolicySchema
from schemas.pricing_policy import PricingPolicySchema
from tests.policies.examples import NOON

THRESHOLD = {"threshold": 10, "above": 20, "below": 2, "may_send_more_than_available": True}
SPECIAL = {"source": "special_price"}


def shown(schema: Any, settings: dict[str, Any], currency: str = "USD") -> dict[str, str]:
    policy = schema().load({"title": "Careful", **settings})
    return {example.product: example.sends for example in examples(policy, currency, NOON)}


@pytest.mark.parametrize(
    ("settings", "text", "sends"),
    [
        ({}, "18 in stock", "sends 18"),
        ({"buffer": 5}, "18 in stock", "sends 13"),
        ({"buffer": 5}, "3 in stock", "sends 0"),
        ({"maximum": 10}, "100 in stock", "sends 10"),
        (THRESHOLD, "11 in stock", "sends 20"),
        (THRESHOLD, "10 in stock", "sends 10"),
        (THRESHOLD, "9 in stock", "sends 2"),
        ({**THRESHOLD, "buffer": 5}, "15 in stock", "sends 10"),
        ({"source": "msi", "source_code": "berlin", "buffer": 5}, "18 in stock", "sends 13"),
        ({"source": "attribute", "attribute": "tiktok_stock"}, "18 in stock", "sends 18"),
        ({"source": "salable_quantity"}, "18 in stock", "sends 18"),
        ({}, "18, but out of stock", "sends 0"),
        ({"sync_out_of_stock": False}, "18, but out of stock", "stays as it was last sent"),
        ({"default_quantity": 50}, "Manage Stock off, quantity 0", "sends 50"),
        ({}, "Manage Stock off, quantity 0", "sends nothing"),
    ],
)
def test_pieces(settings: dict[str, Any], text: str, sends: str) -> None:
    assert shown(InventoryPolicySchema, settings)[text] == sends


@pytest.mark.parametrize(
    ("settings", "currency", "text", "sends"),
    [
        ({}, "USD", "29.00 in Magento", "sends 29.00 USD"),
        ({"currency_rate": "1.1"}, "USD", "29.00 in Magento", "sends 31.90 USD"),
        ({"rounding": "nearest_99"}, "USD", "29.00 in Magento", "sends 28.99 USD"),
        ({"currency_rate": "150"}, "JPY", "9.50 in Magento", "sends 1425 JPY"),
        (SPECIAL, "USD", "29.00, special price 23.20 these days", "sends 23.20 USD"),
        (SPECIAL, "USD", "29.00, special price 23.20 until lately", "sends 29.00 USD"),
        ({"source": "attribute", "attribute": "tiktok_price"}, "USD", "29.00 in Magento", "sends 29.00 USD"),
        ({"floor": "5"}, "USD", "0.01, typed in error", "sends 5.00 USD"),
        (
            {"adjustment": "fixed", "adjustment_value": "-10"},
            "USD",
            "9.50 in Magento",
            "sends no price: it is refused",
        ),
        (
            {"guard_percent": "30"},
            "USD",
            "29.00 USD sent last, now 9.50 (67 % less)",
            "waits until a person confirms it",
        ),
        ({"guard_percent": "90"}, "USD", "29.00 USD sent last, now 9.50 (67 % less)", "sends 9.50 USD"),
    ],
)
def test_prices(settings: dict[str, Any], currency: str, text: str, sends: str) -> None:
    assert shown(PricingPolicySchema, settings, currency)[text] == sends


@pytest.mark.parametrize(
    ("settings", "sends"),
    [
        (
            {},
            [
                "sends 9, first /e/x/main.jpg",
                "sends 9, first /e/x/picture-1.jpg",
                "sends none: it is refused",
            ],
        ),
        (
            {"gallery_maximum": 3, "default_image": "/p/l/none.jpg"},
            [
                "sends 3, first /e/x/main.jpg",
                "sends 3, first /e/x/picture-1.jpg",
                "sends 1, first /p/l/none.jpg",
            ],
        ),
    ],
)
def test_images(settings: dict[str, Any], sends: list[str]) -> None:
    assert list(shown(ImagePolicySchema, settings).values()) == sends
