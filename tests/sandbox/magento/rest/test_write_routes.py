"""Writing by REST, as an ERP does: what it changes, what it fires, and what it answers where it can't."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.magento import Store
from tests.sandbox.magento.conftest import TOKEN
from tests.sandbox.magento.webhook_receiver import Receiver

Call = Callable[..., TestResponse]
MUG: dict[str, Any] = {
    "sku": "ERP-1",
    "name": "Mug",
    "price": 12.5,
    "attribute_set_id": 9,
    "custom_attributes": [{"attribute_code": "color", "value": "58"}],
    "extension_attributes": {
        "category_links": [{"position": 0, "category_id": "3"}],
        "stock_item": {"qty": 7, "is_in_stock": True},
    },
}


@pytest.fixture
def call(client: FlaskClient) -> Call:
    """Return a function that calls a route of `/rest/all/V1/`."""

    def call(method: str, route: str, body: object = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return client.open(f"/rest/all/V1/{route}", method=method, json=body, headers=headers)

    return call


def test_a_post_creates_a_product_with_its_stock_and_categories(
    call: Call, store: Store, receiver: Receiver
) -> None:
    created = call("POST", "products", {"product": MUG}).get_json()
    assert created["extension_attributes"]["stock_item"]["qty"] == 7
    product = store.product("ERP-1")
    assert (product.values["color"], product.category_ids, product.stock.qty) == ("58", (3,), "7")
    (delivery,) = receiver.wait_for(1)
    sent = delivery.payload
    assert (sent["is_new"], sent["product"]["stock_item"]["manage_stock"]) == (True, False)


@pytest.mark.parametrize(
    ("method", "route", "body", "check"),
    [
        ("PUT", "products/24-WG01", {"product": {"price": 9}}, {"values": ("price", "9.000000")}),
        ("PUT", "products/24-WG01/stockItems/5", {"stockItem": {"qty": 3}}, {"stock": ("qty", "3")}),
        (
            "POST",
            "inventory/source-items",
            {"sourceItems": [{"sku": "24-WG01", "source_code": "default", "quantity": 4, "status": 1}]},
            {"stock": ("qty", "4")},
        ),
    ],
)
def test_a_write_reaches_the_product(
    call: Call, store: Store, method: str, route: str, body: object, check: dict[str, tuple[str, str]]
) -> None:
    assert call(method, route, body).status_code == 200
    product = store.product("24-WG01")
    for part, (name, value) in check.items():
        found = getattr(product, part)
        assert (found[name] if part == "values" else getattr(found, name)) == value


def test_websites_categories_and_images_are_assigned(call: Call, store: Store) -> None:
    call("POST", "products/24-WG01/websites", {"productWebsiteLink": {"sku": "24-WG01", "website_id": 2}})
    call("POST", "categories/4/products", {"productLink": {"sku": "24-WG01", "category_id": "4"}})
    entry = {"media_type": "image", "types": ["thumbnail"], "content": {"name": "new.png"}}
    call("POST", "products/24-WG01/media", {"entry": entry})
    product = store.product("24-WG01")
    assert (product.website_ids, product.category_ids) == ((1, 2), (3, 6, 4))
    assert (product.files[-1], product.values["thumbnail"]) == ("/n/e/new.png", "/n/e/new.png")
    assert call("GET", "products/24-WG01/media").get_json()[-1]["file"] == "/n/e/new.png"
    call("DELETE", "products/24-WG01/websites/1")
    assert store.product("24-WG01").website_ids == (2,)
    assert call("DELETE", "products/24-WG01").get_json() is True


def test_a_child_is_added_to_a_configurable(call: Call, store: Store) -> None:
    child = {**MUG, "custom_attributes": [{"attribute_code": c, "value": v} for c, v in _AXES.items()]}
    call("POST", "products", {"product": child})
    assert call("POST", "configurable-products/MT72/child", {"childSku": "ERP-1"}).get_json() is True
    assert store.product("MT72").child_ids[-1] == store.product("ERP-1").entity_id


_AXES = {"color": "58", "size": "166"}


def test_the_salable_quantity_falls_with_an_order_and_the_stock_item_does_not(
    call: Call, client: FlaskClient
) -> None:
    call("PUT", "products/24-WG01/stockItems/5", {"stockItem": {"qty": 9}})
    client.post("/_store/orders", json={"sku": "24-WG01", "qty": 2})
    assert call("GET", "inventory/get-product-salable-quantity/24-WG01/1").get_json() == 7
    assert call("GET", "inventory/is-product-salable/24-WG01/1").get_json() is True
    assert call("GET", "stockItems/24-WG01").get_json()["qty"] == 9


def test_a_price_route_writes_the_price_and_fires_nothing(
    call: Call, store: Store, receiver: Receiver
) -> None:
    call("POST", "products/base-prices", {"prices": [{"sku": "24-WG01", "price": 8, "store_id": 0}]})
    call("POST", "products/special-price", {"prices": [{"sku": "24-WG01", "price": 7, "store_id": 0}]})
    values = store.product("24-WG01").values
    assert (values["price"], values["special_price"]) == ("8.000000", "7.000000")
    assert receiver.deliveries == []


def test_an_order_of_another_channel_is_taken_in_once_and_reserves_nothing(call: Call, store: Store) -> None:
    items = [{"sku": "24-WG01", "qty_ordered": 2}]
    order = {"entity": {"increment_id": "TT-1", "items": items, "payment": {"method": "checkmo"}}}
    before = store.product("24-WG01")
    assert call("POST", "orders", order).get_json()["increment_id"] == "TT-1"
    repeated = call("POST", "orders", order)
    assert (repeated.status_code, repeated.get_json()["message"]) == (
        400,
        "Unique constraint violation found",
    )
    assert store.product("24-WG01") == before


@pytest.mark.parametrize(
    ("method", "route", "body", "status", "answer"),
    [
        (
            *("PUT", "products/none", {"product": {"price": 1}}, 400),
            {"message": "Invalid product data: %1", "parameters": ["Invalid attribute set entity type"]},
        ),
        (
            *("POST", "products", "x", 400),
            {
                "message": '"%fieldName" is required. Enter and try again.',
                "parameters": {"fieldName": "product"},
            },
        ),
        (
            *("GET", "stockItems/none", None, 404),
            {"message": 'The Product with the "%1" SKU doesn\'t exist.', "parameters": ["none"]},
        ),
        (
            *("POST", "orders", {"entity": {}}, 400),
            {"message": "Please provide payment for the order."},
        ),
        (
            *("GET", "products/none", None, 404),
            {"message": "The product that was requested doesn't exist. Verify the product and try again."},
        ),
        (
            *("GET", "products/attributes/none", None, 404),
            {
                "message": 'The attribute with a "%1" attributeCode doesn\'t exist.'
                " Verify the attribute and try again.",
                "parameters": ["none"],
            },
        ),
    ],
)
def test_errors_have_magentos_message_with_its_parameters_beside_it(
    call: Call, method: str, route: str, body: object, status: int, answer: object
) -> None:
    response = call(method, route, body)
    assert (response.status_code, response.get_json()) == (status, answer)


def test_the_salable_quantity_of_an_unknown_sku_is_an_error_in_plain_text(call: Call) -> None:
    response = call("GET", "inventory/get-product-salable-quantity/none/1")
    assert (response.status_code, response.is_json) == (500, False)


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("searchCriteria[pageSize]=5&searchCriteria[currentPage]=99", []),
        ("searchCriteria[pageSize]=5&searchCriteria[currentPage]=99&fields=items[sku],total_count", None),
        (
            "searchCriteria[pageSize]=2&fields=items[sku],total_count",
            [{"sku": "24-WG01"}, {"sku": "24-MB01"}],
        ),
    ],
)
def test_a_page_beyond_the_last_has_no_items_and_null_where_fields_are_chosen(
    call: Call, query: str, items: object
) -> None:
    assert call("GET", f"products?{query}").get_json()["items"] == items


def test_source_items_are_found_by_sku(call: Call) -> None:
    filters = "searchCriteria[filter_groups][0][filters][0]"
    query = f"{filters}[field]=sku&{filters}[condition_type]=in&{filters}[value]=24-WG01,24-MB01"
    found = call("GET", f"inventory/source-items?{query}").get_json()
    assert [(row["sku"], row["source_code"]) for row in found["items"]] == [
        ("24-WG01", "default"),
        ("24-MB01", "default"),
    ]
    assert found["total_count"] == 2


def test_websites_views_and_sources_are_listed(call: Call) -> None:
    codes = {
        route: [row[key] for row in _rows(call("GET", route).get_json())]
        for route, key in (
            ("store/websites", "code"),
            ("store/storeViews", "code"),
            ("store/storeConfigs", "code"),
            ("inventory/sources", "source_code"),
        )
    }
    assert codes == {
        "store/websites": ["admin", "base", "eu"],
        "store/storeViews": ["default", "admin", "eu_de", "fr"],
        "store/storeConfigs": ["default", "fr", "eu_de"],
        "inventory/sources": ["default", "wh2"],
    }
    assert call("GET", "inventory/stock-resolver/website/eu").get_json()["stock_id"] == 1


def _rows(answer: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer["items"] if isinstance(answer, dict) else answer
    return rows
