"""Product identity: SKU, entity id, store view and time of a body, and the errors if they are invalid."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from magento.payloads.product_identity import NotAProduct
from magento.payloads.product_payload import read
from tests.webhooks.magento_bodies import (
    MUG,
    NAMED,
    REST,
    read_single,
)

SAVED_AT = datetime(2026, 11, 24, 11, 59, 58, tzinfo=UTC)


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
def test_the_store_view_comes_from_the_product_or_the_envelope(
    document: dict[str, object], store_id: int
) -> None:
    assert read_single(document).store_id == store_id


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
def test_updated_at_is_utc_unless_it_has_a_time_zone(updated_at: object, moment: datetime | None) -> None:
    assert read_single({**MUG, "updated_at": updated_at}).updated_at == moment


@pytest.mark.parametrize(
    "document, entity_id, sku",
    [
        ({"payload": {"productId": 7, "productSku": "MUG-01", "name": "x"}}, "7", "MUG-01"),
        ({"event": "product.deleted", "id": 7}, "7", None),
        ({"event": "product.deleted", "product": {"product_id": "7"}}, "7", None),
        ({"id": "evt_1", "product": {"sku": "MUG-01", "name": "x"}}, None, "MUG-01"),
        ({"sku": 1001, "name": "x"}, None, "1001"),
        ({"sku": "x" * 64, "name": "x"}, None, "x" * 64),
        ({"sku": "Großer Becher, blau/weiß", "name": "x"}, None, "Großer Becher, blau/weiß"),
        ({"sku": " ", "entity_id": "7", "name": "x"}, "7", None),
        ({"sku": "MUG-01", "entity_id": None, "name": "x"}, None, "MUG-01"),
    ],
)
def test_a_product_is_identified_by_entity_id_or_sku(
    document: dict[str, object], entity_id: str | None, sku: str | None
) -> None:
    assert (read_single(document).entity_id, read_single(document).sku) == (entity_id, sku)


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
def test_a_body_that_is_not_a_product_is_refused_with_the_wrong_field(
    document: object, reason: str, says: str
) -> None:
    with pytest.raises(NotAProduct) as refused:
        read(document)
    assert refused.value.reason == reason
    assert says in refused.value.detail
    assert len(refused.value.detail) < 300
