"""The number of products that are Not Visible Individually, counted over an index of their flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from alembic import command
from sqlalchemy import event, inspect, text

from records.catalog import hidden_products, products
from records.catalog.hidden_products import HiddenProducts
from records.catalog.products import ProductKey
from records.db.database import Database, _alembic


def stored(
    database: Database, entity_id: str, default: Mapping[str, Any], shop: str = "demo", **more: Any
) -> None:
    """Store a product with these attributes."""
    with database.write() as connection:
        (located,) = products.locate(connection, [ProductKey(shop, entity_id, f"S-{entity_id}")]).values()
        products.save(connection, [replace(located, sku=f"S-{entity_id}", default=default, **more)])


def counted(database: Database, *shops: str, **bound: int) -> HiddenProducts:
    with database.read() as connection:
        return hidden_products.count(connection, shops or ("demo",), **bound)


@pytest.mark.parametrize(
    ("default", "more", "number"),
    [
        ({"visibility": "1"}, {}, 1),
        ({"visibility": 1}, {}, 1),
        ({"visibility": "4"}, {}, 0),
        ({}, {}, 0),  # a visibility that was never received is not 1
        ({"visibility": None}, {}, 0),
        ({"visibility": "4"}, {"store_view": {"visibility": "1"}}, 1),
        ({"visibility": "1"}, {"store_view": {"visibility": None}}, 1),  # it inherits
        ({"visibility": "1"}, {"store_view": {"visibility": "4"}}, 0),
        ({"visibility": "1"}, {"deleted": True}, 0),
        ({"visibility": "nobody knows"}, {}, 0),
    ],
)
def test_a_product_counts_by_its_visibility_in_the_shops_view(
    database: Database, default: Mapping[str, Any], more: Mapping[str, Any], number: int
) -> None:
    stored(database, "41", default, **more)
    assert counted(database) == HiddenProducts(number, True)


def test_a_product_that_becomes_visible_is_not_counted(database: Database) -> None:
    stored(database, "41", {"visibility": "1"})
    stored(database, "41", {"visibility": "4"})
    assert counted(database).number == 0


def test_the_variants_of_a_configurable_do_not_count(database: Database) -> None:
    for entity_id in ("41", "42", "43"):
        stored(database, entity_id, {"visibility": "1"})
    with database.write() as connection:
        products.save_children(connection, "demo", "77", {"42"})
        products.save_children(connection, "demo", "78", {"42", "43"})
        products.save_children(connection, "other", "79", {"41"})
    assert counted(database) == HiddenProducts(1, True)


def test_each_shop_is_counted_by_itself(database: Database) -> None:
    stored(database, "41", {"visibility": "1"})
    stored(database, "41", {"visibility": "1"}, shop="other")
    assert [counted(database, *shops).number for shops in (("demo",), ("other",), ("demo", "other"))] == [
        1,
        1,
        2,
    ]


def test_no_more_than_the_limit_is_counted(database: Database) -> None:
    for number in range(6):
        stored(database, str(40 + number), {"visibility": "1"})
    assert counted(database, most=4) == HiddenProducts(4, False)


def test_the_count_reads_no_product_and_no_attributes(sqlite: Database) -> None:
    """The count reads only the index of hidden products, and looks up by key whether each is a variant."""
    selects: list[tuple[str, Any]] = []

    def note(_1: Any, _2: Any, statement: str, parameters: Any, _3: Any, _4: bool) -> None:
        if statement.startswith("SELECT"):
            selects.append((statement, parameters))

    event.listen(sqlite.engine, "before_cursor_execute", note)
    counted(sqlite)
    event.remove(sqlite.engine, "before_cursor_execute", note)
    ((statement, parameters),) = selects
    assert "layer" not in statement
    with sqlite.read() as connection:
        plan = [step[3] for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    on_tables = [step for step in plan if "anon" not in step]
    assert "SEARCH products USING COVERING INDEX ix_products_hidden (shop=? AND hidden=?)" in on_tables
    assert not [step for step in on_tables if step.startswith("SCAN ")], plan


def test_an_upgrade_counts_products_stored_before_it(empty: Database) -> None:
    database = empty
    database.upgrade()
    stored(database, "41", {"visibility": "1"})
    stored(database, "42", {"visibility": "4"}, store_view={"visibility": "1"})
    stored(database, "43", {"visibility": "4"})
    stored(database, "44", {"visibility": "1"}, deleted=True)
    config = _alembic()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0009")
        connection.commit()
        assert "hidden" not in {column["name"] for column in inspect(connection).get_columns("products")}
        found = connection.execute(
            text("SELECT default_layer FROM product_layers ORDER BY product_id")
        ).scalar()
        assert orjson.loads(found or b"") == {"visibility": "1"}
    database.upgrade()
    assert counted(database) == HiddenProducts(2, True)
