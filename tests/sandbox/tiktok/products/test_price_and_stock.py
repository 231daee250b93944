"""Price and inventory updates: product states, warehouses and partial failures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.tiktok import Sandbox, Shop
from tests.sandbox.tiktok.caller import PRODUCTS, WAREHOUSE, Caller, Clock, axis, shirt, sku

SECOND = "7068517275539719943"


@pytest.fixture
def two_warehouses(clock: Clock) -> Iterator[Caller]:
    with Sandbox(audit_seconds=60, clock=clock, shops=[Shop(warehouses=(WAREHOUSE, SECOND))]) as sandbox:
        yield Caller(sandbox.url, clock)


def in_both(first: int, second: int) -> list[dict[str, object]]:
    return [
        {"warehouse_id": WAREHOUSE, "quantity": first},
        {"warehouse_id": SECOND, "quantity": second},
    ]


def set_status(shop: Caller, product_id: str, status: str) -> None:
    shop.admin("POST", "edit", {"product_id": product_id, "status": status})


STATUSES = (
    *("DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED"),
    *("FREEZE", "DELETED"),
)


@pytest.mark.parametrize("status", STATUSES)
def test_a_price_is_accepted_only_while_the_product_is_live(shop: Caller, status: str) -> None:
    product_id = shop.live()
    set_status(shop, product_id, status)
    reply = shop.price(product_id, "12.00")
    assert reply.code == (0 if status == "ACTIVATE" else 12019113)
    (sku_data,) = shop.get(product_id).data["skus"]
    assert sku_data["price"]["sale_price"] == ("12.00" if status == "ACTIVATE" else "10.00")


@pytest.mark.parametrize("status", STATUSES)
def test_stock_is_accepted_in_five_states(shop: Caller, status: str) -> None:
    product_id = shop.live()
    set_status(shop, product_id, status)
    accepted = status in STATUSES[:5]
    assert shop.stock(product_id, {WAREHOUSE: 0}).code == (0 if accepted else 12019113)
    (sku_data,) = shop.get(product_id).data["skus"]
    assert sku_data["inventory"][0]["quantity"] == (0 if accepted else 5)


def test_a_price_is_written_as_amount_and_read_as_sale_price(shop: Caller) -> None:
    product_id = shop.live()
    reply = shop.price(product_id, "12.00")
    assert (reply.code, reply.data) == (0, {})
    (sku_data,) = shop.get(product_id).data["skus"]
    assert sku_data["price"] == {"currency": "USD", "sale_price": "12.00", "tax_exclusive_price": "12.00"}


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ({"amount": "0", "currency": "USD"}, (200, 12052572)),
        ({"amount": "1.234", "currency": "USD"}, (200, 12052012)),
        ({"amount": "1e3", "currency": "USD"}, (200, 12052012)),
        ({"amount": "-1", "currency": "USD"}, (200, 12052012)),
        ({"amount": 9.9, "currency": "USD"}, (400, 36009004)),
        ({"amount": "9.90", "currency": "EUR"}, (200, 12052084)),
        ({"amount": "9.90"}, (400, 36009004)),
        ({"currency": "USD"}, (200, 12052571)),
        (None, (200, 12052571)),
    ],
)
def test_an_invalid_price_is_rejected(shop: Caller, price: object, expected: tuple[int, int]) -> None:
    product_id = shop.live()
    skus = [{"id": sku_id, "price": price} for sku_id in shop.sku_ids(product_id)]
    reply = shop.call("POST", f"{PRODUCTS}/{product_id}/prices/update", {"skus": skus})
    assert reply.http_and_code == expected


def test_all_prices_are_accepted_or_none(shop: Caller) -> None:
    product_id = shop.live()
    price = {"amount": "12.00", "currency": "USD"}
    skus = [{"id": shop.sku_ids(product_id)[0], "price": price}, {"id": "1729", "price": price}]
    reply = shop.call("POST", f"{PRODUCTS}/{product_id}/prices/update", {"skus": skus})
    assert reply.http_and_code == (200, 12052557)
    assert shop.get(product_id).data["skus"][0]["price"]["sale_price"] == "10.00"


@pytest.mark.parametrize("path", ["prices/update", "inventory/update"])
@pytest.mark.parametrize("body", [{}, {"skus": []}])
def test_a_call_without_skus_is_rejected(shop: Caller, path: str, body: dict[str, object]) -> None:
    reply = shop.call("POST", f"{PRODUCTS}/{shop.live()}/{path}", body)
    assert reply.http_and_code == (400, 36009004)
    assert "Skus is a required field" in reply.message


@pytest.mark.parametrize(
    ("ids", "code"), [((None,), 12052036), (("1", "1"), 12052553), (tuple(map(str, range(301))), 12052050)]
)
def test_a_call_has_each_sku_once_and_at_most_300(
    shop: Caller, ids: tuple[str | None, ...], code: int
) -> None:
    body = {"skus": [{"id": sku_id, "price": {"amount": "1", "currency": "USD"}} for sku_id in ids]}
    assert shop.call("POST", f"{PRODUCTS}/{shop.live()}/prices/update", body).http_and_code == (200, code)


@pytest.mark.parametrize("inventory", [None, [], [{"quantity": 1}]])
def test_an_inventory_update_needs_warehouses_if_there_are_two(
    two_warehouses: Caller, inventory: object
) -> None:
    shop = two_warehouses
    product_id = shop.live(skus=[{**sku(), "inventory": in_both(5, 5)}])
    body = {"skus": [{"id": shop.sku_ids(product_id)[0], "inventory": inventory}]}
    reply = shop.call("POST", f"{PRODUCTS}/{product_id}/inventory/update", body)
    assert reply.http_and_code == (400, 36009004)


@pytest.mark.parametrize(
    ("quantities", "error_codes"),
    [
        ({WAREHOUSE: 1, SECOND: 2}, {}),
        ({WAREHOUSE: 1}, {SECOND: 12019028}),
        ({WAREHOUSE: 1, SECOND: 2, "7": 3}, {"7": 12052097}),
    ],
)
def test_an_inventory_update_needs_all_warehouses_of_the_sku(
    two_warehouses: Caller, quantities: dict[str, int], error_codes: dict[str, int]
) -> None:
    shop = two_warehouses
    product_id = shop.live(skus=[{**sku(), "inventory": in_both(5, 5)}])
    reply = shop.stock(product_id, quantities)
    assert reply.code == 0
    codes = {
        entry["warehouse_id"]: entry["code"]
        for error in errors(reply.data)
        for entry in error["extra_errors"]
    }
    assert codes == error_codes
    (sku_data,) = shop.get(product_id).data["skus"]
    assert sku_data["inventory"] == (in_both(5, 5) if error_codes else in_both(1, 2))


def errors(data: dict[str, Any]) -> list[Any]:
    return [error["detail"] for error in data.get("errors", [])]


def test_the_warehouse_may_be_omitted_if_there_is_one(shop: Caller) -> None:
    product_id = shop.live()
    skus = [{"id": shop.sku_ids(product_id)[0], "inventory": [{"quantity": 8}]}]
    reply = shop.call("POST", f"{PRODUCTS}/{product_id}/inventory/update", {"skus": skus})
    assert (reply.code, reply.data) == (0, {})
    assert shop.get(product_id).data["skus"][0]["inventory"][0]["quantity"] == 8


def test_an_inventory_update_fails_sku_by_sku_inside_a_success(shop: Caller) -> None:
    skus = [
        sku("S-1", sales_attributes=[axis("Size", "S")]),
        sku("M-1", sales_attributes=[axis("Size", "M")]),
    ]
    product_id = shop.live(skus=skus)
    small, medium = shop.sku_ids(product_id)
    sent = [
        {"id": small, "inventory": [{"warehouse_id": WAREHOUSE, "quantity": 1}]},
        {"id": medium, "inventory": [{"warehouse_id": "7", "quantity": 1}]},
        {"id": "1729", "inventory": [{"warehouse_id": WAREHOUSE, "quantity": 1}]},
    ]
    reply = shop.call("POST", f"{PRODUCTS}/{product_id}/inventory/update", {"skus": sent})
    assert (reply.code, reply.message) == (0, "Success")
    assert [(error["code"], error["detail"]["sku_id"]) for error in reply.data["errors"]] == [
        (12052990, medium),
        (12052557, "1729"),
    ]
    quantities = [sku_data["inventory"][0]["quantity"] for sku_data in shop.get(product_id).data["skus"]]
    assert quantities == [1, 5]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (0, (200, 0)),
        (99_999, (200, 0)),
        (100_000, (200, 12052055)),
        (-1, (200, 12019024)),
        ("5", (400, 36009004)),
        (5.0, (400, 36009004)),
        (True, (400, 36009004)),
        (None, (400, 36009004)),
    ],
)
def test_a_quantity_is_a_whole_number_from_0_to_99999(
    shop: Caller, quantity: object, expected: tuple[int, int]
) -> None:
    entry = {"warehouse_id": WAREHOUSE, "quantity": quantity}
    assert shop.create(skus=[{**sku(), "inventory": [entry]}]).http_and_code == expected


@pytest.mark.parametrize(
    ("inventory", "code"),
    [
        (None, 12052096),
        ([], 12052096),
        ([{"warehouse_id": "7", "quantity": 1}], 12052097),
        ([{"warehouse_id": WAREHOUSE, "quantity": 1}] * 2, 12052555),
    ],
)
def test_a_new_sku_has_known_warehouses_each_once(shop: Caller, inventory: object, code: int) -> None:
    assert shop.create(skus=[{**sku(), "inventory": inventory}]).http_and_code == (200, code)


def test_a_partial_edit_with_skus_needs_price_and_stock(shop: Caller) -> None:
    product_id = shop.live()
    (sku_id,) = shop.sku_ids(product_id)
    assert shop.partial_edit(product_id, skus=[{"id": sku_id, "seller_sku": "SHIRT-2"}]).code == 12052571
    assert shop.edit(product_id, shirt(skus=[{"id": sku_id, "seller_sku": "SHIRT-2"}])).code == 0
