"""One example of each act, by a name of ours, on a catalog of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.magento.acts import admin, csv_import, inventory, mass_actions, rest
from sandbox.magento.acts.act import Act
from sandbox.magento.catalog.product import SourceItem
from sandbox.magento.events.event import Fired
from tests.sandbox.magento.events.catalog import MUG, Catalog

ROLES = ("image", "small_image", "thumbnail")
SIZES = {"TEE-S": {"size": "S", "qty": 8}, "TEE-M": {"size": "M", "qty": 8}}
HOODIE: Mapping[str, object] = {
    "name": "Hoodie",
    "price": "50",
    "weight": 1,
    "attribute_set_id": 9,
    "category_ids": [3],
    "manage_stock": False,
}
SPECIAL = {
    "special_price": 19.9,
    "special_from_date": "2026-04-29",
    "special_to_date": "2026-12-24",
}
_MUG = "MUG-3"


def mug(*acts: Act) -> list[Fired]:
    """Carry out acts on a catalog with one mug; return the events of the last."""
    return Catalog().with_mug().do(*acts)


def on_sale(*acts: Act) -> list[Fired]:
    """Carry out acts on a catalog with one mug that has a special price; return the events of the last."""
    return Catalog().with_mug(**SPECIAL).do(*acts)


def tee() -> Catalog:
    """Return a catalog with a configurable that REST created."""
    catalog = Catalog().with_mug("TEE-S", size="S").with_mug("TEE-M", size="M").with_mug("TEE-L", size="L")
    catalog.do(
        rest.create(
            "TEE",
            {"name": "Tee", "price": "0.0001", "description": "<p>A tee.</p>"},
            child_skus=["TEE-S", "TEE-M"],
        )
    )
    return catalog


def _three_mugs(act: Callable[[list[str]], Act]) -> list[Fired]:
    skus = ["MUG-6", "MUG-7", "MUG-8"]
    catalog = Catalog()
    for sku in skus:
        catalog.with_mug(sku)
    return catalog.do(act(skus))


def _import() -> list[Fired]:
    row = {
        "store_view_code": None,
        "attribute_set_code": "Top",
        "product_type": "simple",
        "categories": "Default Category/Gear",
        "product_websites": "base",
        "weight": "0.5",
        "description": "<p>Imported.</p>",
        "product_online": "1",
        "visibility": "Catalog, Search",
        "price": "12.5",
        "qty": "21",
        "is_in_stock": "1",
        "website_id": "0",
    }
    many = {"additional_attributes": "color=Red,size=M,activity=Gym|Yoga", "sku": "IMP-1", "name": "First"}
    few = {"additional_attributes": "color=Blue", "sku": _MUG, "name": "Second", "special_price": "9.99"}
    view = {"sku": _MUG, "store_view_code": "default", "attribute_set_code": "Top", "product_type": "simple"}
    return mug(csv_import.append([{**row, **many}, {**row, **few}, {**view, "name": "Second, in English"}]))


ACTS: Mapping[str, Callable[[], list[Fired]]] = {
    "Admin save at All Store Views": lambda: mug(admin.save(_MUG, {"name": "Renamed"})),
    "Admin save with a special price": lambda: mug(admin.save(_MUG, SPECIAL)),
    "Admin save in a store view": lambda: mug(admin.save(_MUG, {"name": "In English"}, store_id=1)),
    "Admin save out of stock": lambda: on_sale(admin.save(_MUG, {"is_in_stock": False})),
    "Admin save of a product with an image": lambda: mug(
        rest.upload_image(_MUG, "/m/u/mug.png", roles=ROLES), admin.save(_MUG, {"name": "Renamed"})
    ),
    "Admin save of a product made in Admin": lambda: Catalog().do(
        admin.create(_MUG, MUG), admin.save(_MUG, {"name": "Renamed"})
    ),
    "Admin save that renames the SKU": lambda: Catalog().do(
        admin.create(_MUG, MUG), admin.save(_MUG, {"sku": "MUG-NEW"})
    ),
    "Admin save with two sources": lambda: mug(
        inventory.save_source_item(_MUG, "wh2", 40),
        admin.save(_MUG, {}, sources={"default": SourceItem("9", True), "wh2": SourceItem("41", True)}),
    ),
    "Admin create": lambda: Catalog().do(admin.create(_MUG, MUG)),
    "Admin create of a configurable": lambda: Catalog().do(admin.create_configurable("TEE", HOODIE, SIZES)),
    "Admin save of a configurable": lambda: tee().do(admin.save("TEE", {"name": "Tee II"})),
    "REST create": lambda: Catalog().do(rest.create(_MUG, MUG)),
    "REST create with an image": lambda: Catalog().do(
        rest.create(_MUG, {**MUG, "gallery": ["/m/u/mug.png"], **dict.fromkeys(ROLES, "/m/u/mug.png")})
    ),
    "REST create of a configurable": lambda: (
        Catalog()
        .with_mug("TEE-S", size="S")
        .with_mug("TEE-M", size="M")
        .do(rest.create("TEE", {**_without_stock(), "name": "Tee"}, child_skus=["TEE-S", "TEE-M"]))
    ),
    "REST PUT without a stock item": lambda: on_sale(rest.put(_MUG, {"price": 33})),
    "REST PUT with a stock item": lambda: on_sale(rest.put(_MUG, {"qty": 0, "is_in_stock": False})),
    "REST PUT in a store view": lambda: on_sale(rest.put(_MUG, {"name": "In English"}, store_id=1)),
    "REST PUT of a product with an image": lambda: on_sale(
        rest.upload_image(_MUG, "/m/u/mug.png", roles=ROLES), rest.put(_MUG, {"status": 2})
    ),
    "REST PUT of the stock item": lambda: mug(rest.put_stock_item(_MUG, {"qty": 5, "is_in_stock": True})),
    "REST image upload": lambda: on_sale(rest.upload_image(_MUG, "/m/u/mug.png", roles=ROLES)),
    "REST upload of a second image": lambda: on_sale(
        rest.upload_image(_MUG, "/m/u/mug.png", roles=ROLES), rest.upload_image(_MUG, "/b/a/back.png")
    ),
    "REST website assignment": lambda: on_sale(
        rest.upload_image(_MUG, "/m/u/mug.png", roles=ROLES), rest.assign_websites(_MUG, [1, 2])
    ),
    "REST website removal": lambda: on_sale(
        rest.upload_image(_MUG, "/m/u/mug.png", roles=ROLES),
        rest.assign_websites(_MUG, [1, 2]),
        rest.assign_websites(_MUG, [2]),
    ),
    "REST child added": lambda: tee().do(rest.add_child("TEE", "TEE-L")),
    "REST price": lambda: mug(rest.put_price(_MUG, {"price": 12})),
    "REST category assignment": lambda: mug(rest.assign_category([_MUG], 4)),
    "REST source items": lambda: mug(inventory.save_source_item(_MUG, "wh2", 40)),
    "REST delete": lambda: mug(admin.delete(_MUG)),
    "mass delete": lambda: _three_mugs(lambda skus: admin.mass_delete(skus[:2])),
    "mass status": lambda: _three_mugs(
        lambda skus: mass_actions.announce_attributes(skus, {"status": "Disabled"}, 0)
    ),
    "mass attributes": lambda: _three_mugs(
        lambda skus: mass_actions.announce_attributes(
            skus, {"price": "77.70", "visibility": "1", "name": "Mass renamed"}, 0
        )
    ),
    "mass websites": lambda: _three_mugs(lambda skus: mass_actions.change_websites(skus, [2], "add")),
    "mass inventory": lambda: _three_mugs(lambda skus: mass_actions.update_inventory(skus, {"qty": 3})),
    "import": _import,
    "import that deletes": lambda: mug(csv_import.delete([_MUG])),
    "web order": lambda: mug(inventory.place_order(_MUG, 2)),
    "shipment": lambda: mug(inventory.place_order(_MUG, 2), inventory.ship_order("000000001")),
}


def _without_stock() -> dict[str, object]:
    return {code: value for code, value in MUG.items() if code not in ("qty", "size")}
