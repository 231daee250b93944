"""What a webhook says: the body of each event, in each shape."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.magento import Store
from sandbox.magento.errors import InvalidChange, NoSuchProduct, SkuTaken
from tests.sandbox.magento.webhook_receiver import Receiver

WATCH = "24-WG01"
NOISE = {
    "_edit_mode",
    "is_new",
    "current_product_id",
    "can_save_custom_options",
    "use_config_gift_message_available",
}


def told_by(receiver: Receiver) -> dict[str, Any]:
    (delivery,) = receiver.wait_for(1)
    return delivery.told


def test_a_save_tells_the_whole_product_flat_as_the_admin_form_saves_it(
    store: Store, receiver: Receiver
) -> None:
    saved = store.save(WATCH, {"name": "Café Watch", "price": 12.5, "color": "Red", "qty": 5})
    told = told_by(receiver)
    assert told.keys() == {"event", "product"}
    assert told["event"] == "product.saved"
    product = told["product"]
    expected = {
        "entity_id": "1",
        "sku": "24-WG01",
        "type_id": "simple",
        "attribute_set_id": "11",
        "store_id": 0,
        "name": "Café Watch",
        "price": "12.500000",
        "color": "58",
        "status": "1",
        "visibility": "4",
        "created_at": "2025-03-03 08:07:00",
        "updated_at": saved.product.updated_at,
        "category_ids": ["3", "6"],
        "website_ids": {"1": "1"},
        "quantity_and_stock_status": {"is_in_stock": "1", "qty": "5"},
        "tier_price": [],
        "extension_attributes": [],
    }
    assert product == {**product, **expected}
    assert (product["stock_data"]["qty"], product["stock_data"]["is_in_stock"]) == ("5", "1")
    assert product.keys() >= NOISE
    assert product["is_new"] == "0"


def test_the_body_is_php_s_json(store: Store, receiver: Receiver) -> None:
    store.save("24-MB/02 navy", {"name": "Café"})
    (delivery,) = receiver.wait_for(1)
    assert b'"sku":"24-MB\\/02 navy"' in delivery.body
    assert b'"name":"Caf\\u00e9"' in delivery.body


def test_a_save_that_changes_nothing_is_told_all_the_same(store: Store, receiver: Receiver) -> None:
    before = store.product(WATCH)
    store.save(WATCH, {})
    assert told_by(receiver)["product"]["name"] == before.values["name"]
    assert store.product(WATCH).version == before.version + 1


def test_a_save_without_a_hook_is_silent(store: Store, receiver: Receiver) -> None:
    saved = store.save(WATCH, {"color": "Red"}, fire=False)
    assert (saved.webhook, receiver.deliveries, store.ledger()) == (None, [], [])
    assert store.product(WATCH).values["color"] == "58"


def test_the_original_has_the_types_of_a_load_and_not_of_a_form(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"qty": 7, "name": "Before"}, fire=False)
    store.save(WATCH, {"qty": 0, "name": "After"}, with_original=True)
    told = told_by(receiver)
    assert (told["original"]["name"], told["product"]["name"]) == ("Before", "After")
    assert told["original"]["quantity_and_stock_status"] == {"is_in_stock": True, "qty": 7}
    assert told["product"]["quantity_and_stock_status"] == {"is_in_stock": "0", "qty": "0"}
    assert told["original"]["website_ids"] == ["1"]
    assert "is_new" not in told


def test_a_new_product_is_told_as_new_and_has_no_original(store: Store, receiver: Receiver) -> None:
    store.create("NEW-1", {"name": "New mug", "price": 9})
    told = told_by(receiver)
    assert (told["event"], told["is_new"]) == ("product.saved", True)
    assert "original" not in told
    assert told["product"]["sku"] == "NEW-1"
    assert told["product"]["is_new"] == "0"
    assert told["product"]["created_at"] == told["product"]["updated_at"]


def test_a_save_in_a_store_view_tells_what_inherits_as_null(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"name": "British watch", "color": "Gray"}, store_id=1)
    product = told_by(receiver)["product"]
    assert (product["store_id"], product["name"], product["visibility"]) == (1, "British watch", None)
    assert (product["color"], store.product(WATCH).values["color"]) == ("52", "52")
    assert store.product(WATCH).values["name"] != "British watch"


def test_the_rest_shape_is_typed_and_keeps_attributes_apart(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"price": 12.5, "color": "Red", "qty": 5}, shape="rest", with_original=True)
    told = told_by(receiver)
    assert told.keys() == {"event", "product", "store_id", "original"}
    product = told["product"]
    assert (product["id"], product["price"], product["status"]) == (1, 12.5, 1)
    assert product["extension_attributes"]["stock_item"]["qty"] == 5
    assert {"attribute_code": "color", "value": "58"} in product["custom_attributes"]


@pytest.mark.parametrize(("shape", "entity_id"), [("bare", "entity_id"), ("rest_bare", "id")])
def test_a_bare_body_is_the_product_alone(
    store: Store, receiver: Receiver, shape: str, entity_id: str
) -> None:
    store.save(WATCH, {}, shape=shape)
    told = told_by(receiver)
    assert (told["sku"], int(told[entity_id])) == (WATCH, 1)
    assert "event" not in told


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"shape": "bare", "with_original": True}, "no place for the original"),
        ({"shape": "rest_bare", "store_id": 1}, "no place for store_id"),
        ({"shape": "xml"}, "is none of flat, rest, bare, rest_bare"),
        ({"store_id": 9}, "no store view 9"),
    ],
)
def test_what_a_body_can_t_carry_is_refused_before_anything_is_saved(
    store: Store, receiver: Receiver, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidChange, match=says):
        store.save(WATCH, {"qty": 1}, **options)
    assert (store.product(WATCH).version, receiver.deliveries) == (1, [])


def test_a_configurable_names_its_children(store: Store, receiver: Receiver) -> None:
    store.save("MT72", {"name": "Tee"})
    product = told_by(receiver)["product"]
    children = [str(id_) for id_ in store.product("MT72").child_ids]
    assert len(children) == 6
    assert product["extension_attributes"] == {"configurable_product_links": children}
    assert product["configurable_attributes_data"]["93"]["code"] == "color"
    assert "price" not in product


def test_a_delete_tells_the_product_as_it_was(store: Store, receiver: Receiver) -> None:
    store.delete(WATCH)
    told = told_by(receiver)
    assert told.keys() == {"event", "product"}
    assert (told["event"], told["product"]["sku"], told["product"]["entity_id"]) == (
        "product.deleted",
        WATCH,
        "1",
    )
    with pytest.raises(NoSuchProduct):
        store.product(WATCH)


def test_a_product_made_again_under_its_sku_is_another_entity(store: Store) -> None:
    highest = max(product.entity_id for product in store.products())
    store.delete("MT72")
    again = store.create("MT72", {"name": "Tee", "price": 9}).product
    assert again.entity_id == highest + 1


def test_a_stock_change_tells_the_stock_item_alone_and_moves_no_date(
    store: Store, receiver: Receiver
) -> None:
    before = store.product(WATCH)
    store.change_stock(WATCH, {"qty": 0})
    told = told_by(receiver)
    assert told.keys() == {"event", "sku", "stock_item"}
    assert (told["event"], told["sku"]) == ("stock.changed", WATCH)
    assert told["stock_item"]["product_id"] == "1"
    assert (told["stock_item"]["qty"], told["stock_item"]["is_in_stock"]) == ("0", "0")
    assert store.product(WATCH).updated_at == before.updated_at


def test_a_mass_update_tells_ids_and_new_values_in_one_webhook(store: Store, receiver: Receiver) -> None:
    before = store.product(WATCH)
    store.mass_update([WATCH, "24-UG01"], {"status": "Disabled", "color": "Blue"})
    assert told_by(receiver) == {
        "event": "attributes.updated",
        "product_ids": ["1", "3"],
        "attributes_data": {"status": "2", "color": "50"},
        "store_id": 0,
    }
    assert store.product("24-UG01").values["status"] == "2"
    assert store.product(WATCH).updated_at == before.updated_at


def test_leaving_a_website_tells_ids_of_products_and_websites(store: Store, receiver: Receiver) -> None:
    store.change_websites([WATCH, "24-UG01"], [1], "remove")
    assert told_by(receiver) == {
        "event": "websites.changed",
        "product_ids": ["1", "3"],
        "website_ids": ["1"],
        "action": "remove",
    }
    assert store.product(WATCH).website_ids == ()


def test_a_product_in_no_website_has_php_s_empty_array(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"website_ids": []})
    assert told_by(receiver)["product"]["website_ids"] == []


def test_a_sku_may_change_and_the_entity_stays(store: Store, receiver: Receiver) -> None:
    store.save(WATCH, {"sku": "WATCH-1"})
    assert told_by(receiver)["product"]["sku"] == "WATCH-1"
    assert store.product("WATCH-1").entity_id == 1
    with pytest.raises(SkuTaken, match="24-UG01"):
        store.save("WATCH-1", {"sku": "24-UG01"})
