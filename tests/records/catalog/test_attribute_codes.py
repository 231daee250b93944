"""Attribute codes in the stored products: a search in all of them, within a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from records.catalog import attribute_codes, products
from records.catalog.attribute_codes import Search
from records.catalog.products import ProductKey
from records.db.database import Database


def save(
    database: Database, sku: str, default: dict[str, Any], store_view: dict[str, Any] | None = None
) -> None:
    key = ProductKey("demo", None, sku)
    with database.write() as connection:
        product = products.locate(connection, [key])[key]
        products.save(connection, [replace(product, default=default, store_view=store_view or {})])


def search(database: Database, *codes: str, seconds: float = 2.0) -> Search:
    with database.read() as connection:
        return attribute_codes.search(connection, codes, seconds=seconds)


def test_a_code_of_any_product_is_found_in_both_layers(database: Database) -> None:
    save(database, "A", {"fabric": None, "note": 'the "color": red'}, {"fit": "slim"})
    save(database, "B", {"name": "Mug"})
    assert search(database, "fabric", "fit") == Search(frozenset({"fabric", "fit"}), certain=False)
    assert search(database, "fabric", "color") == Search(frozenset({"fabric"}), certain=True)


def test_nothing_is_certain_before_the_first_product(database: Database) -> None:
    assert search(database, "fabric") == Search(frozenset(), certain=False)


def test_a_search_that_did_not_end_is_not_certain(database: Database) -> None:
    save(database, "A", {"fabric": 1})
    assert search(database, "color", seconds=0.0) == Search(frozenset(), certain=False)


def test_every_product_is_looked_at(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_codes, "LOOKED_AT", 2)
    for number in range(5):
        save(database, f"SKU-{number}", {"oldest": 1} if number == 0 else {"name": "Mug"})
    assert search(database, "oldest", "color") == Search(frozenset({"oldest"}), certain=True)
