"""The store's REST answers against those of a real Magento 2.4.7, where a recording of it stands beside the project.

Keys and types are compared, not values; `custom_attributes` as a list of codes with values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.sandbox.magento.conftest import TOKEN
from tests.sandbox.magento.events.json_shape import differences, shape
from tests.sandbox.magento.rest.conftest import ANSWERS

FILTER = "searchCriteria[filter_groups][0][filters][0]"
ROUTES: Mapping[str, str] = {
    "product_get": "all/V1/products/24-WG01",
    "product_get_store_default": "default/V1/products/24-WG01",
    "product_get_plain": "V1/products/24-WG01",
    "product_get_404": "all/V1/products/NOPE",
    "product_get_configurable": "all/V1/products/MT72",
    "products_list_page": "all/V1/products?searchCriteria[pageSize]=50&searchCriteria[currentPage]=1"
    "&searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[sortOrders][0][direction]=ASC",
    "products_list_page_beyond_last": "all/V1/products?searchCriteria[pageSize]=10&searchCriteria[currentPage]=99"
    "&fields=items[sku],total_count",
    "products_list_updated_after": f"all/V1/products?{FILTER}[field]=updated_at&{FILTER}[value]=2020-01-01"
    f"&{FILTER}[condition_type]=gteq&fields=items[id,sku,updated_at],total_count",
    "products_list_entity_ids": f"all/V1/products?{FILTER}[field]=entity_id&{FILTER}[value]=3,22"
    f"&{FILTER}[condition_type]=in",
    "products_list_no_criteria": "all/V1/products",
    "products_list_bad_field": f"all/V1/products?{FILTER}[field]=nope&{FILTER}[value]=3",
    "bad_store_code": "nostore/V1/products/24-WG01",
    "stock_item": "all/V1/stockItems/24-WG01",
    "stock_item_404": "all/V1/stockItems/NOPE",
    "configurable_children": "all/V1/configurable-products/MT72/children",
    "configurable_children_of_simple": "all/V1/configurable-products/24-WG01/children",
    "attribute_color": "all/V1/products/attributes/color",
    "attribute_color_options": "all/V1/products/attributes/color/options",
    "attribute_404": "all/V1/products/attributes/nope",
    "attribute_sets": "all/V1/products/attribute-sets/sets/list?searchCriteria[pageSize]=100",
    "categories": "all/V1/categories",
    "source_items": f"all/V1/inventory/source-items?{FILTER}[field]=sku&{FILTER}[value]=24-WG01"
    f"&{FILTER}[condition_type]=in",
    "sources": "all/V1/inventory/sources",
    "stock_resolver": "all/V1/inventory/stock-resolver/website/base",
    "salable_quantity": "all/V1/inventory/get-product-salable-quantity/24-WG01/1",
    "salable_quantity_404": "all/V1/inventory/get-product-salable-quantity/NOPE/1",
    "is_product_salable": "all/V1/inventory/is-product-salable/24-WG01/1",
    "websites": "all/V1/store/websites",
    "store_views": "all/V1/store/storeViews",
    "store_configs": "all/V1/store/storeConfigs",
    "media": "all/V1/products/24-WG01/media",
}
"""Recorded answer -> the same route of this store."""


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_answers_as_magento_does(client: FlaskClient, name: str) -> None:
    assert ANSWERS is not None
    recorded = json.loads((ANSWERS / f"{name}.json").read_text())
    response = client.get(f"/rest/{ROUTES[name]}", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == recorded["status"]
    answer: Any = response.get_json() if response.is_json else response.text
    assert "\n".join(differences(shape(answer), shape(recorded["answer"]))) == ""
    if isinstance(answer, dict) and "message" in answer:
        assert answer["message"] == recorded["answer"]["message"]
