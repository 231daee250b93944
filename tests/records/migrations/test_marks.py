"""Upgrades: what version 0.1.0 stored of saves in a store view no longer hides later saves at All Store Views."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import pytest
from alembic import command
from sqlalchemy import insert, select

from policies.events.apply_event import apply_event
from policies.events.layers import layers_of, saved_in
from records.catalog import products
from records.catalog.tables import products as table
from records.db.database import Database
from schemas.product import DEFAULT_LAYER, STORE_VIEW_LAYER, Mark, Product
from schemas.product_event import EventKind, ProductEvent
from schemas.shop import STANDARD_SENDER, MagentoConnection
from tests.records.migrating import migrate, stored_tables

THEN = datetime(2026, 11, 1, tzinfo=UTC)
SHIRT: Final[dict[str, Any]] = {
    "type_id": "simple",
    "attribute_set_id": "9",
    "name": "Shirt",
    "price": "29.000000",
    "status": "1",
    "quantity": 18,
}
DUMP = {**SHIRT, "name": "View name"}
"""What a save in the store view sent: all values that it shows, and a name of its own."""
NEXT: Final[dict[str, Any]] = {**SHIRT, "name": "New name", "price": "19.00", "status": "2", "quantity": 3}


def upgraded(database: Database, rows: list[dict[str, Any]], **magento: Any) -> list[Product]:
    """Return products of version 0.1.0, each with both layers and its webhooks' store views, after the upgrade."""
    migrate(database, command.upgrade, "0015")
    tables = {stored.name: stored for stored in stored_tables(database)}
    naive = THEN.replace(tzinfo=None)
    with database.write() as connection:
        shop = {"key": "demo", "document": orjson.dumps({"magento": magento}), "changed_at": naive}
        needed = {
            column.name: "x"
            for column in tables["shops"].columns
            if not column.nullable and column.name not in shop
        }
        connection.execute(insert(tables["shops"]).values(**shop, **needed))
        for number, row in enumerate(rows, 1):
            stored = {"id": number, "shop": "demo", "deleted": False, "is_new": False, "hidden": False}
            times = dict.fromkeys(("updated_at", "received_at", "stock_received_at"), naive)
            told = orjson.dumps({"color": THEN}) if row.get("told") else None
            connection.execute(insert(tables["products"]).values(**stored, **times, told_at=told))
            layers = {
                "default_layer": orjson.dumps(row["default"]),
                "store_view_layer": orjson.dumps(row["view"]),
            }
            connection.execute(insert(tables["product_layers"]).values(product_id=number, **layers))
            for view in row.get("saved_in", []):
                request = orjson.dumps({"entity_id": "41", "sku": 'A"B', "store_id": view}).decode()
                feed = {
                    "at": naive,
                    "shop": "demo",
                    "product_id": number,
                    "direction": "in",
                    "operation": "saved",
                }
                connection.execute(insert(tables["feeds"]).values(**feed, request=request, failed=False))
    database.upgrade()
    with database.read() as connection:
        loaded = products.load(connection, range(1, len(rows) + 1))
    return [loaded[number] for number in sorted(loaded)]


def after_the_next_save(product: Product, **fields: Any) -> Product:
    magento = MagentoConnection(STANDARD_SENDER, ())
    later = THEN + timedelta(days=1)
    event = ProductEvent("save-1", "demo", EventKind.SAVED, later, attributes=fields, updated_at=later)
    layers = layers_of(fields, saved_in(event, product, magento), product, magento)
    assert layers is not None
    return apply_event(product, event, layers).product


@pytest.mark.parametrize(
    "view",
    [{"name": "View name", "price": "29.000000", "color": "58"}, DUMP, {**DUMP, "price": 29, "status": 1}],
)
def test_the_next_save_at_all_store_views_arrives(empty: Database, view: dict[str, Any]) -> None:
    (product,) = upgraded(empty, [{"default": SHIRT, "view": view, "saved_in": [1]}])
    assert product.value("name") == "View name"
    saved = after_the_next_save(product, **NEXT)
    assert [saved.value(code) for code in ("price", "status", "quantity")] == ["19.00", "2", 3]
    assert saved.value("name") == "View name"


def test_values_of_the_view_that_the_shop_followed_before_are_forgotten(empty: Database) -> None:
    rows: list[dict[str, Any]] = [
        {"default": SHIRT, "view": {"name": "English name"}, "saved_in": [1]},
        {"default": SHIRT, "view": {"name": "Deutscher Name"}, "saved_in": [0, 1, 2]},
        {"default": SHIRT, "view": {"name": "Not known"}},
    ]
    found = upgraded(empty, rows, store_view_id=2)
    names = [after_the_next_save(product, **NEXT).value("name") for product in found]
    assert names == ["New name", "Deutscher Name", "Not known"]


def test_use_default_as_false_is_no_value_of_the_view(empty: Database) -> None:
    (product,) = upgraded(empty, [{"default": SHIRT, "view": {"name": False, "status": None}}])
    assert product.attributes == SHIRT
    assert product.store_view == {}


def test_prices_of_website_scope_stay_in_the_view(empty: Database) -> None:
    row = {"default": SHIRT, "view": {"price": "19.00", "quantity": 3}}
    (product,) = upgraded(empty, [row], price_scope="website")
    assert product.store_view == {"price": "19.00"}


def test_a_value_that_can_not_be_known_is_marked_for_reading(empty: Database) -> None:
    rows = [
        {"default": SHIRT, "view": {"price": "19.00"}},
        {"default": SHIRT, "view": {"price": "29.00"}},
        {"default": {}, "view": {"price": "19.00"}},
    ]
    found = upgraded(empty, rows)
    assert [product.value("price") for product in found] == ["29.000000", "29.000000", "19.00"]
    with empty.read() as connection:
        query = select(table.c.needs_reading).order_by(table.c.id)
        assert connection.execute(query).scalars().all() == [True, False, False]


def test_the_times_become_marks(empty: Database) -> None:
    (product,) = upgraded(empty, [{"default": SHIRT, "view": {"name": "View name"}, "told": True}])
    whole = Mark(THEN, THEN)
    assert product.marks == {
        DEFAULT_LAYER: whole,
        STORE_VIEW_LAYER: whole,
        "quantity": Mark(THEN),
        "color": Mark(THEN),
    }
