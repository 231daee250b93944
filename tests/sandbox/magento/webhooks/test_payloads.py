"""The body of each event, in each shape."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.magento import Store
from sandbox.magento.acts import inventory
from sandbox.magento.errors import InvalidChange, NoSuchProduct, SkuTaken
from sandbox.magento.events.event import Event
from sandbox.magento.webhooks.signing import Target
from tests.sandbox.magento.webhook_receiver import SECRET, Delivery, Receiver

WATCH = "24-WG01"
FORM_KEYS = {
    "_edit_mode",
    "current_product_id",
    "can_save_custom_options",
    "affect_product_custom_options",
}


def received_payload(receiver: Receiver) -> dict[str, Any]:
    (delivery,) = receiver.wait_for(1)
    return delivery.payload


def test_a_save_sends_the_whole_product_as_the_admin_form_saves_it(store: Store, receiver: Receiver) -> None:
    saved = store.save(WATCH, {"name": "Café Watch", "price": 12.5, "color": "Red", "qty": 5})
    payload = received_payload(receiver)
    assert payload.keys() == {"event", "product", "original", "is_new"}
    assert (payload["event"], payload["is_new"]) == ("catalog_product_save_commit_after", False)
    product = payload["product"]
    expected = {
        "entity_id": "1",
        "sku": "24-WG01",
        "type_id": "simple",
        "attribute_set_id": "11",
        "store_id": "0",
        "name": "Café Watch",
        "price": "12.500000",
        "color": "58",
        "status": "1",
        "visibility": "4",
        "created_at": "2025-03-03 08:07:00",
        "updated_at": saved.product.updated_at,
        "category_ids": ["3", "6"],
        "website_ids": {"1": "1"},
        "quantity_and_stock_status": "1",
        "tier_price": [],
        "extension_attributes": {},
    }
    assert product == {**product, **expected}
    assert (product["stock_data"]["qty"], product["stock_data"]["is_in_stock"]) == ("5", "1")
    assert product.keys() >= FORM_KEYS


def test_the_body_is_encoded_as_in_php(store: Store, receiver: Receiver) -> None:
    store.save("24-MB/02 navy", {"name": "Café"})
    (delivery,) = receiver.wait_for(1)
    assert b'"sku":"24-MB\\/02 navy"' in delivery.body
    assert b'"name":"Caf\\u00e9"' in delivery.body


def test_a_save_without_changes_also_fires_a_webhook(store: Store, receiver: Receiver) -> None:
    before = store.product(WATCH)
    store.save(WATCH, {})
    assert received_payload(receiver)["product"]["name"] == before.values["name"]
    assert store.product(WATCH).version == before.version + 1


def test_a_save_with_fire_off_sends_no_webhook(store: Store, receiver: Receiver) -> None:
    saved = store.save(WATCH, {"color": "Red"}, fire=False)
    assert (saved.webhook, receiver.deliveries, store.ledger()) == (None, [], [])
    assert store.product(WATCH).values["color"] == "58"


def test_the_original_has_the_types_of_a_loaded_product(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"qty": 7, "name": "Before"}, fire=False)
    store.save(WATCH, {"qty": 0, "name": "After"}, with_original=True)
    payload = received_payload(receiver)
    assert (payload["original"]["name"], payload["product"]["name"]) == ("Before", "After")
    assert payload["original"]["quantity_and_stock_status"] == {"is_in_stock": True, "qty": 7}
    assert payload["product"]["quantity_and_stock_status"] == "1"
    assert payload["original"]["website_ids"] == ["1"]


def test_a_sender_may_leave_out_the_original(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"name": "After"}, with_original=False)
    assert received_payload(receiver).keys() == {"event", "product", "is_new"}


def test_a_new_product_is_marked_as_new_and_its_original_is_empty(store: Store, receiver: Receiver) -> None:
    store.create("NEW-1", {"name": "New mug", "price": 9})
    payload = received_payload(receiver)
    assert (payload["event"], payload["is_new"]) == ("catalog_product_save_commit_after", True)
    assert payload["original"] == {"website_ids": []}
    assert payload["product"]["sku"] == "NEW-1"
    assert payload["product"]["created_at"] == payload["product"]["updated_at"]


def test_a_save_in_a_store_view_sends_inherited_values_resolved(store: Store, receiver: Receiver) -> None:
    before = store.product(WATCH)
    store.save(WATCH, {"name": "British watch", "color": "Gray"}, store_id=1)
    payload = received_payload(receiver)
    product, original = payload["product"], payload["original"]
    assert (product["store_id"], product["name"], product["visibility"]) == ("1", "British watch", "4")
    assert (original["store_id"], original["name"]) == ("1", before.values["name"])
    assert None not in (product[code] for code in before.values)
    assert (product["color"], store.product(WATCH).values["color"]) == ("52", "52")
    assert store.product(WATCH).values["name"] != "British watch"


def test_the_rest_shape_is_typed_and_has_custom_attributes(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"price": 12.5, "color": "Red", "qty": 5}, shape="rest", with_original=True)
    payload = received_payload(receiver)
    assert payload.keys() == {"event", "product", "store_id", "is_new", "original"}
    product = payload["product"]
    assert (product["id"], product["price"], product["status"]) == (1, 12.5, 1)
    assert product["extension_attributes"]["stock_item"]["qty"] == 5
    assert {"attribute_code": "color", "value": "58"} in product["custom_attributes"]


@pytest.mark.parametrize(("shape", "entity_id"), [("bare", "entity_id"), ("rest_bare", "id")])
def test_a_bare_body_is_only_the_product(
    store: Store, receiver: Receiver, shape: str, entity_id: str
) -> None:
    store.save(WATCH, {}, shape=shape)
    payload = received_payload(receiver)
    assert (payload["sku"], int(payload[entity_id])) == (WATCH, 1)
    assert "event" not in payload


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shape": "bare", "with_original": True}, "can't carry the original"),
        ({"shape": "rest_bare", "store_id": 1}, "can't carry store_id"),
        ({"shape": "xml"}, "is not one of flat, rest, bare, rest_bare"),
        ({"store_id": 9}, "unknown store view 9"),
    ],
)
def test_options_that_the_shape_can_not_carry_are_rejected_before_saving(
    store: Store, receiver: Receiver, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidChange, match=message):
        store.save(WATCH, {"qty": 1}, **options)
    assert (store.product(WATCH).version, receiver.deliveries) == (1, [])


def test_a_configurable_saved_in_admin_names_its_axes_and_no_child(store: Store, receiver: Receiver) -> None:
    store.save("MT72", {"name": "Tee"})
    product = received_payload(receiver)["product"]
    assert product["extension_attributes"] == {}
    assert product["configurable_attributes_data"]["93"]["code"] == "color"
    assert (product["color"], "price" in product, "associated_product_ids" in product) == (None, False, False)


def test_a_delete_sends_the_product_before_its_deletion(store: Store, receiver: Receiver) -> None:
    store.delete(WATCH)
    payload = received_payload(receiver)
    assert payload.keys() == {"event", "product", "original", "is_new"}
    assert (payload["event"], payload["product"]["sku"], payload["product"]["entity_id"]) == (
        "catalog_product_delete_commit_after",
        WATCH,
        "1",
    )
    with pytest.raises(NoSuchProduct):
        store.product(WATCH)


def test_a_product_created_again_gets_another_entity_id(store: Store) -> None:
    highest = max(product.entity_id for product in store.products())
    store.delete("MT72")
    recreated = store.create("MT72", {"name": "Tee", "price": 9}).product
    assert recreated.entity_id == highest + 1


def test_a_stock_change_names_the_product_by_its_id_only_and_keeps_the_date(
    store: Store, receiver: Receiver
) -> None:
    before = store.product(WATCH)
    store.change_stock(WATCH, {"qty": 0})
    payload = received_payload(receiver)
    assert payload.keys() == {"event", "product", "original"}
    assert payload["event"] == "cataloginventory_stock_item_save_commit_after"
    item = payload["product"]
    assert (item["product_id"], item["item_id"], "sku" in item) == ("1", "5", False)
    assert (item["qty"], item["is_in_stock"]) == (0, False)
    assert store.product(WATCH).updated_at == before.updated_at


def test_a_mass_update_sends_ids_and_new_values_in_one_webhook(store: Store, receiver: Receiver) -> None:
    before = store.product(WATCH)
    store.mass_update([WATCH, "24-UG01"], {"status": "Disabled", "color": "Blue"})
    assert received_payload(receiver) == {
        "event": "catalog_product_attribute_update_before",
        "product_ids": ["1", "3"],
        "attributes_data": {"status": "2", "color": "50"},
        "store_id": 0,
        "name": "catalog_product_attribute_update_before",
    }
    assert store.product("24-UG01").values["status"] == "2"
    assert store.product(WATCH).updated_at > before.updated_at


def test_a_target_that_hooks_both_events_gets_two_webhooks_for_a_save(
    store: Store, receiver: Receiver
) -> None:
    store.set_targets([Target(receiver.url, SECRET, stock_with_saves=True)])
    saved = store.save(WATCH, {"qty": 5})
    stock, product = (delivery.payload for delivery in receiver.wait_for(2))
    assert (stock["event"], product["event"]) == tuple(webhook["event"] for webhook in saved.webhooks)
    assert (stock["product"]["product_id"], stock["product"]["qty"]) == ("1", "5")
    assert product["product"]["stock_data"]["qty"] == "5"


def test_a_target_gets_webhooks_of_its_events_only(store: Store, receiver: Receiver) -> None:
    events = (Event.SOURCE_ITEMS_SAVE, Event.APPEND_RESERVATIONS)
    store.set_targets([Target(receiver.url, SECRET, events=events)])
    store.save(WATCH, {"qty": 5})
    store.perform(inventory.place_order(WATCH, 2))
    assert [delivery.payload["event"] for delivery in receiver.wait_for(3)] == [
        "plugin.SourceItemsSave",
        "plugin.SourceItemsSave",
        "plugin.AppendReservations",
    ]


def test_a_mass_update_is_sent_before_it_is_written(store: Store, receiver: Receiver) -> None:
    seen: list[str | None] = []

    def look(delivery: Delivery) -> int:
        seen.append(store.product(WATCH).values["status"])
        return 202

    receiver.answer = look
    store.mass_update([WATCH], {"status": "Disabled"})
    assert received_payload(receiver)["attributes_data"] == {"status": 2}
    assert (seen, store.product(WATCH).values["status"]) == (["1"], "2")


def test_a_website_change_sends_ids_and_neither_the_websites_nor_the_direction(
    store: Store, receiver: Receiver
) -> None:
    store.change_websites([WATCH, "24-UG01"], [1], "remove")
    assert received_payload(receiver) == {
        "event": "catalog_product_to_website_change",
        "products": ["1", "3"],
        "name": "catalog_product_to_website_change",
    }
    assert store.product(WATCH).website_ids == ()


def test_a_product_in_no_website_has_phps_empty_array(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"website_ids": []})
    assert received_payload(receiver)["product"]["website_ids"] == []


def test_a_changed_sku_keeps_the_entity_id(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"sku": "WATCH-1"})
    assert received_payload(receiver)["product"]["sku"] == "WATCH-1"
    assert store.product("WATCH-1").entity_id == 1
    with pytest.raises(SkuTaken, match="24-UG01"):
        store.save("WATCH-1", {"sku": "24-UG01"})
