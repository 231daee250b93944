"""Which events an act fires, in which order, and what their bodies tell."""

from __future__ import annotations

import json

import pytest

from sandbox.magento.acts import admin, csv_import, inventory, mass_actions, rest
from sandbox.magento.acts.act import Act
from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.product import SourceItem
from sandbox.magento.events.event import Event, Fired
from tests.sandbox.magento.events import shapes
from tests.sandbox.magento.events.acts import ACTS, SIZES
from tests.sandbox.magento.events.catalog import MUG, Catalog, body, names

STOCK, STOCK_COMMIT = Event.STOCK_ITEM_SAVE, Event.STOCK_ITEM_SAVE_COMMIT
SAVE, SAVE_COMMIT, CONTROLLER = Event.PRODUCT_SAVE, Event.PRODUCT_SAVE_COMMIT, Event.PRODUCT_SAVE_CONTROLLER
SOURCES = Event.SOURCE_ITEMS_SAVE
BY_REST = [STOCK, SOURCES, SAVE, STOCK_COMMIT, SAVE_COMMIT]
BY_FORM = [*BY_REST, CONTROLLER, SOURCES]
PARENT_BY_REST = [event for event in BY_REST if event is not SOURCES]
DELETE = [Event.PRODUCT_DELETE_BEFORE, Event.PRODUCT_DELETE, Event.PRODUCT_DELETE_COMMIT]
ORDERS: dict[str, list[Event]] = {
    "Admin save at All Store Views": BY_FORM,
    "Admin save in a store view": BY_FORM,
    "Admin create": BY_FORM,
    "Admin save of a configurable": [*PARENT_BY_REST, CONTROLLER],
    "Admin create of a configurable": [*BY_REST, *BY_REST, *PARENT_BY_REST, CONTROLLER],
    "REST create": BY_REST,
    "REST create of a configurable": PARENT_BY_REST,
    "REST PUT without a stock item": BY_REST,
    "REST image upload": BY_REST,
    "REST website assignment": BY_REST,
    "REST PUT of the stock item": [STOCK, SOURCES, STOCK_COMMIT],
    "REST price": [],
    "REST category assignment": [Event.CATEGORY_CHANGE_PRODUCTS, Event.CATEGORY_SAVE_COMMIT],
    "REST source items": [SOURCES],
    "REST delete": DELETE,
    "mass delete": [*DELETE, *DELETE],
    "mass status": [Event.ATTRIBUTE_UPDATE_BEFORE],
    "mass attributes": [Event.ATTRIBUTE_UPDATE_BEFORE],
    "mass websites": [Event.WEBSITE_CHANGE],
    "mass inventory": [SOURCES],
    "import": [Event.IMPORT_BUNCH_SAVE, SOURCES, Event.IMPORT_FINISH_BEFORE],
    "import that deletes": [Event.IMPORT_BUNCH_DELETE, Event.IMPORT_FINISH_BEFORE],
    "web order": [Event.APPEND_RESERVATIONS, Event.ORDER_PLACE],
    "shipment": [Event.APPEND_RESERVATIONS],
}


@pytest.mark.parametrize("act", ORDERS)
def test_an_act_fires_its_events_in_this_order(act: str) -> None:
    assert names(ACTS[act]()) == [event.value for event in ORDERS[act]]


def test_each_body_has_the_committed_keys_and_types() -> None:
    assert shapes.table() == json.loads(shapes.TABLE.read_text())


@pytest.mark.parametrize("act", ACTS)
def test_the_event_after_the_commit_has_the_body_of_the_one_inside_the_transaction(act: str) -> None:
    def bodies(events: list[Fired], *wanted: Event) -> list[dict[str, object]]:
        return [{**fired.body, "event": ""} for fired in events if fired.event in wanted]

    events = ACTS[act]()
    assert bodies(events, SAVE) == bodies(events, SAVE_COMMIT)
    assert bodies(events, STOCK) == bodies(events, STOCK_COMMIT)
    assert bodies(events, Event.PRODUCT_DELETE) == bodies(events, Event.PRODUCT_DELETE_COMMIT)


# What a save tells


def test_a_save_in_a_view_tells_the_views_values_resolved_and_so_does_its_original() -> None:
    catalog = Catalog().with_mug()
    catalog.do(admin.save("MUG-3", {"name": "In English"}, store_id=1))
    saved = body(catalog.do(admin.save("MUG-3", {"visibility": "1"}, store_id=1)), SAVE_COMMIT)
    for data, visibility in ((saved["product"], "1"), (saved["original"], "4")):
        assert (data["store_id"], data["name"], data["price"]) == ("1", "In English", "29.500000")
        assert data["visibility"] == visibility
    default = body(catalog.do(admin.save("MUG-3", {}, store_id=0)), SAVE_COMMIT)["product"]
    assert (default["name"], default["visibility"]) == ("Camp mug", "4")


def test_a_status_saved_in_a_view_holds_in_the_sibling_view_of_the_same_website() -> None:
    catalog = Catalog().with_mug(website_ids=[1, 2])
    catalog.do(admin.save("MUG-3", {"status": "Disabled"}, store_id=3))
    seen = {
        view: body(catalog.do(admin.save("MUG-3", {}, store_id=view)), SAVE_COMMIT)["product"]["status"]
        for view in (0, 1, 2, 3)
    }
    assert seen == {0: "1", 1: "2", 2: "1", 3: "2"}


def test_the_stock_status_of_a_save_is_a_scalar_and_only_its_original_has_the_quantity() -> None:
    saved = body(Catalog().with_mug().do(admin.save("MUG-3", {"qty": 0})), SAVE_COMMIT)
    assert saved["product"]["quantity_and_stock_status"] == "1"
    assert saved["original"]["quantity_and_stock_status"] == {"is_in_stock": True, "qty": 18}
    assert (saved["product"]["stock_data"]["qty"], saved["product"]["stock_data"]["is_in_stock"]) == (
        "0",
        "0",
    )


def test_websites_are_a_map_in_admin_and_a_list_by_rest() -> None:
    catalog = Catalog().with_mug(website_ids=[1, 2])
    in_admin = body(catalog.do(admin.save("MUG-3", {})), SAVE_COMMIT)["product"]
    by_rest = body(catalog.do(rest.put("MUG-3", {})), SAVE_COMMIT)["product"]
    assert (in_admin["website_ids"], by_rest["website_ids"]) == ({"1": "1", "2": "2"}, [1, 2])
    assert in_admin["store_ids"] == by_rest["store_ids"] == ["1", "3", "2"]


def test_a_rest_save_with_a_stock_item_carries_an_empty_one_with_only_the_quantity() -> None:
    events = Catalog().with_mug().do(rest.put("MUG-3", {"qty": 7, "is_in_stock": False}))
    item = body(events, SAVE_COMMIT)["product"]["stock_item"]
    assert (item["qty"], item["is_in_stock"], item["manage_stock"], item["product_id"]) == (7, True, False, 0)
    assert "item_id" not in item
    assert body(events, STOCK_COMMIT)["product"]["is_in_stock"] is False
    assert body(events, SOURCES)["source_items"][0]["status"] == 0


def test_a_rest_save_without_a_stock_item_carries_the_stored_one() -> None:
    item = body(Catalog().with_mug().do(rest.put("MUG-3", {"price": 3})), SAVE_COMMIT)["product"][
        "stock_item"
    ]
    assert (item["qty"], item["manage_stock"], item["product_id"], item["item_id"]) == (18, True, 1, 5)


def test_a_rest_create_has_its_categories_in_the_links_and_not_in_category_ids() -> None:
    product = body(Catalog().do(rest.create("MUG-3", MUG)), SAVE_COMMIT)["product"]
    assert (product["category_ids"], product["affected_category_ids"]) == ([], ["3"])
    assert product["category_links"] == [{"position": 0, "category_id": "3"}]
    assert product["is_changed_categories"] is True


def test_the_id_of_a_new_stock_item_is_the_entity_id_of_another_product() -> None:
    catalog = Catalog()
    item = body(catalog.do(rest.create("MUG-1", MUG)), STOCK_COMMIT)["product"]
    assert (item["id"], item["item_id"], item["product_id"]) == ("5", "5", "1")
    for number in range(2, 6):
        catalog.with_mug(f"MUG-{number}")
    assert catalog.product("MUG-5").entity_id == 5


def test_a_configurable_made_in_admin_names_no_child_and_one_made_by_rest_does() -> None:
    in_admin = Catalog().do(admin.create_configurable("TEE", {"name": "Tee", "price": 9}, SIZES))
    text = json.dumps(body(in_admin, SAVE_COMMIT)["product"])
    assert ("TEE-S" in text, "configurable_product_links" in text) == (False, False)
    by_rest = body(ACTS["REST create of a configurable"](), SAVE_COMMIT)["product"]
    assert by_rest["configurable_product_links"] == [1, 2]


def test_an_image_uploaded_by_rest_stands_in_the_body_twice() -> None:
    text = json.dumps(body(ACTS["REST image upload"](), SAVE_COMMIT))
    assert text.count("base64_encoded_data") == 2


# What mass actions, imports and orders tell


def test_a_mass_update_changes_nothing_before_its_event_and_moves_the_date_after_it() -> None:
    catalog = Catalog().with_mug()
    before = catalog.product("MUG-3")
    changes = (["MUG-3"], {"status": 2}, 0)
    (event,) = catalog.do(mass_actions.announce_attributes(*changes))
    assert (event.body["attributes_data"], catalog.product("MUG-3")) == ({"status": 2}, before)
    assert catalog.do(mass_actions.write_attributes(*changes)) == []
    after = catalog.product("MUG-3")
    assert (after.values["status"], after.updated_at > before.updated_at) == ("2", True)


def test_two_sources_reach_the_last_call_only() -> None:
    catalog = Catalog().with_mug()
    catalog.do(inventory.save_source_item("MUG-3", "wh2", 40))
    sources = {"default": SourceItem("9", True), "wh2": SourceItem("41", True)}
    events = catalog.do(admin.save("MUG-3", {}, sources=sources))
    assert body(events, SAVE_COMMIT)["product"]["stock_data"]["qty"] == "18"
    assert [(row["source_code"], row["quantity"]) for row in body(events, SOURCES)["source_items"]] == [
        ("default", 9),
        ("wh2", 41),
    ]
    assert catalog.product("MUG-3").stock.qty == "9"


def test_an_order_lowers_what_is_salable_and_its_shipment_the_quantity() -> None:
    catalog = Catalog().with_mug()

    def stock() -> tuple[str, int]:
        product = catalog.product("MUG-3")
        return product.stock.qty, int(stock_item.salable_quantity(product))

    date = catalog.product("MUG-3").updated_at
    (reserved, _) = catalog.do(inventory.place_order("MUG-3", 2))
    assert (reserved.body["reservations"][0]["quantity"], stock()) == (-2, ("18", 16))  # type: ignore[index]
    (given_back,) = catalog.do(inventory.ship_order("000000001"))
    assert (given_back.body["reservations"][0]["quantity"], stock()) == (2, ("16", 16))  # type: ignore[index]
    assert catalog.product("MUG-3").updated_at == date


def test_an_import_reports_the_cells_of_the_file_with_labels_and_without_ids() -> None:
    new, changed, view = body(ACTS["import"](), Event.IMPORT_BUNCH_SAVE)["bunch"]
    assert (new["visibility"], new["color"], new["activity"]) == ("Catalog, Search", "Red", ["Gym", "Yoga"])
    assert ("url_key" in new, "url_key" in changed, "entity_id" in new) == (True, False, False)
    assert (view["store_view_code"], view["price"], view["status"]) == ("default", None, None)


def test_an_imported_view_row_changes_the_view_only() -> None:
    catalog = Catalog().with_mug()
    catalog.do(csv_import.append([{"sku": "MUG-3", "store_view_code": "fr", "name": "Tasse"}]))
    product = catalog.product("MUG-3")
    assert (product.value("name", 3), product.value("name")) == ("Tasse", "Camp mug")


@pytest.mark.parametrize(
    ("act", "moves"),
    [
        (admin.save("MUG-3", {}), True),
        (rest.put("MUG-3", {"price": 3}), True),
        (rest.put_stock_item("MUG-3", {"qty": 3}), False),
        (rest.put_price("MUG-3", {"price": 3}), False),
        (rest.assign_category(["MUG-3"], 4), False),
        (mass_actions.change_websites(["MUG-3"], [2], "add"), False),
        (mass_actions.update_inventory(["MUG-3"], {"qty": 3}), False),
        (inventory.save_source_item("MUG-3", "default", 3), False),
        (inventory.place_order("MUG-3", 2), False),
        (csv_import.append([{"sku": "MUG-3", "name": "Imported"}]), True),
    ],
)  # fmt: skip
def test_only_acts_that_save_the_product_move_its_date(act: Act, moves: bool) -> None:
    catalog = Catalog().with_mug()
    before = catalog.product("MUG-3").updated_at
    catalog.do(act)
    assert (catalog.product("MUG-3").updated_at > before) is moves
