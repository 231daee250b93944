"""Attributes: every shape in which Magento writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from magento.payloads.product_payload import ProductPayload
from schemas.product_event import EventKind
from tests.webhooks.magento_bodies import (
    NAMED,
    REST,
    REST_ATTRIBUTES,
    read_single,
)

SAVED = EventKind.SAVED
LINKS = [{"position": 0, "category_id": "15"}, {"position": 1, "category_id": "36"}]
SAVED_AT = datetime(2026, 11, 24, 11, 59, 58, tzinfo=UTC)


def test_a_rest_product_is_normalized_to_the_same_attributes() -> None:
    assert read_single(REST) == ProductPayload(
        SAVED, "68", "HOODIE", 0, REST_ATTRIBUTES, None, None, SAVED_AT
    )


@pytest.mark.parametrize(
    "product, attributes",
    [
        ({"visibility": None, "name": None}, {"visibility": None, "name": None}),
        ({"category_ids": None, "website_ids": None}, {"category_ids": None, "website_ids": None}),
        ({"category_ids": "4, 12"}, {"category_ids": ["4", "12"]}),
        ({"category_ids": ""}, {"category_ids": []}),
        ({"category_ids": []}, {"category_ids": []}),
        ({"category_ids": {"0": "4", "2": "12"}}, {"category_ids": ["4", "12"]}),
        ({"category_ids": 4}, {"category_ids": [4]}),
        ({"website_ids": ["1"]}, {"website_ids": ["1"]}),
        # An object of websites has the ids as keys; Magento Admin writes {"1": "1"}, single-store mode {"2": 1}.
        ({"website_ids": {"1": "1"}}, {"website_ids": ["1"]}),
        ({"website_ids": {"2": 1}}, {"website_ids": ["2"]}),
        ({"website_ids": {"2": "1", "3": "1"}}, {"website_ids": ["2", "3"]}),
        ({"website_ids": {"2": True, "3": False}}, {"website_ids": ["2"]}),
        ({"website_ids": {"1": "0", "2": 0, "3": "", "4": None, "5": "5"}}, {"website_ids": ["5"]}),
        ({"website_ids": {"2": 0}}, {"website_ids": []}),
        ({"website_ids": {"1": "no", "2": "off", "3": "0.0000", "4": [], "5": "on"}}, {"website_ids": ["5"]}),
        ({"website_ids": [{"website_id": 1}, {"id": 2, "code": "eu"}]}, {"website_ids": [1, 2]}),
        ({"website_ids": [{"code": "eu"}]}, {"website_ids": [{"code": "eu"}]}),
        # A list with gaps is an object in PHP, too: no website has the id 0, and a website's flag is no other id.
        ({"website_ids": {"0": "1", "2": "3"}}, {"website_ids": ["1", "3"]}),
        ({"website_ids": {"1": "2", "2": "3"}}, {"website_ids": ["2", "3"]}),
        ({"website_ids": {"1": 4}}, {"website_ids": [4]}),
        ({"website_ids": "1, 2"}, {"website_ids": ["1", "2"]}),
        ({"extension_attributes": {"website_ids": {"2": 1}}}, {"website_ids": ["2"]}),
        # The REST API creates a product with empty category ids, and the links beside it.
        (
            {"category_ids": [], "category_links": LINKS, "is_changed_categories": True},
            {"category_ids": ["15", "36"]},
        ),
        ({"category_ids": [], "category_links": LINKS, "is_changed_categories": False}, {"category_ids": []}),
        ({"category_ids": [], "category_links": [], "is_changed_categories": True}, {"category_ids": []}),
        (
            {"category_ids": [], "affected_category_ids": ["15"], "is_changed_categories": True},
            {"category_ids": []},
        ),
        (
            {"category_ids": ["4"], "category_links": LINKS, "is_changed_categories": True},
            {"category_ids": ["4"]},
        ),
        ({"category_links": LINKS}, {"category_ids": ["15", "36"]}),
        ({"category_links": None}, {}),
        ({"quantity_and_stock_status": []}, {}),
        ({"quantity_and_stock_status": None}, {}),
        ({"quantity_and_stock_status": {"qty": 3.5}}, {"quantity": 3.5}),
        ({"stock_data": {"qty": "3", "is_in_stock": "0"}}, {"quantity": "3", "stock_status": "0"}),
        (
            {"stock_item": {"item_id": 9, "qty": 3, "is_in_stock": False}},
            {"quantity": 3, "stock_status": False},
        ),
        (
            {"quantity_and_stock_status": {"qty": "3"}, "stock_data": {"qty": "4", "is_in_stock": "1"}},
            {"quantity": "3", "stock_status": "1"},
        ),
        ({"extension_attributes": {"stock_item": {"qty": 3}}}, {"quantity": 3}),
        (
            {"stock_item": {"product_id": "7", "qty": 3, "manage_stock": "0"}},
            {"quantity": 3, "manage_stock": "0"},
        ),
        ({"stock_data": {"manage_stock": "0", "use_config_manage_stock": "0"}}, {"manage_stock": "0"}),
        # The store's configuration decides: the stock item's own flag is ignored.
        ({"stock_data": {"manage_stock": "0", "use_config_manage_stock": "1"}}, {"manage_stock": True}),
        ({"manage_stock": False}, {"manage_stock": False}),
        ({"qty": "3", "is_in_stock": 1}, {"quantity": "3", "stock_status": 1}),
        ({"quantity": 3, "stock_status": 1}, {"quantity": 3, "stock_status": 1}),
        ({"extension_attributes": []}, {}),
        ({"extension_attributes": {"category_links": []}}, {"category_ids": []}),
        ({"extension_attributes": {"category_links": None}}, {"category_ids": []}),
        ({"custom_attributes": []}, {}),
        ({"custom_attributes": None}, {}),
        ({"custom_attributes": {"color": "52"}}, {"color": "52"}),
        ({"custom_attributes": {"color": {"value": "52"}, "size": "9"}}, {"color": "52", "size": "9"}),
        ({"custom_attributes": {"color": {"value": "52"}}}, {"color": "52"}),
        ({"custom_attributes": {"color": {"attribute_code": "size", "value": "9"}}}, {"size": "9"}),
        ({"custom_attributes": {"fit": {"chest": 40}}}, {"fit": {"chest": 40}}),
        ({"custom_attributes": {"0": "52", "": "9", "_x": 1}}, {}),
        ({"custom_attributes": [{"code": "color", "value": "52"}]}, {"color": "52"}),
        # Of two names for one attribute the one that says something counts.
        ({"color": None, "custom_attributes": {"color": "52"}}, {"color": "52"}),
        ({"color": "51", "custom_attributes": {"color": "52"}}, {"color": "51"}),
        ({"color": "", "custom_attributes": {"color": "52"}}, {"color": "52"}),
        ({"color": [], "custom_attributes": {"color": "52"}}, {"color": "52"}),
        ({"color": "", "custom_attributes": {"color": None}}, {"color": ""}),
        ({"color": "0", "custom_attributes": {"color": "52"}}, {"color": "0"}),
        ({"website_ids": [], "extension_attributes": {"website_ids": [1]}}, {"website_ids": [1]}),
        # Custom attributes under the other names of REST and GraphQL.
        ({"customAttributes": [{"attributeCode": "color", "value": "52"}]}, {"color": "52"}),
        ({"custom_attributesV2": {"items": [{"code": "care", "value": "Wash"}]}}, {"care": "Wash"}),
        (
            {"custom_attributes": [{"code": "color", "selected_options": [{"value": "52", "label": "Red"}]}]},
            {"color": {"value": "52", "label": "Red"}},
        ),
        (
            {"custom_attributes": [{"code": "tags", "selected_options": [{"value": "1"}, {"value": "2"}]}]},
            {"tags": [{"value": "1"}, {"value": "2"}]},
        ),
        ({"custom_attributes": {"items": "three"}}, {"items": "three"}),
        ({"description": {"html": "<p>Mug</p>"}, "name": "Mug"}, {"description": "<p>Mug</p>"}),
        ({"short_description": {"text": "Mug"}}, {"short_description": {"text": "Mug"}}),
        (
            {"category_ids": None, "extension_attributes": {"category_links": LINKS}},
            {"category_ids": ["15", "36"]},
        ),
        ({"store_ids": ["1"], "product_links": [{}], "media_attributes": {"image": {}}}, {}),
        ({"custom_attributes": {"1": {"attribute_code": "color", "value": "52"}}}, {"color": "52"}),
        ({"custom_attributes": [{"attribute_code": "color", "value": None}, "odd", {}]}, {"color": None}),
        ({"media_gallery": {"images": [], "values": []}}, {"media_gallery": {"images": []}}),
        ({"media_gallery": ""}, {"media_gallery": {"images": []}}),
        ({"media_gallery": None}, {}),
        ({"event": "Black Friday"}, {"event": "Black Friday"}),
        ({"event": "5512"}, {"event": "5512"}),
        ({"data": {"a": 1}}, {"data": {"a": 1}}),
        ({"timestamp": "12"}, {"timestamp": "12"}),
    ],
)
def test_the_shape_of_an_attribute_is_normalized_and_its_value_kept(
    product: dict[str, object], attributes: dict[str, object]
) -> None:
    assert read_single({**NAMED, **product}).attributes == {**NAMED, **attributes}
