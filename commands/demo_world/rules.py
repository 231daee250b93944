"""The rules of the synchronization policy, as the merchant's document says them, each with a trial."""

from __future__ import annotations

from commands.demo_world.image_rules import IMAGE_RULES
from commands.demo_world.offer_rules import OFFER_RULES
from commands.demo_world.rule import Rule, Step, made, not_made, saved, stock
from commands.demo_world.tiktok_rules import TIKTOK_RULES

RULES: tuple[Rule, ...] = (
    Rule("A policy without a Title is refused", {"title": ""}, refused="a title has 1 to 120 characters"),
    Rule("Product Upload on: a new product goes up", {}, [made("a new product is saved")]),
    Rule(
        "Product Upload off: a new product stays",
        {"product_upload": False},
        [not_made("a new product is saved")],
    ),
    Rule(
        "Product Upload on, but no listing template's query holds: it stays",
        {},
        [not_made("a new product of attribute set Gear is saved", attribute_set_id=11)],
    ),
    Rule(
        "Product Update on: a modified product is updated",
        {},
        [
            made(),
            saved("the name is changed", {"name": "Demo shirt II"}, "partial_edit", title="Demo shirt II"),
        ],
    ),
    Rule(
        "Product Update off: a modified product is left as it is",
        {"product_update": False, "inventory_price_sync": False},
        [made(), saved("the name is changed", {"name": "Demo shirt II"}, title="Demo shirt")],
    ),
    Rule(
        "Product Update on, but no listing template's query holds any more: nothing is sent",
        {},
        [
            made(),
            saved(
                "attribute set and name are changed",
                {"attribute_set_id": 11, "name": "Demo shirt II"},
                title="Demo shirt",
            ),
        ],
    ),
    Rule(
        "Inventory/Price Sync on: price and stock follow",
        {},
        [
            made(),
            saved("the price is changed", {"price": "31.50"}, "price", price="31.50"),
            stock("the stock is changed", 7, "inventory", quantity=7),
        ],
    ),
    Rule(
        "Inventory/Price Sync off: price and stock stay",
        {"inventory_price_sync": False},
        [
            made(),
            saved("the price is changed", {"price": "31.50"}, price="29.00"),
            stock("the stock is changed", 7, quantity=18),
        ],
    ),
    Rule(
        "Inventory/Price Sync without Product Update is refused",
        {"product_update": False, "inventory_price_sync": True},
        refused="Inventory/Price Sync needs Product Update",
    ),
    Rule(
        "Product Assign on: the product is put into the template whose query holds",
        {"product_upload": False},
        [not_made("a new product is saved, with Product Upload off")],
        {"assigned": "Shirts"},
    ),
    Rule(
        "Product Assign off: a new product goes up all the same, assigned to none",
        {"product_assign": False},
        [made("a new product is saved")],
        {"assigned": None},
    ),
    Rule(
        "Sync Not Visible Individually Products on: a hidden product goes up",
        {"sync_not_visible_individually": True},
        [made("a new product is saved, Not Visible Individually", visibility=1)],
    ),
    Rule(
        "Sync Not Visible Individually Products off: a hidden product stays",
        {},
        [not_made("a new product is saved, Not Visible Individually", visibility=1)],
    ),
    Rule(
        "Only Specific Attributes, Color observed: a change of Color sends Color, Size and Quantity",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [
            made(color="Red", size="M"),
            Step(
                "save",
                {"color": "Blue", "size": "L", "qty": 11},
                "Color, Size and Quantity are changed",
                ("inventory", "partial_edit"),
                {"color": "Blue", "size": "L", "quantity": 11},
            ),
        ],
    ),
    Rule(
        "… a change of Size alone sends nothing, and the next change of Color takes the new Size along",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [
            made(color="Red", size="M"),
            saved("Size alone is changed", {"size": "L"}, color="Red", size="M"),
            saved("Color is changed", {"color": "Blue"}, "partial_edit", color="Blue", size="L"),
        ],
    ),
    Rule(
        "… Quantity not observed: a change of stock alone sends nothing",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [made(), stock("the stock is changed", 7, quantity=18)],
    ),
    Rule(
        "… Quantity observed: a change of stock is sent",
        {"only_specific_attributes": True, "observed_attributes": ["color", "quantity"]},
        [made(), stock("the stock is changed", 7, "inventory", quantity=7)],
    ),
    Rule(
        "Only Specific Attributes with none picked is refused",
        {"only_specific_attributes": True, "observed_attributes": []},
        refused="Select at least one attribute to observe",
    ),
    Rule(
        "Only Specific Attributes off: a change of any attribute is sent",
        {"observed_attributes": ["color"]},
        [
            made(color="Red", size="M"),
            saved("Size alone is changed", {"size": "L"}, "partial_edit", size="L"),
        ],
    ),
    Rule(
        "Activity Log enabled: each decision and outcome is kept",
        {},
        [made("a new product is saved")],
        {"activity": True},
    ),
    Rule(
        "Activity Log disabled: none is kept, the sync is the same",
        {"activity_log": False},
        [made("a new product is saved")],
        {"activity": False},
    ),
    Rule(
        "Synchronization Feed Log enabled: each exchange of data is kept",
        {},
        [made("a new product is saved")],
        {"feed": True},
    ),
    Rule(
        "Synchronization Feed Log disabled: none is kept, the sync is the same",
        {"feed_log": False},
        [made("a new product is saved")],
        {"feed": False},
    ),
    Rule(
        "A save that changes nothing costs no call, a price one, a name and a price two",
        {},
        [
            made(),
            saved("saved without a change", {}),
            saved("the price is changed", {"price": "31.50"}, "price", price="31.50"),
            saved(
                "name and price are changed",
                {"name": "Demo shirt II", "price": "32.00"},
                *("price", "partial_edit"),
                title="Demo shirt II",
                price="32.00",
            ),
        ],
    ),
    *OFFER_RULES,
    *IMAGE_RULES,
    *TIKTOK_RULES,
)
