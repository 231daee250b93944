"""Stock: which of the stocks in a body count, and what saved source items mean."""

from __future__ import annotations

from typing import Any

import pytest

from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import ProductPayload, read
from schemas.product_event import EventKind
from tests.webhooks.magento_bodies import MUG, NAMED, read_single

REST_DEFAULTS: dict[str, object] = {
    "product_id": 0,
    "stock_id": 1,
    "qty": 4,
    "is_in_stock": True,
    "use_config_min_qty": False,
    "min_qty": 0,
    "use_config_manage_stock": False,
    "manage_stock": False,
}
"""What Magento's REST API makes of ``{"qty": 4, "is_in_stock": false}`` in a request."""
OF_THE_STORE: dict[str, object] = {
    **REST_DEFAULTS,
    "item_id": 12,
    "product_id": 7,
    "is_in_stock": False,
    "use_config_min_qty": True,
    "use_config_manage_stock": True,
}


def stock_of(**body: Any) -> dict[str, object]:
    """Return the stock attributes of a save with these fields."""
    return {
        code: value for code, value in read_single({**MUG, **body}).attributes.items() if code not in NAMED
    }


@pytest.mark.parametrize(
    ("body", "stock"),
    [
        # The REST API's object of defaults is in stock and unmanaged, whatever the request said.
        ({"stock_item": REST_DEFAULTS}, {}),
        ({"stock_item": {**REST_DEFAULTS, "product_id": None}}, {}),
        ({"stock_item": {**REST_DEFAULTS, "product_id": "0", "item_id": 0}}, {}),
        ({"stock_item": {"qty": 4}}, {}),
        (
            {"stock_item": OF_THE_STORE},
            {"quantity": 4, "stock_status": False, "manage_stock": True, "min_qty": None},
        ),
        ({"stock_item": {"item_id": "12", "qty": 4}}, {"quantity": 4}),
        ({"extension_attributes": {"stock_item": {"qty": 4}}}, {"quantity": 4}),
        ({"extension_attributes": {"stock_item": REST_DEFAULTS}}, {}),
        # The bare status stays 1 when a product is out of stock.
        ({"quantity_and_stock_status": "1"}, {}),
        ({"quantity_and_stock_status": 0, "stock_data": {"is_in_stock": "1"}}, {"stock_status": "1"}),
        ({"quantity_and_stock_status": {"is_in_stock": "0"}}, {"stock_status": "0"}),
        # Null and an empty text say nothing, whichever name they have.
        (
            {"quantity_and_stock_status": {"qty": "", "is_in_stock": None}, "stock_data": {"qty": "5"}},
            {"quantity": "5"},
        ),
        (
            {"quantity_and_stock_status": {"qty": 5, "is_in_stock": ""}, "stock_data": {"is_in_stock": "1"}},
            {"quantity": 5, "stock_status": "1"},
        ),
        # An empty stock status beside no other one may be PHP's false as a text: it is kept, and is not understood.
        ({"quantity_and_stock_status": {"qty": 5, "is_in_stock": ""}}, {"quantity": 5, "stock_status": ""}),
        ({"stock_data": {"qty": 5, "is_in_stock": " "}}, {"quantity": 5, "stock_status": " "}),
        ({"quantity": None, "qty": "5"}, {"quantity": "5"}),
        ({"quantity": 6, "qty": "5"}, {"quantity": 6}),
        ({"quantity_and_stock_status": {"qty": 0}, "stock_data": {"qty": "5"}}, {"quantity": 0}),
        ({"quantity_and_stock_status": {"qty": None}}, {}),
        # What is understood comes before what is not.
        ({"quantity_and_stock_status": {"qty": False}, "stock_data": {"qty": "5"}}, {"quantity": "5"}),
        (
            {"quantity_and_stock_status": {"qty": "n/a"}, "stock_data": {"qty": "5.0000"}},
            {"quantity": "5.0000"},
        ),
        ({"stock_status": "unsure", "is_in_stock": "No"}, {"stock_status": "No"}),
        ({"qty": "3,5"}, {"quantity": "3,5"}),
        # Stock among custom and extension attributes, and in wrappers of modules.
        ({"custom_attributes": [{"attribute_code": "qty", "value": "5"}]}, {"quantity": "5"}),
        (
            {"custom_attributes": {"quantity_and_stock_status": {"value": {"qty": 5, "is_in_stock": "no"}}}},
            {"quantity": 5, "stock_status": "no"},
        ),
        ({"extension_attributes": {"qty": 5, "is_in_stock": False}}, {"quantity": 5, "stock_status": False}),
        ({"qty": 4, "extension_attributes": {"qty": 5}}, {"quantity": 4}),
        ({"stock": {"qty": 5, "is_in_stock": "0"}}, {"quantity": 5, "stock_status": "0"}),
        ({"stockItem": {"qty": 5, "isInStock": False}}, {"quantity": 5, "stock_status": False}),
        ({"inventory": {"is_in_stock": 1, "quantity": 5}}, {"quantity": 5, "stock_status": 1}),
        ({"stock": {"place": "Rome"}, "inventory": "5"}, {"stock": {"place": "Rome"}, "inventory": "5"}),
        ({"quantity": None, "stock_status": None}, {}),
        # Manage Stock, and who decides it.
        ({"stock_data": {"use_config_manage_stock": 0, "qty": "8"}}, {"quantity": "8"}),
        ({"stock_data": {"use_config_manage_stock": "1"}}, {"manage_stock": True}),
        ({"stock_data": {"use_config_manage_stock": True, "manage_stock": 0}}, {"manage_stock": True}),
        ({"stock_data": {"use_config_manage_stock": "0", "manage_stock": "0"}}, {"manage_stock": "0"}),
        ({"stock_data": {"manage_stock": None}, "manage_stock": 0}, {"manage_stock": 0}),
        # The Out-of-Stock Threshold, and who decides it.
        ({"stock_data": {"use_config_min_qty": "0", "min_qty": "10"}}, {"min_qty": "10"}),
        ({"stock_data": {"min_qty": "10"}}, {"min_qty": "10"}),
        ({"stock_data": {"use_config_min_qty": "1", "min_qty": "10"}}, {"min_qty": None}),
        ({"min_qty": ""}, {}),
        ({"qty": 3, "min_qty": 10}, {"quantity": 3, "min_qty": 10}),
    ],
)
def test_which_stock_of_a_save_counts(body: dict[str, Any], stock: dict[str, object]) -> None:
    assert stock_of(**body) == stock


ROME, OSLO = {"source_code": "rome", "quantity": 3, "status": 1}, {"source_code": "oslo", "quantity": 0}


@pytest.mark.parametrize(
    ("items", "rows"),
    [
        ([ROME, OSLO], [ROME, OSLO]),
        ({"2": ROME, "5": OSLO}, [ROME, OSLO]),
        ({"items": [ROME, OSLO], "total_count": 2}, [ROME, OSLO]),
        ({"items": {"3": ROME}}, [ROME]),
        ({"rome": {"quantity": 3, "status": 1}, "oslo": {"qty": 0}}, [ROME, OSLO]),
        ([{"source_code": "oslo", "qty": 0}], [OSLO]),
        (ROME, [ROME]),
        ([{**ROME, "sku": "mug-01 ", "extension_attributes": []}], [ROME]),
        ([{**ROME, "sku": "CUP-02"}, OSLO], [OSLO]),
        ([{"quantity": 3}, "rome", None], None),
        ([], None),
        ("rome", None),
        (None, None),
    ],
)
def test_source_items_come_as_a_list_however_they_are_written(items: object, rows: object) -> None:
    assert stock_of(source_items=items).get("source_items") == rows


def test_a_product_may_have_its_source_items_in_camel_case() -> None:
    assert stock_of(sourceItems=[ROME]) == {"source_items": [ROME]}
    assert stock_of(source_items=[], sourceItems=[ROME]) == {"source_items": [ROME]}


def test_saved_source_items_are_a_stock_event_for_each_sku() -> None:
    body = {
        "event": "plugin.SourceItemsSave",
        "source_items": [
            {"sku": "MUG-01", "source_code": "rome", "quantity": 3, "status": 1},
            {"sku": "CUP-02", "source_code": "default", "quantity": "6.0000", "status": 0},
            {"sku": "MUG-01", "source_code": "oslo", "quantity": 0},
        ],
    }
    cup = {"source_code": "default", "quantity": "6.0000", "status": 0}
    assert read(body) == (
        ProductPayload(EventKind.STOCK_CHANGED, None, "MUG-01", 0, {"source_items": [ROME, OSLO]}),
        # Magento copies the stock of its default source into the stock item.
        ProductPayload(
            EventKind.STOCK_CHANGED,
            None,
            "CUP-02",
            0,
            {"source_items": [cup], "quantity": "6.0000", "stock_status": 0},
        ),
    )


@pytest.mark.parametrize("items", [[], [{"source_code": "rome"}], [{"sku": " ", "source_code": "rome"}], "x"])
def test_source_items_without_a_sku_name_no_product(items: object) -> None:
    with pytest.raises(NotAProduct) as refused:
        read({"event": "plugin.SourceItemsSave", "source_items": items})
    assert refused.value.reason == "names_no_product"


@pytest.mark.parametrize("name", ["cataloginventory_stock_item_save_after", "stock.changed", None])
def test_the_id_of_a_stock_item_is_not_its_products(name: str | None) -> None:
    item = {"item_id": "15", "id": "15", "product_id": "11", "stock_id": 1, "qty": 906, "is_in_stock": True}
    for body in ({"event": name, "product": item}, {"event": name, **item}):
        named = {key: value for key, value in body.items() if value is not None}
        assert read_single(named) == ProductPayload(
            EventKind.STOCK_CHANGED, "11", None, 0, {"quantity": 906, "stock_status": True}
        )


@pytest.mark.parametrize("item", [{"item_id": "15", "id": "15"}, {"id": 15}, {"id": 15, "product_id": None}])
def test_a_stock_item_without_product_id_and_sku_names_no_product(item: dict[str, object]) -> None:
    with pytest.raises(NotAProduct) as refused:
        read({"event": "stock.changed", "product": {**item, "qty": 3}})
    assert refused.value.reason == "names_no_product"
    assert "product_id" in refused.value.detail
