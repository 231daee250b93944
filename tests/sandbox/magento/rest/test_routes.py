"""The REST API as a client of a Magento store sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.magento import Store
from tests.sandbox.magento.conftest import TOKEN

Get = Callable[[str], Any]


@pytest.fixture
def get_response(client: FlaskClient) -> Callable[[str], TestResponse]:
    return lambda address: client.get(address, headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.fixture
def get(get_response: Callable[[str], TestResponse]) -> Get:
    return lambda address: get_response(address).get_json()


@pytest.mark.parametrize("header", ["", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer é"])
def test_rest_requires_the_access_token(client: FlaskClient, header: str) -> None:
    response = client.get("/rest/V1/products/24-WG01", headers={"Authorization": header})
    assert (response.status_code, response.get_json()) == (
        401,
        {
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Catalog::products"},
        },
    )


@pytest.mark.parametrize("prefix", ["/rest/V1", "/rest/default/V1", "/rest/all/V1"])
def test_a_product_is_typed_at_the_top_level_and_text_in_custom_attributes(
    store: Store, get: Get, prefix: str
) -> None:
    store.save("24-WG01", {"price": 49.99, "qty": 5, "color": "Red", "weight": 2}, fire=False)
    product = get(f"{prefix}/products/24-WG01")
    assert product.keys() == {
        "id", "sku", "name", "attribute_set_id", "price", "status", "visibility", "type_id", "created_at",
        "updated_at", "weight", "extension_attributes", "product_links", "options", "media_gallery_entries",
        "tier_prices", "custom_attributes",
    }  # fmt: skip
    top = {"id": 1, "sku": "24-WG01", "price": 49.99, "status": 1, "visibility": 4, "weight": 2}
    assert product == {**product, **top}
    assert product["extension_attributes"]["website_ids"] == [1]
    assert product["extension_attributes"]["category_links"] == [
        {"position": 0, "category_id": "3"},
        {"position": 0, "category_id": "6"},
    ]
    stock = product["extension_attributes"]["stock_item"]
    assert (stock["qty"], stock["is_in_stock"], stock["product_id"]) == (5, True, 1)
    custom = {attribute["attribute_code"]: attribute["value"] for attribute in product["custom_attributes"]}
    assert (custom["color"], custom["category_ids"]) == ("58", ["3", "6"])


def test_each_store_view_returns_its_own_values(store: Store, get: Get) -> None:
    store.save("24-WG01", {"name": "Watch"}, fire=False)
    store.save("24-WG01", {"name": "British watch"}, store_id=1, fire=False)
    names = {code: get(f"/rest/{code}V1/products/24-WG01")["name"] for code in ("", "default/", "all/")}
    assert names == {"": "British watch", "default/": "British watch", "all/": "Watch"}


@pytest.mark.parametrize(
    ("sku", "encoded"),
    [
        ("24-MB/02 navy", "24-MB%2F02%20navy"),
        ("a//b", "a%2F%2Fb"),
        ("/a/", "%2Fa%2F"),
        ("50%?#&é", "50%25%3F%23%26%C3%A9"),
    ],
)
def test_a_sku_may_contain_characters_that_urls_encode(
    store: Store, get: Get, sku: str, encoded: str
) -> None:
    if sku != "24-MB/02 navy":
        store.create(sku, {"name": "Awkward", "price": 1}, fire=False)
    assert get(f"/rest/V1/products/{encoded}")["sku"] == sku
    assert get(f"/rest/V1/stockItems/{encoded}")["stock_id"] == 1


def test_slashes_are_escaped_as_in_php(get_response: Callable[[str], TestResponse]) -> None:
    assert b'"sku":"24-MB\\/02 navy"' in get_response("/rest/V1/products/24-MB%2F02%20navy").data


@pytest.mark.parametrize(
    "address",
    [
        "products/none",
        "products/1",
        "stockItems/none",
        "configurable-products/none/children",
        "products/attributes/colour",
    ],
)
def test_an_unknown_entity_returns_404_with_a_message(
    get_response: Callable[[str], TestResponse], address: str
) -> None:
    response = get_response(f"/rest/V1/{address}")
    assert response.status_code == 404
    assert "doesn't exist" in response.get_json()["message"]


def test_an_unknown_store_view_returns_400(get_response: Callable[[str], TestResponse]) -> None:
    response = get_response("/rest/french/V1/products/24-WG01")
    assert (response.status_code, response.get_json()) == (
        400,
        {"message": "Specified request cannot be processed."},
    )


def test_a_list_has_pages_and_omits_stock(store: Store, get: Get) -> None:
    listed = get("/rest/V1/products?searchCriteria[pageSize]=5&searchCriteria[currentPage]=2")
    assert [attribute["id"] for attribute in listed["items"]] == [6, 7, 8, 9, 10]
    assert listed["total_count"] == len(store.products())
    assert "stock_item" not in listed["items"][0]["extension_attributes"]


def test_a_list_without_criteria_is_rejected(get_response: Callable[[str], TestResponse]) -> None:
    response = get_response("/rest/V1/products")
    assert (response.status_code, response.get_json()) == (
        400,
        {
            "message": '"%fieldName" is required. Enter and try again.',
            "parameters": {"fieldName": "searchCriteria"},
        },
    )


def test_a_configurable_has_axes_links_and_children(store: Store, get: Get) -> None:
    parent = get("/rest/V1/products/MT72")
    links = parent["extension_attributes"]["configurable_product_links"]
    axes = parent["extension_attributes"]["configurable_product_options"]
    assert [(axis["attribute_id"], axis["label"], len(axis["values"])) for axis in axes] == [
        ("93", "Color", 2),
        ("138", "Size", 3),
    ]
    children = get("/rest/V1/configurable-products/MT72/children")
    assert [child["id"] for child in children] == links
    assert {child["visibility"] for child in children} == {1}


def test_attribute_options_start_with_an_empty_choice_and_have_the_views_labels(get: Get) -> None:
    assert get("/rest/V1/products/attributes/color/options")[:5] == [
        {"label": " ", "value": ""},
        {"label": "Black", "value": "49"},
        {"label": "Blue", "value": "50"},
        {"label": "Brown", "value": "51"},
        {"label": "Grey", "value": "52"},
    ]
    in_admin = get("/rest/all/V1/products/attributes/color")
    assert (in_admin["attribute_code"], in_admin["options"][4]["label"]) == ("color", "Gray")


def test_the_category_tree_counts_products(store: Store, get: Get) -> None:
    root = get("/rest/V1/categories")
    gear = root["children_data"][0]
    assert (root["id"], gear["name"]) == (2, "Gear")
    assert gear["product_count"] == sum(3 in product.category_ids for product in store.products())
