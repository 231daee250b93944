"""Every shape in which a store tells of a product, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.product_event import EventKind
from webhooks.identity import NotAProduct
from webhooks.product_shapes import Told, read

SAVED = EventKind.SAVED
MUG: dict[str, Any] = {"entity_id": "7", "sku": "MUG-01", "name": "Mug"}
NAMED = {"sku": "MUG-01", "name": "Mug"}


def told(document: Any) -> Told:
    """The one product that the document tells of."""
    (one,) = read(document)
    return one


ADMIN_SAVE: dict[str, Any] = {
    "_edit_mode": True,
    "_cache_instance_product_set_attributes": [],
    "store_id": "0",
    "entity_id": "7",
    "row_id": "9",
    "attribute_set_id": "4",
    "type_id": "simple",
    "sku": "MUG-01",
    "has_options": False,
    "required_options": False,
    "created_at": "2026-01-02 03:04:05",
    "updated_at": "2026-11-24 11:59:58",
    "name": "Mug",
    "status": "1",
    "visibility": "4",
    "price": "9.900000",
    "special_price": None,
    "material": "5459,5471",
    "new": "0",
    "options": [],
    "tier_price": [],
    "tier_price_changed": 0,
    "media_gallery": {"images": {"4": {"file": "/m/u/mug.jpg", "position": "1"}}, "values": []},
    "quantity_and_stock_status": {"is_in_stock": "1", "qty": "333"},
    "stock_data": {
        "item_id": "3",
        "qty": "333",
        "use_config_min_qty": "1",
        "is_in_stock": "1",
        "type_id": "simple",
    },
    "category_ids": ["4", "12"],
    "website_ids": {"1": "1", "3": "3"},
    "extension_attributes": [],
    "is_salable": 1,
    "form_key": "dEaDbEeF",
    "mp_new": 1,
    "use_config_gift_message_available": "1",
    "current_product_id": "7",
    "current_store_id": "0",
    "affect_product_custom_options": "1",
    "affected_category_ids": ["4"],
    "product_has_weight": "1",
    "is_new": "0",
    "url_key_create_redirect": "mug",
    "ignore_links_flag": False,
    "can_save_custom_options": True,
    "can_save_bundle_selections": False,
    "save_rewrites_history": True,
    "is_custom_option_changed": True,
    "parent_id": 0,
    "special_from_date_is_formated": True,
    "is_changed_categories": False,
    "is_changed_websites": False,
    "force_reindex_eav_required": True,
}
ADMIN_ATTRIBUTES: dict[str, Any] = {
    "attribute_set_id": "4",
    "type_id": "simple",
    "sku": "MUG-01",
    "created_at": "2026-01-02 03:04:05",
    "name": "Mug",
    "status": "1",
    "visibility": "4",
    "price": "9.900000",
    "special_price": None,
    "material": "5459,5471",
    "new": "0",
    "options": [],
    "tier_price": [],
    "media_gallery": {"images": [{"file": "/m/u/mug.jpg", "position": "1"}], "values": []},
    "quantity": "333",
    "stock_status": "1",
    "category_ids": ["4", "12"],
    "website_ids": ["1", "3"],
}
REST: dict[str, Any] = {
    "id": 68,
    "sku": "HOODIE",
    "name": "Hoodie",
    "price": 0,
    "status": 1,
    "visibility": 4,
    "type_id": "configurable",
    "updated_at": "2026-11-24 11:59:58",
    "extension_attributes": {
        "website_ids": [1],
        "category_links": [{"position": 0, "category_id": "15"}, {"position": 1, "category_id": "36"}],
        "stock_item": {
            "item_id": 68,
            "product_id": 68,
            "qty": 0,
            "is_in_stock": True,
            "use_config_min_qty": True,
        },
        "configurable_product_links": [53, 54],
    },
    "media_gallery_entries": [{"id": 84, "file": "/m/h/mh01.jpg"}],
    "custom_attributes": [
        {"attribute_code": "color", "value": "52"},
        {"attribute_code": "climate", "value": "5628,5630"},
        {"attribute_code": "has_options", "value": "1"},
        {"attribute_code": "sku", "value": "not the top level's"},
    ],
}
REST_ATTRIBUTES: dict[str, Any] = {
    "sku": "HOODIE",
    "name": "Hoodie",
    "price": 0,
    "status": 1,
    "visibility": 4,
    "type_id": "configurable",
    "website_ids": [1],
    "category_ids": ["15", "36"],
    "quantity": 0,
    "stock_status": True,
    "configurable_product_links": [53, 54],
    "media_gallery_entries": [{"id": 84, "file": "/m/h/mh01.jpg"}],
    "color": "52",
    "climate": "5628,5630",
}
SAVED_AT = datetime(2026, 11, 24, 11, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        ADMIN_SAVE,
        {"product": ADMIN_SAVE},
        {"event": "product.saved", "product": ADMIN_SAVE},
        {"event": "product/updated", "data": {"product": ADMIN_SAVE}},
        {
            "eventName": "catalog_product_save_after",
            "data": {"product": ADMIN_SAVE, "data_object": ADMIN_SAVE},
        },
        {"event": "observer.catalog_product_save_commit_after", "data": {"value": ADMIN_SAVE}},
        {
            "specversion": "1.0",
            "id": "23f76cef-9f14-44b1-bbd0-29995789c98e",
            "type": "com.adobe.commerce.observer.catalog_product_save_commit_after",
            "data": {"key": "31a86bbd", "value": ADMIN_SAVE, "_metadata": {"storeId": "0", "websiteId": "1"}},
        },
        {"event": {"data": {"value": ADMIN_SAVE, "source": "demo.demo"}}},
        {"event": "product.saved", **ADMIN_SAVE},
    ],
    ids=[
        "bare",
        "wrapped",
        "standard",
        "data.product",
        "Commerce",
        "value",
        "CloudEvent",
        "event.data",
        "flat",
    ],
)
def test_an_admin_save_means_the_same_in_every_envelope(document: dict[str, Any]) -> None:
    assert told(document) == Told(SAVED, "7", "MUG-01", 0, ADMIN_ATTRIBUTES, None, None, SAVED_AT)


def test_a_rest_product_is_settled_into_the_same_attributes() -> None:
    assert told(REST) == Told(SAVED, "68", "HOODIE", 0, REST_ATTRIBUTES, None, None, SAVED_AT)


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
        ({"website_ids": {"1": "1"}}, {"website_ids": ["1"]}),
        ({"quantity_and_stock_status": []}, {}),
        ({"quantity_and_stock_status": "1"}, {"stock_status": "1"}),
        ({"quantity_and_stock_status": None}, {}),
        ({"quantity_and_stock_status": {"qty": 3.5}}, {"quantity": 3.5}),
        ({"stock_data": {"qty": "3", "is_in_stock": "0"}}, {"quantity": "3", "stock_status": "0"}),
        ({"stock_item": {"qty": 3, "is_in_stock": False}}, {"quantity": 3, "stock_status": False}),
        (
            {"quantity_and_stock_status": {"qty": "3"}, "stock_data": {"qty": "4", "is_in_stock": "1"}},
            {"quantity": "3", "stock_status": "1"},
        ),
        ({"extension_attributes": {"stock_item": {"qty": 3}}}, {"quantity": 3}),
        ({"qty": "3", "is_in_stock": 1}, {"quantity": "3", "stock_status": 1}),
        ({"quantity": 3, "stock_status": 1}, {"quantity": 3, "stock_status": 1}),
        ({"extension_attributes": []}, {}),
        ({"extension_attributes": {"category_links": []}}, {"category_ids": []}),
        ({"extension_attributes": {"category_links": None}}, {"category_ids": []}),
        ({"custom_attributes": []}, {}),
        ({"custom_attributes": None}, {}),
        ({"custom_attributes": {"color": "52"}}, {"color": "52"}),
        ({"custom_attributes": {"1": {"attribute_code": "color", "value": "52"}}}, {"color": "52"}),
        ({"custom_attributes": [{"attribute_code": "color", "value": None}, "odd", {}]}, {"color": None}),
        ({"media_gallery": {"images": [], "values": []}}, {"media_gallery": {"images": [], "values": []}}),
        ({"media_gallery": None}, {"media_gallery": None}),
        ({"event": "Black Friday"}, {"event": "Black Friday"}),
        ({"event": "5512"}, {"event": "5512"}),
        ({"data": {"a": 1}}, {"data": {"a": 1}}),
        ({"timestamp": "12"}, {"timestamp": "12"}),
    ],
)
def test_an_attribute_is_settled_by_shape_and_kept_as_told(
    product: dict[str, Any], attributes: dict[str, Any]
) -> None:
    assert told({**NAMED, **product}).attributes == {**NAMED, **attributes}


@pytest.mark.parametrize(
    "word, kind, is_new",
    [
        ("product.saved", SAVED, None),
        ("product.updated", SAVED, None),
        ("product.created", SAVED, True),
        ("product/updated", SAVED, None),
        ("catalog_product_save_after", SAVED, None),
        ("test_app.observer.catalog_product_save_commit_after", SAVED, None),
        ("plugin.magento.catalog.model.resource_model.product.save", SAVED, None),
        ("product.deleted", EventKind.DELETED, None),
        ("observer.catalog_product_delete_commit_after", EventKind.DELETED, None),
        ("attributes.updated", EventKind.ATTRIBUTES_UPDATED, None),
        ("websites.changed", EventKind.WEBSITES_CHANGED, None),
    ],
)
@pytest.mark.parametrize("place", ["event", "event_type", "eventName", "eventType"])
def test_the_event_is_known_by_its_name(word: str, kind: EventKind, is_new: bool | None, place: str) -> None:
    for document in ({place: word, "product": MUG}, {place: word, **MUG}):
        assert told(document) == Told(kind, "7", "MUG-01", 0, NAMED, None, is_new)


@pytest.mark.parametrize(
    "document, entity_id, sku",
    [
        (
            {"event": "stock.changed", "sku": "MUG-01", "stock_item": {"product_id": "7", "qty": "3"}},
            "7",
            "MUG-01",
        ),
        ({"event": "stock.changed", "product": {**MUG, "qty": "3"}}, "7", "MUG-01"),
        ({"event": "stock.changed", "product_id": 7, "stock_item": {"qty": "3"}}, "7", None),
        (
            {"event": "cataloginventory_stock_item_save_after", "data": {"product_id": "7", "qty": "3"}},
            "7",
            None,
        ),
        ({"item_id": 190, "product_id": 7, "stock_id": 1, "qty": "3", "min_qty": 0}, "7", None),
        ({"sku": "MUG-01", "quantity_and_stock_status": {"qty": "3"}}, None, "MUG-01"),
        ({"sku": "MUG-01", "qty": "3"}, None, "MUG-01"),
    ],
)
def test_stock_alone_speaks_of_nothing_but_stock(
    document: dict[str, Any], entity_id: str | None, sku: str | None
) -> None:
    assert told(document) == Told(EventKind.STOCK_CHANGED, entity_id, sku, 0, {"quantity": "3"})


@pytest.mark.parametrize(
    "ids", [{"product_ids": ["7", "8"]}, {"entity_ids": [7, 8, 7]}, {"product_ids": {"0": "7", "2": "8"}}]
)
def test_a_mass_update_tells_each_product_its_attributes(ids: dict[str, Any]) -> None:
    document = {
        "event": "attributes.updated",
        **ids,
        "attributes_data": {"status": "2", "form_key": "x"},
        "store_id": "1",
    }
    assert read(document) == tuple(
        Told(EventKind.ATTRIBUTES_UPDATED, id_, None, 1, {"status": "2"}) for id_ in ("7", "8")
    )


@pytest.mark.parametrize(
    "websites, attributes",
    [
        ({"website_ids": ["1", "2"]}, {"website_ids": ["1", "2"]}),
        ({"website_ids": ["2"], "action": "add"}, {"website_ids_added": ["2"]}),
        ({"website_ids": {"1": "2"}, "action": "remove"}, {"website_ids_removed": ["2"]}),
        ({}, {}),
    ],
)
def test_a_change_of_websites_tells_all_of_them_or_the_difference(
    websites: dict[str, Any], attributes: dict[str, Any]
) -> None:
    document = {"event": "websites.changed", "product_ids": ["7"], **websites}
    assert read(document) == (Told(EventKind.WEBSITES_CHANGED, "7", None, 0, attributes),)


@pytest.mark.parametrize(
    "envelope, is_new",
    [
        ({"is_new": True}, True),
        ({"is_new": "1"}, True),
        ({"is_new": 0}, False),
        ({"is_new": "false"}, False),
        ({"_isNew": True}, True),
        ({"is_new": None}, None),
        ({"is_new": "maybe"}, None),
        ({"is_new": {}}, None),
        ({}, None),
    ],
)
def test_new_is_the_envelopes_word_and_never_the_forms(envelope: dict[str, Any], is_new: bool | None) -> None:
    assert told({**envelope, "product": {**MUG, "is_new": "1"}}).is_new is is_new
    assert told({**MUG, "is_new": "1"}).is_new is None


@pytest.mark.parametrize(
    "document",
    [
        {"product": MUG, "original": {"quantity_and_stock_status": {"qty": 3125}, "form_key": "x"}},
        {"product": {**MUG, "_origData": {"quantity_and_stock_status": {"qty": 3125}}}},
        {**MUG, "_origData": {"quantity_and_stock_status": {"qty": 3125}}},
        {"event": "product.saved", **MUG, "original": {"stock_data": {"qty": 3125}}},
    ],
)
def test_the_original_is_settled_like_the_product(document: dict[str, Any]) -> None:
    assert told(document).original == {"quantity": 3125}
    assert told(document).attributes == NAMED


@pytest.mark.parametrize("original, meant", [([], {}), ({}, {}), (None, None)])
def test_an_original_may_be_empty_or_absent(original: Any, meant: Any) -> None:
    assert told({"product": MUG, "original": original}).original == meant


@pytest.mark.parametrize(
    "document, store_id",
    [
        ({"product": {**MUG, "store_id": "2"}}, 2),
        ({"store_id": 2, "product": REST}, 2),
        ({"data": {"value": NAMED, "_metadata": {"storeId": "2"}}}, 2),
        ({**MUG, "store_id": None}, 0),
        (MUG, 0),
    ],
)
def test_the_store_view_is_told_by_product_or_envelope(document: dict[str, Any], store_id: int) -> None:
    assert told(document).store_id == store_id


@pytest.mark.parametrize(
    "updated_at, moment",
    [
        ("2026-11-24 11:59:58", SAVED_AT),
        ("2026-11-24T11:59:58Z", SAVED_AT),
        ("2026-11-24T13:59:58+02:00", SAVED_AT),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01T00:00:00+10:00", None),
        ("yesterday", None),
        (None, None),
        (1764000000, None),
    ],
)
def test_updated_at_is_utc_unless_it_says_otherwise(updated_at: Any, moment: datetime | None) -> None:
    assert told({**MUG, "updated_at": updated_at}).updated_at == moment


@pytest.mark.parametrize(
    "document, entity_id, sku",
    [
        ({"payload": {"productId": 7, "productSku": "MUG-01"}}, "7", "MUG-01"),
        ({"event": "product.deleted", "id": 7}, "7", None),
        ({"event": "product.deleted", "product": {"product_id": "7"}}, "7", None),
        ({"id": "evt_1", "product": {"sku": "MUG-01"}}, None, "MUG-01"),
        ({"sku": 1001, "name": "x"}, None, "1001"),
        ({"sku": "x" * 64, "name": "x"}, None, "x" * 64),
        ({"sku": "Großer Becher, blau/weiß", "name": "x"}, None, "Großer Becher, blau/weiß"),
        ({"sku": " ", "entity_id": "7"}, "7", None),
        ({"sku": "MUG-01", "entity_id": None}, None, "MUG-01"),
    ],
)
def test_a_product_is_named_by_entity_id_or_sku(
    document: dict[str, Any], entity_id: str | None, sku: str | None
) -> None:
    assert (told(document).entity_id, told(document).sku) == (entity_id, sku)


@pytest.mark.parametrize(
    "document, reason, says",
    [
        ([MUG], "not_an_object", "JSON list"),
        ("MUG-01", "not_an_object", "JSON str"),
        (None, "not_an_object", "not an object"),
        ({}, "names_no_product", "Neither sku nor entity_id"),
        ({"product": {"name": "Product-1"}}, "names_no_product", "Neither sku nor entity_id"),
        ({"product": []}, "names_no_product", "Neither sku nor entity_id"),
        ({**MUG, "sku": "x" * 65}, "invalid_sku", "sku: has 65 characters"),
        ({**MUG, "sku": "x" * 500}, "invalid_sku", "sku: has 500 characters"),
        ({**MUG, "sku": "a\x00b"}, "invalid_sku", "control character"),
        ({**MUG, "sku": True}, "invalid_sku", "sku: True"),
        ({**MUG, "sku": 1.5}, "invalid_sku", "sku: 1.5"),
        ({**MUG, "sku": ["MUG-01"]}, "invalid_sku", "sku: ['MUG-01']"),
        ({**MUG, "entity_id": "seven"}, "invalid_entity_id", "entity_id: 'seven'"),
        ({**MUG, "entity_id": 0}, "invalid_entity_id", "entity_id: 0"),
        ({**MUG, "entity_id": -7}, "invalid_entity_id", "entity_id: -7"),
        ({**MUG, "entity_id": 7.0}, "invalid_entity_id", "entity_id: 7.0"),
        ({**MUG, "entity_id": True}, "invalid_entity_id", "entity_id: True"),
        ({**MUG, "entity_id": "9" * 500}, "invalid_entity_id", "..."),
        ({"id": {"a": 1}}, "invalid_entity_id", "id: {'a': 1}"),
        ({**MUG, "store_id": "default"}, "invalid_store_id", "store_id: 'default'"),
        ({**MUG, "store_id": 65_536}, "invalid_store_id", "store_id: 65536"),
        ({"product": MUG, "original": "old"}, "invalid_original", "original: is a JSON str"),
        ({"event": "order.placed", "sku": "MUG-01"}, "unknown_event", "event: 'order.placed'"),
        ({"event": "catalog_product_save_before", "product": MUG}, "unknown_event", "save_before"),
        ({"event": "stock.changed", "product": MUG}, "tells_no_stock", "neither qty nor is_in_stock"),
        ({"event": "attributes.updated", "product_ids": ["7"]}, "tells_no_attributes", "attributes_data"),
        (
            {"event": "attributes.updated", "product_ids": [], "attributes_data": {}},
            "names_no_product",
            "product_ids: is empty",
        ),
        (
            {"event": "attributes.updated", "product_ids": ["7", "x"], "attributes_data": {}},
            "invalid_entity_id",
            "product_ids[1]: 'x'",
        ),
    ],
)
def test_what_is_no_product_is_refused_with_the_field_at_fault(document: Any, reason: str, says: str) -> None:
    with pytest.raises(NotAProduct) as refused:
        read(document)
    assert refused.value.reason == reason
    assert says in refused.value.detail
    assert len(refused.value.detail) < 300
