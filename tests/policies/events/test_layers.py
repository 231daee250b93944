"""Which layer a value belongs to: what Magento keeps once, once for a website, and for each store view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.events.layers import Layers, SavedIn, layers_of, saved_in
from schemas.attributes import AttributeScope, AttributeType
from schemas.product import STORE_VIEW_LAYER, Product
from tests.policies.examples import MAGENTO, product, saved

STORED: dict[str, Any] = {
    "name": "Shirt",
    "price": "29.000000",
    "status": "1",
    "care": "Wash cold",
    "eco": "1",
    "fabric": "Linen",
    "in_use": "1",
    "launched": "2026-11-01",
}
BEFORE = Product(shop="demo", sku="SHIRT-M", default=STORED)
SHOP = replace(
    MAGENTO,
    attribute_types={
        "eco": AttributeType.BOOLEAN,
        "launched": AttributeType.DATE,
        "tags": AttributeType.MULTISELECT,
    },
    attribute_scopes={
        "fabric": AttributeScope.GLOBAL,
        "in_use": AttributeScope.GLOBAL,
        "season": AttributeScope.WEBSITE,
    },
)


@pytest.mark.parametrize(
    ("fields", "default", "own"),
    [
        # what the view shows is inherited where it equals the default layer's
        ({"name": "Shirt"}, {}, {"name": None}),
        ({"name": "Chemise"}, {}, {"name": "Chemise"}),
        ({"status": 1, "launched": "2026-11-01 00:00:00"}, {}, {"status": None, "launched": None}),
        ({"status": "2"}, {}, {"status": "2"}),
        # Use Default Value: null, and false for text, dates and images
        ({"name": None, "status": None}, {}, {"name": None, "status": None}),
        ({"name": False, "description": False, "special_to_date": False, "image": False, "care": False}, {},
         dict.fromkeys(["name", "description", "special_to_date", "image", "care"])),
        ({"eco": False, "status": False}, {}, {"eco": False, "status": False}),
        ({"name": "Shirt", "status": "Enabled"}, {}, {"name": None, "status": None}),
        ({"tax_class_id": False, "tags": False}, {}, {"tax_class_id": None, "tags": None}),
        ({"price": False, "weight": False, "fabric": False, "in_use": False},
         {"in_use": False}, {}),
        # what Magento keeps once belongs to the default layer, wherever it was saved
        ({"quantity": 3, "category_ids": ["4"], "weight": "2", "type_id": "simple"},
         {"quantity": 3, "category_ids": ["4"], "weight": "2", "type_id": "simple"}, {}),
        ({"weight": None}, {}, {}),
        ({"price": "19.00", "special_price": None, "cost": "4"}, {"price": "19.00", "cost": "4"}, {}),
        ({"fabric": "Linen", "season": "Summer"}, {"fabric": "Linen"}, {"season": "Summer"}),
    ],
)  # fmt: skip
def test_a_save_in_the_shops_store_view(
    fields: dict[str, Any], default: dict[str, Any], own: dict[str, Any]
) -> None:
    found = layers_of(fields, SavedIn.OWN_VIEW, BEFORE, SHOP)
    assert found == (Layers(default, own, whole=STORE_VIEW_LAYER) if default or own else None)


@pytest.mark.parametrize(
    ("price_scope", "fields", "default", "own"),
    [
        ("global", {"name": "Chemise"}, {}, {}),
        ("global", {"name": "Chemise", "status": "2"}, {}, {"status": "2"}),
        ("global", {"name": "Chemise", "status": "1"}, {}, {"status": None}),
        ("global", {"price": "19.00"}, {"price": "19.00"}, {}),
        ("website", {"price": "19.00", "tax_class_id": "2"}, {}, {"price": "19.00", "tax_class_id": "2"}),
        ("website", {"price": False, "special_price": False}, {}, {"price": None, "special_price": None}),
        ("global", {"season": "Summer", "quantity": 3}, {"quantity": 3}, {"season": "Summer"}),
    ],
)
def test_a_save_in_another_view_of_the_website_counts_for_what_holds_for_the_website(
    price_scope: str, fields: dict[str, Any], default: dict[str, Any], own: dict[str, Any]
) -> None:
    found = layers_of(fields, SavedIn.SAME_WEBSITE, BEFORE, replace(SHOP, price_scope=price_scope))
    assert found == (Layers(default, own, whole=None) if default or own else None)


@pytest.mark.parametrize(
    ("fields", "default"),
    [
        ({"name": "Chemise", "status": "2", "season": "Summer"}, {}),
        ({"name": "Chemise", "quantity": 3, "price": "19.00"}, {"quantity": 3, "price": "19.00"}),
        ({"website_ids": ["1"], "stock_status": "1"}, {"website_ids": ["1"], "stock_status": "1"}),
    ],
)
def test_a_save_in_another_website_counts_for_what_magento_keeps_once(
    fields: dict[str, Any], default: dict[str, Any]
) -> None:
    found = layers_of(fields, SavedIn.OTHER_WEBSITE, BEFORE, SHOP)
    assert found == (Layers(default, {}, whole=None) if default else None)


@pytest.mark.parametrize(
    ("views", "website_id", "store_id", "website_ids", "expected"),
    [
        ((), 1, 0, ["1", "2"], SavedIn.ALL_STORE_VIEWS),
        ((), 1, 1, ["1", "2"], SavedIn.OWN_VIEW),
        # the settings say which store views the website has
        ((1, 3), 1, 3, ["1", "2"], SavedIn.SAME_WEBSITE),
        ((1, 3), 1, 2, ["1"], SavedIn.OTHER_WEBSITE),
        # without them, a product of one website can only be saved in that one's views
        ((), 1, 3, ["1"], SavedIn.SAME_WEBSITE),
        ((), 1, 3, ["1", "2"], SavedIn.OTHER_WEBSITE),
        ((), 1, 3, ["2"], SavedIn.OTHER_WEBSITE),
        ((), None, 3, ["7"], SavedIn.SAME_WEBSITE),
        ((), None, 3, ["7", "8"], SavedIn.OTHER_WEBSITE),
    ],
)
def test_where_an_event_was_saved(
    views: tuple[int, ...], website_id: int | None, store_id: int, website_ids: list[str], expected: SavedIn
) -> None:
    magento = replace(MAGENTO, website_view_ids=views, website_id=website_id)
    assert saved_in(saved(store_id=store_id), product(website_ids=website_ids), magento) is expected
    event = saved(store_id=store_id, attributes={"website_ids": website_ids})
    assert saved_in(event, product(website_ids=["5"]), magento) is expected


def test_a_shop_that_follows_all_store_views_has_no_values_of_a_view() -> None:
    follows_all = replace(SHOP, store_view_id=0)
    assert layers_of({"name": "Shirt"}, SavedIn.ALL_STORE_VIEWS, BEFORE, follows_all) == Layers(
        {"name": "Shirt"}, {}
    )
    assert layers_of({"status": "2"}, SavedIn.SAME_WEBSITE, BEFORE, follows_all) is None
