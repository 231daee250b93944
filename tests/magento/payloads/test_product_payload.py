"""Every envelope in which a store sends a product."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from magento.payloads.product_payload import ProductPayload, read
from schemas.product_event import EventKind
from tests.webhooks.magento_bodies import (
    ADMIN_ATTRIBUTES,
    ADMIN_SAVE,
    MUG,
    NAMED,
    read_single,
)

SAVED = EventKind.SAVED
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
def test_an_admin_save_is_read_alike_in_every_envelope(document: dict[str, object]) -> None:
    assert read_single(document) == ProductPayload(
        SAVED, "7", "MUG-01", 0, ADMIN_ATTRIBUTES, None, None, SAVED_AT
    )


@pytest.mark.parametrize(
    "name, kind, is_new",
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
def test_the_kind_of_event_follows_from_its_name(
    name: str, kind: EventKind, is_new: bool | None, place: str
) -> None:
    for document in ({place: name, "product": MUG}, {place: name, **MUG}):
        assert read_single(document) == ProductPayload(kind, "7", "MUG-01", 0, NAMED, None, is_new)


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
        ({"item_id": 190, "product_id": 7, "stock_id": 1, "qty": "3"}, "7", None),
        ({"sku": "MUG-01", "quantity_and_stock_status": {"qty": "3"}}, None, "MUG-01"),
        ({"sku": "MUG-01", "qty": "3"}, None, "MUG-01"),
    ],
)
def test_a_stock_item_alone_has_only_stock_attributes(
    document: dict[str, object], entity_id: str | None, sku: str | None
) -> None:
    assert read_single(document) == ProductPayload(
        EventKind.STOCK_CHANGED, entity_id, sku, 0, {"quantity": "3"}
    )


@pytest.mark.parametrize(
    "ids", [{"product_ids": ["7", "8"]}, {"entity_ids": [7, 8, 7]}, {"product_ids": {"0": "7", "2": "8"}}]
)
def test_each_product_of_a_mass_update_gets_its_attributes(ids: dict[str, object]) -> None:
    document = {
        "event": "attributes.updated",
        **ids,
        "attributes_data": {"status": "2", "form_key": "x"},
        "store_id": "1",
    }
    assert read(document) == tuple(
        ProductPayload(EventKind.ATTRIBUTES_UPDATED, id_, None, 1, {"status": "2"}) for id_ in ("7", "8")
    )


@pytest.mark.parametrize(
    "websites, attributes",
    [
        ({"website_ids": ["1", "2"]}, {"website_ids": ["1", "2"]}),
        ({"website_ids": ["2"], "action": "add"}, {"website_ids_added": ["2"]}),
        ({"website_ids": {"1": "2"}, "action": "remove"}, {"website_ids_removed": ["2"]}),
        ({"website_ids": {"2": "1"}, "action": "add"}, {"website_ids_added": ["2"]}),
        ({"website_ids": []}, {"website_ids": []}),
    ],
)
def test_a_change_of_websites_has_all_websites_or_the_difference(
    websites: dict[str, object], attributes: dict[str, object]
) -> None:
    document = {"event": "websites.changed", "product_ids": ["7"], **websites}
    assert read(document) == (ProductPayload(EventKind.WEBSITES_CHANGED, "7", None, 0, attributes),)


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
def test_is_new_comes_from_the_envelope_and_never_from_the_form(
    envelope: dict[str, object], is_new: bool | None
) -> None:
    assert read_single({**envelope, "product": {**MUG, "is_new": "1"}}).is_new is is_new
    assert read_single({**MUG, "is_new": "1"}).is_new is None


@pytest.mark.parametrize(
    "document",
    [
        {"product": MUG, "original": {"quantity_and_stock_status": {"qty": 3125}, "form_key": "x"}},
        {"product": {**MUG, "_origData": {"quantity_and_stock_status": {"qty": 3125}}}},
        {**MUG, "_origData": {"quantity_and_stock_status": {"qty": 3125}}},
        {"event": "product.saved", **MUG, "original": {"stock_data": {"qty": 3125}}},
    ],
)
def test_the_original_is_normalized_like_the_product(document: dict[str, object]) -> None:
    assert read_single(document).original == {"quantity": 3125}
    assert read_single(document).attributes == NAMED


@pytest.mark.parametrize("original, meant", [([], {}), ({}, {}), (None, None)])
def test_an_original_may_be_empty_or_absent(original: object, meant: object) -> None:
    assert read_single({"product": MUG, "original": original}).original == meant
