"""What is known after each act in the sandbox store, and what TikTok must have.

The values are those that the acts themselves set. The shop and its policy are those of the captured acts.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from tests.whole.acts.rows import NOT_LISTED, OFF_SALE, Row, Within, listed, new

_MUG, _CUP, _POT, _SECOND_POT, _HAT = "1", "2", "3", "4", "5"
_BEGIN, _END = date(2026, 4, 29), date(2090, 12, 24)
_ORDERS, _SOURCES, _PRICES = (
    "a web order, a shipment",
    "stock in several sources",
    "base, special and tier prices by REST",
)
_INVENTORY = "mass inventory update, `POST source-items`"
_RED_M: Final = {"color": "Red", "size": "M"}

ROWS: Final = (
    Row("REST creates a product", _MUG, new("MUG-1", "Camp mug", "29.50", "18"),
        listed("MUG-1", "Camp mug", "29.50", 18, **_RED_M)),
    Row("a save in Admin changes nothing", _MUG),
    Row("a save in the shop's view names it", _MUG, {"name": "View mug"}, {"title": "View mug"}),
    Row("a save at All Store Views changes the price", _MUG, {"price": "31.00"}, {"price": "31.00"}),
    Row("a special price begins", _MUG, {"special": ("19.90", "2026-04-29", "2090-12-24")},
        {"price": Within("19.90", _BEGIN, _END, "31.00")}),
    Row("it is disabled in another view of the website", _MUG, {"status": "disabled"}, OFF_SALE),
    Row("it is enabled in that view", _MUG, {"status": "enabled"}, {"on_sale": True}),
    Row("a view of another website is saved", _MUG),
    Row("REST says that it is out of stock", _MUG, {"quantity": "4", "in_stock": False}, {"quantity": 0}),
    Row("REST puts the stock item", _MUG, {"quantity": "5", "in_stock": True}, {"quantity": 5}),
    Row("REST assigns a source", _MUG, gap=_SOURCES, truth={"sources": {"wh2": "40"}}),
    Row("a save in Admin has two sources", _MUG, gap=_SOURCES,
        truth={"quantity": "9", "sources": {"default": "9", "wh2": "41"}}),
    Row("a web order reserves two", _MUG, gap=_ORDERS, truth={"salable": "48"}),
    Row("the order is shipped", _MUG, gap=_ORDERS, truth={"quantity": "7"}),
    Row("the next save in Admin", _MUG, {"quantity": "7"}, {"quantity": 7}),
    Row("REST sets the price alone", _MUG, gap=_PRICES, truth={"price": "12.00"}),
    Row("REST assigns a category", _MUG, gap="categories by REST", truth={"categories": (3, 4)}),
    Row("it leaves the category of the template", _MUG, {"categories": (4,), "price": "12.00"}, OFF_SALE),
    Row("Admin creates two products", _CUP, new("CUP-1", "Cup", "29.50", "18"),
        listed("CUP-1", "Cup", "29.50", 18, **_RED_M)),
    Row("Admin creates two products", _POT, new("POT-1", "Pot", "29.50", "18"),
        listed("POT-1", "Pot", "29.50", 18, **_RED_M)),
    *(
        row
        for product in (_CUP, _POT)
        for row in (
            Row("mass action: disable", product, {"status": "disabled"}, OFF_SALE),
            Row("mass action: attributes", product, {"status": "enabled", "price": "7.70"},
                {"on_sale": True, "price": "7.70"}),
            Row("mass action: stock", product, gap=_INVENTORY, truth={"quantity": "3"}),
            Row("mass action: out of the website", product, gap="mass action on websites", truth={"websites": ()}),
        )
    ),
    Row("REST writes the websites of one", _CUP, {"websites": (2,), "quantity": "3"}, OFF_SALE),
    Row("the SKU is renamed", _POT, {"sku": "POT-2", "quantity": "3"}, {"sku": "POT-2", "quantity": 3}),
    Row("it is deleted, and its SKU is used again", _POT, {"deleted": True}, NOT_LISTED),
    Row("it is deleted, and its SKU is used again", _SECOND_POT, new("POT-2", "Second pot", "29.50", "18"),
        listed("POT-2", "Second pot", "29.50", 18, **_RED_M)),
    Row("a CSV import", _HAT, gap="CSV import", truth={"sku": "HAT-1", "price": "12.50"}),
    Row("the first save of the imported product", _HAT, new("HAT-1", "Hat, checked", "12.50", "21"),
        listed("HAT-1", "Hat, checked", "12.50", 21)),
    Row("a CSV import that deletes", _HAT, gap="CSV import", truth={"deleted": True}),
    *(
        Row("Admin creates a configurable", product, new(f"TEE-{size}", "Tee", "50.00", "18", visibility=1),
            gap="a configurable created in Admin", truth={"child": True})
        for product, size in (("6", "S"), ("7", "M"))
    ),
    Row("Admin creates a configurable", "8", {"sku": "TEE", "type": "configurable"}),
    Row("an image is uploaded by REST", _SECOND_POT, {"image": "/p/o/pot.png", "images": 1}),
)  # fmt: skip
