"""The table of the captured acts against the captured bodies themselves: nothing of the project reads them here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.whole.acts.captured import MODULE, OPENING, Captures
from tests.whole.acts.captured_table import ROWS
from tests.whole.acts.conftest import CAPTURES
from tests.whole.acts.rows import Fields, Row, states

assert CAPTURES is not None
CAPTURED = Captures(CAPTURES)
STATES = states(ROWS)
SAVE, STOCK_ITEM = "catalog_product_save_commit_after", "cataloginventory_stock_item_save_commit_after"
FIELD_CASES = Path(__file__).parents[3] / "docs/field-cases.md"
STATUSES: Final = {"1": "enabled", "2": "disabled"}
SHOPS_VIEW = "1"
LATER_SOURCES: Final = frozenset({"78_msi_admin_save_two_sources"})
"""The act whose product event has the quantity from before: its sources are saved last."""


def saved_rows() -> list[Row]:
    return [row for row in ROWS if row.act not in (OPENING, MODULE)]


def committed(product: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield what a saved body says of its product, in the words of the table."""
    yield "sku", product["sku"]
    yield "name", product["name"]
    yield "type", product["type_id"]
    yield "price", f"{float(product['price']):.2f}"
    yield "status", STATUSES[str(product["status"])]
    yield "visibility", int(product["visibility"])
    websites = product["website_ids"]
    yield (
        "websites",
        tuple(int(item) for item in (websites.values() if isinstance(websites, dict) else websites)),
    )
    links = product.get("category_links") or ()
    yield (
        "categories",
        tuple(sorted(int(item) for item in product["category_ids"]))
        or tuple(int(link["category_id"]) for link in links),
    )
    if product.get("special_price") is not None:
        dates = [str(product[code])[:10] for code in ("special_from_date", "special_to_date")]
        yield "special", (f"{float(product['special_price']):.2f}", *dates)


def own_fields(row: Row) -> set[str]:
    """Return the fields of which the shop's store view has its own value by this act."""
    found: set[str] = set()
    for act in CAPTURED.names[: CAPTURED.names.index(row.act) + 1]:
        body = CAPTURED.body(act, SAVE, row.product)
        if body and str(body["product"].get("store_id")) == SHOPS_VIEW:
            before = dict(committed({**body["product"], **body["original"]}))
            found |= {name for name, value in committed(body["product"]) if before[name] != value}
    return found


@pytest.mark.parametrize("row", saved_rows(), ids=lambda row: f"{row.act}-{row.product}")
def test_a_row_has_the_values_of_the_saved_body(row: Row) -> None:
    body, stock = (CAPTURED.body(row.act, event, row.product) for event in (SAVE, STOCK_ITEM))
    expected = STATES[row.act, row.product].store
    if body:
        of_view = str(body["product"].get("store_id")) == SHOPS_VIEW
        left_out = set() if of_view else own_fields(row) - {"status"}
        assert {name: expected[name] for name, _ in committed(body["product"]) if name in expected} == {
            name: expected[name] if name in left_out else value
            for name, value in committed(body["product"])
            if name in expected
        }
    if stock and "quantity" in expected and row.act not in LATER_SOURCES:
        quantity, in_stock = stock["product"]["qty"], stock["product"]["is_in_stock"]
        assert float(str(expected["quantity"])) == float(quantity)
        assert expected["in_stock"] is (str(in_stock) in ("1", "True"))


@pytest.mark.parametrize("row", saved_rows(), ids=lambda row: f"{row.act}-{row.product}")
def test_a_row_without_a_product_save_has_the_source_or_the_attributes_of_its_event(row: Row) -> None:
    expected: Fields = STATES[row.act, row.product].store
    for body in CAPTURED.bodies(row.act):
        if row.product in map(str, body.get("product_ids", ())) and "attributes_data" in body:
            sent = body["attributes_data"]
            if "status" in sent:
                assert expected["status"] == STATUSES[str(sent["status"])]
            if "price" in sent:
                assert (expected["price"], expected["name"]) == (sent["price"], sent["name"])
                assert expected["visibility"] == int(sent["visibility"])
        last = [
            item
            for item in body.get("source_items", ())
            if item["sku"] == expected.get("sku") and item["source_code"] == "default"
        ]
    if last and not expected["deleted"]:
        assert float(str(expected["quantity"])) == float(last[-1]["quantity"])
        assert expected["in_stock"] is bool(last[-1]["status"])


def test_an_act_that_does_not_say_enough_is_a_row_of_the_field_cases() -> None:
    cells = {
        line.split("|")[1].strip() for line in FIELD_CASES.read_text().splitlines() if line.startswith("|")
    }
    assert {row.gap for row in ROWS if row.gap} <= cells


def test_what_an_act_does_not_say_is_not_known_after_it() -> None:
    for row in ROWS:
        store = STATES[row.act, row.product].store
        assert bool(row.gap) == bool(row.truth), row.act
        assert not any(store.get(name) == value for name, value in row.truth.items()), row.act


def test_what_a_module_sends_in_the_end_is_what_magento_holds() -> None:
    for sku, product in (("MUG-3", "3"), ("WEB-1", "60"), ("WEB-2", "61")):
        default, view = (
            body["product"] for body in CAPTURED.module_bodies() if body["product"]["sku"] == sku
        )
        expected = STATES[MODULE, product].store
        shown = {**default, **{code: value for code, value in view.items() if value is not None}}
        for name, value in committed(shown):
            if name in expected:
                assert expected[name] == value, f"{sku}: {name}"
