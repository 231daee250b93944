"""Rules for what an edit of a policy or a listing template does: who it concerns, and what is sent for it."""

from __future__ import annotations

from commands.demo_world.magento_rules import ON_SALE
from commands.demo_world.rule import Rule, created, not_created, rules_edited, saved

EDIT_RULES: tuple[Rule, ...] = (
    Rule(
        "Not Visible Individually products are switched on: a hidden one is listed at once; what is not observed still "
        "sends nothing",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [
            not_created("a new product is saved, Not Visible Individually", visibility=1),
            rules_edited(
                "the switch is turned on",
                {"switches": {"sync_not_visible_individually": True}},
                "create",
                listed=True,
                title="Demo shirt",
            ),
            saved("the name alone is changed", {"name": "Demo shirt II"}, title="Demo shirt"),
        ],
    ),
    Rule(
        "Inventory/Price Sync off: an edit of the pricing policy does not send an attribute that is not observed",
        {
            "inventory_price_sync": False,
            "only_specific_attributes": True,
            "observed_attributes": ["quantity"],
        },
        [
            created(color="Red"),
            saved("Color is changed", {"color": "Blue"}, color="Red"),
            rules_edited(
                "the prices are raised by 10 %",
                {"pricing": {"adjustment": "percent", "adjustment_value": "10"}},
                color="Red",
                price="29.00",
            ),
        ],
        pricing={"source": "price"},
    ),
    Rule(
        "Product Upload is switched on: products that exist already are not listed, neither by a later edit",
        {"product_upload": False},
        [
            not_created("a new product is saved, with Product Upload off"),
            rules_edited("Product Upload is turned on", {"switches": {"product_upload": True}}, listed=False),
            rules_edited(
                "the prices are raised by 10 %",
                {"pricing": {"adjustment": "percent", "adjustment_value": "10"}},
                listed=False,
            ),
        ],
        pricing={"source": "price"},
    ),
    Rule(
        "Product Assign is switched on: the products that are listed are assigned at once, and nothing is sent",
        {"product_assign": False},
        [
            created(),
            rules_edited("Product Assign is turned on", {"switches": {"product_assign": True}}),
        ],
        {"assigned": "Shirts"},
    ),
    Rule(
        "Another TikTok category in the listing template: one edit carries everything",
        {},
        [
            created(),
            rules_edited(
                "the category is changed",
                {"template": {"category_id": "600002"}},
                "edit",
                title="Demo shirt",
                price="29.00",
                quantity=18,
            ),
        ],
        template={"priority": 5},
    ),
    Rule(
        "A product that left the website while Product Update was off, and comes back: all of it is sent",
        {
            "product_update": False,
            "inventory_price_sync": False,
            "only_specific_attributes": True,
            "observed_attributes": ["color"],
            "when_disabled": "keep",
        },
        [
            created(),
            saved("it is in another website only", {"website_ids": [2]}, status=ON_SALE),
            rules_edited("Product Update is turned on", {"switches": {"product_update": True}}),
            saved(
                "it is in the shop's website again, with a new name",
                {"website_ids": [1, 2], "name": "Demo shirt II"},
                "partial_edit",
                title="Demo shirt II",
                price="29.00",
            ),
        ],
    ),
)
