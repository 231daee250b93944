"""The rules of the synchronization policy in the words of the merchant's document, each with a trial."""

from __future__ import annotations

from commands.demo_world.edit_rules import EDIT_RULES
from commands.demo_world.image_rules import IMAGE_RULES
from commands.demo_world.magento_rules import MAGENTO_RULES
from commands.demo_world.offer_rules import OFFER_RULES
from commands.demo_world.rule import Rule, Step, created, not_created, saved, stock
from commands.demo_world.tiktok_rules import TIKTOK_RULES

RULES: tuple[Rule, ...] = (
    Rule("A policy without a Title is refused", {"title": ""}, refused="a title has 1 to 120 characters"),
    Rule("Product Upload on: a new product is listed", {}, [created("a new product is saved")]),
    Rule(
        "Product Upload off: a new product is not listed",
        {"product_upload": False},
        [not_created("a new product is saved")],
    ),
    Rule(
        "Product Upload on, but the product matches no listing template: it is not listed",
        {},
        [not_created("a new product of attribute set Gear is saved", attribute_set_id=11)],
    ),
    Rule(
        "Product Update on: a modified product is updated",
        {},
        [
            created(),
            saved("the name is changed", {"name": "Demo shirt II"}, "partial_edit", title="Demo shirt II"),
        ],
    ),
    Rule(
        "Product Update off: a modified product is not updated",
        {"product_update": False, "inventory_price_sync": False},
        [created(), saved("the name is changed", {"name": "Demo shirt II"}, title="Demo shirt")],
    ),
    Rule(
        "Product Update on, but the product matches no listing template any more: nothing is sent",
        {},
        [
            created(),
            saved(
                "attribute set and name are changed",
                {"attribute_set_id": 11, "name": "Demo shirt II"},
                title="Demo shirt",
            ),
        ],
    ),
    Rule(
        "Inventory/Price Sync on: price and stock are synced",
        {},
        [
            created(),
            saved("the price is changed", {"price": "31.50"}, "price", price="31.50"),
            stock("the stock is changed", 7, "inventory", quantity=7),
        ],
    ),
    Rule(
        "Inventory/Price Sync off: price and stock are not synced",
        {"inventory_price_sync": False},
        [
            created(),
            saved("the price is changed", {"price": "31.50"}, price="29.00"),
            stock("the stock is changed", 7, quantity=18),
        ],
    ),
    Rule(
        "… price and stock that the seller set on TikTok stay, also when the product leaves and comes back",
        {"inventory_price_sync": False, "when_hidden": "deactivate"},
        [
            created(),
            Step(
                "save",
                {"name": "Demo shirt II"},
                "the seller sets 99.00 and 77 pieces, then the name is changed",
                ("partial_edit",),
                {"title": "Demo shirt II", "price": "99.00", "quantity": 77},
                seller={"price": "99.00", "quantity": 77},
            ),
            saved("it is hidden", {"visibility": "1"}, "deactivate", status="SELLER_DEACTIVATED"),
            saved(
                "it is visible again",
                {"visibility": "4"},
                "activate",
                status="ACTIVATE",
                price="99.00",
                quantity=77,
            ),
        ],
    ),
    Rule(
        "Inventory/Price Sync without Product Update is refused",
        {"product_update": False, "inventory_price_sync": True},
        refused="Inventory/Price Sync needs Product Update",
    ),
    Rule(
        "Product Assign on: the product is assigned to the template that it matches",
        {"product_upload": False},
        [not_created("a new product is saved, with Product Upload off")],
        {"assigned": "Shirts"},
    ),
    Rule(
        "Product Assign off: a new product is listed without an assignment",
        {"product_assign": False},
        [created("a new product is saved")],
        {"assigned": None},
    ),
    Rule(
        "Sync Not Visible Individually Products on: a hidden product is listed",
        {"sync_not_visible_individually": True},
        [created("a new product is saved, Not Visible Individually", visibility=1)],
    ),
    Rule(
        "Sync Not Visible Individually Products off: a hidden product is not listed",
        {},
        [not_created("a new product is saved, Not Visible Individually", visibility=1)],
    ),
    Rule(
        "Only Specific Attributes, Color observed: a change of Color sends Color, Size and Quantity",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [
            created(color="Red", size="M"),
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
        "… a change of Size alone sends nothing, and the next change of Color sends the new Size too",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [
            created(color="Red", size="M"),
            saved("Size alone is changed", {"size": "L"}, color="Red", size="M"),
            saved("Color is changed", {"color": "Blue"}, "partial_edit", color="Blue", size="L"),
        ],
    ),
    Rule(
        "… Quantity not observed: a change of stock alone sends nothing",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [created(), stock("the stock is changed", 7, quantity=18)],
    ),
    Rule(
        "… Quantity observed: a change of stock is sent",
        {"only_specific_attributes": True, "observed_attributes": ["color", "quantity"]},
        [created(), stock("the stock is changed", 7, "inventory", quantity=7)],
    ),
    Rule(
        "… quantity_and_stock_status observed, Magento's code of Quantity: a change of stock is sent",
        {"only_specific_attributes": True, "observed_attributes": ["quantity_and_stock_status"]},
        [created(), stock("the stock is changed", 7, "inventory", quantity=7)],
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
            created(color="Red", size="M"),
            saved("Size alone is changed", {"size": "L"}, "partial_edit", size="L"),
        ],
    ),
    Rule(
        "Activity Log enabled: each decision and outcome is logged",
        {},
        [created("a new product is saved")],
        {"activity": True},
    ),
    Rule(
        "Activity Log disabled: nothing is logged, the sync is the same",
        {"activity_log": False},
        [created("a new product is saved")],
        {"activity": False},
    ),
    Rule(
        "Synchronization Feed Log enabled: each exchange of data is logged",
        {},
        [created("a new product is saved")],
        {"feed": True},
    ),
    Rule(
        "Synchronization Feed Log disabled: nothing is logged, the sync is the same",
        {"feed_log": False},
        [created("a new product is saved")],
        {"feed": False},
    ),
    Rule(
        "A save without a change makes no call, a price one call, a name and a price two",
        {},
        [
            created(),
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
    *MAGENTO_RULES,
    *EDIT_RULES,
    *TIKTOK_RULES,
)
