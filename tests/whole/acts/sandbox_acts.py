"""Acts in the sandbox store, one after another on one catalog, with the webhooks that the usual hooks send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.magento import php_json
from sandbox.magento.acts import act as acts
from sandbox.magento.acts import admin, csv_import, inventory, mass_actions, rest
from sandbox.magento.catalog.product import SourceItem
from sandbox.magento.webhooks.signing import Target
from tests.sandbox.magento.events.catalog import MUG, Catalog
from tests.whole.acts.observing import Act, Delivery

SHOP: Final = "base"
HOOKS: Final = Target("http://127.0.0.1/", "whsec_" + "a" * 32, stock_with_saves=True)
"""The usual hooks, on the stock item too: what a REST request says of stock is in that event alone."""
_MUG, _CUP, _POT, _HAT = "MUG-1", "CUP-1", "POT-1", "HAT-1"
_TEE: Mapping[str, object] = {
    **{code: MUG[code] for code in MUG if code != "size"},
    "name": "Tee",
    "price": "50",
}
_IMPORTED: csv_import.Row = {
    "attribute_set_code": "Top",
    "product_type": "simple",
    "product_websites": "base",
    "categories": "Default Category/Gear",
    "website_id": "0",
    "product_online": "1",
    "visibility": "Catalog, Search",
    "is_in_stock": "1",
    "description": "<p>Felt.</p>",
}

_OFFER: Mapping[str, object] = {
    "special_price": "19.90",
    "special_from_date": "2026-04-29",
    "special_to_date": "2090-12-24",
}

ACTS: Mapping[str, tuple[acts.Act, ...]] = {
    "REST creates a product": (rest.create(_MUG, MUG),),
    "a save in Admin changes nothing": (admin.save(_MUG, {}),),
    "a save in the shop's view names it": (admin.save(_MUG, {"name": "View mug"}, store_id=1),),
    "a save at All Store Views changes the price": (admin.save(_MUG, {"price": "31.00"}),),
    "a special price begins": (
        admin.save(_MUG, _OFFER),
    ),
    "it is disabled in another view of the website": (admin.save(_MUG, {"status": "2"}, store_id=3),),
    "it is enabled in that view": (admin.save(_MUG, {"status": "1"}, store_id=3),),
    "a view of another website is saved": (admin.save(_MUG, {"name": "Becher"}, store_id=2),),
    "REST says that it is out of stock": (rest.put(_MUG, {"qty": 4, "is_in_stock": False}),),
    "REST puts the stock item": (rest.put_stock_item(_MUG, {"qty": 5, "is_in_stock": True}),),
    "REST assigns a source": (inventory.save_source_item(_MUG, "wh2", 40),),
    "a save in Admin has two sources": (
        admin.save(_MUG, {}, sources={"default": SourceItem("9", True), "wh2": SourceItem("41", True)}),
    ),
    "a web order reserves two": (inventory.place_order(_MUG, 2),),
    "the order is shipped": (inventory.ship_order("000000001"),),
    "the next save in Admin": (admin.save(_MUG, {}),),
    "REST sets the price alone": (rest.put_price(_MUG, {"price": 12}),),
    "REST assigns a category": (rest.assign_category([_MUG], 4),),
    "it leaves the category of the template": (admin.save(_MUG, {"category_ids": [4]}),),
    "Admin creates two products": (
        admin.create(_CUP, {**MUG, "name": "Cup"}), admin.create(_POT, {**MUG, "name": "Pot"}),
    ),
    "mass action: disable": (
        mass_actions.announce_attributes([_CUP, _POT], {"status": "2"}, 0),
        mass_actions.write_attributes([_CUP, _POT], {"status": "2"}, 0),
    ),
    "mass action: attributes": (
        mass_actions.announce_attributes([_CUP, _POT], {"status": "1", "price": "7.70"}, 0),
        mass_actions.write_attributes([_CUP, _POT], {"status": "1", "price": "7.70"}, 0),
    ),
    "mass action: stock": (mass_actions.update_inventory([_CUP, _POT], {"qty": 3}),),
    "mass action: out of the website": (mass_actions.change_websites([_CUP, _POT], [1], "remove"),),
    "REST writes the websites of one": (rest.assign_websites(_CUP, [2]),),
    "the SKU is renamed": (admin.save(_POT, {"sku": "POT-2", "website_ids": [1]}),),
    "it is deleted, and its SKU is used again": (
        admin.delete("POT-2"), admin.create("POT-2", {**MUG, "name": "Second pot"}),
    ),
    "a CSV import": (
        csv_import.append([{**_IMPORTED, "sku": _HAT, "name": "Hat", "price": "12.5", "qty": "21"}]),
    ),
    "the first save of the imported product": (admin.save(_HAT, {"name": "Hat, checked"}),),
    "a CSV import that deletes": (csv_import.delete([_HAT]),),
    "Admin creates a configurable": (
        admin.create_configurable("TEE", _TEE, {"TEE-S": {"size": "S"}, "TEE-M": {"size": "M"}}),
    ),
    "an image is uploaded by REST": (rest.upload_image("POT-2", "/p/o/pot.png", roles=("image", "small_image")),),
}  # fmt: skip
"""Name -> what is done, in order."""


def sent() -> Iterator[Act]:
    """Yield each act with the webhooks that it sends."""
    catalog = Catalog()
    for place, (name, done) in enumerate(ACTS.items()):
        deliveries = [
            Delivery(fired.event.value, f"msg_{place}_{turn}_{number}", php_json.encode(fired.body),
                     _products(fired.body), str(turn))
            for turn, act in enumerate(done)
            for number, fired in enumerate(catalog.do(act))
            if HOOKS.hooks(fired)
        ]  # fmt: skip
        yield Act(name, SHOP, deliveries)


def _products(body: Mapping[str, object]) -> int:
    ids = body.get("product_ids", body.get("products"))
    return len(ids) if isinstance(ids, list) else 1
