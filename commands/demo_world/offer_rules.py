"""The rules of pricing and inventory policies. Each is tried on a listing template of its own."""

from __future__ import annotations

from collections.abc import Mapping

from commands.demo_world.rule import SHIRT, Rule, Step, saved, stock

TEN_TWENTY_TWO: Mapping[str, object] = {"threshold": 10, "above": 20, "below": 2}


def offered(price: str = "29.00", quantity: int = 18, words: str | None = None, **changes: object) -> Step:
    """Save a new product, which is listed at this price and with this quantity."""
    expected = {"listed": True, "title": SHIRT["name"], "price": price, "quantity": quantity}
    return Step("create", changes, words, ("create",), expected)


OFFER_RULES: tuple[Rule, ...] = (
    Rule(
        "Inventory policy, buffer 5: 13 of 18 pieces are sent, and never fewer than 0",
        {},
        [
            offered(quantity=13, words="a new product with quantity 18 is saved"),
            stock("the stock is 3", 3, "inventory", quantity=0),
        ],
        inventory={"buffer": 5},
    ),
    Rule(
        "Inventory policy, stock not managed: the default quantity 100 is sent",
        {},
        [
            offered(),
            Step(
                "stock",
                {"qty": 0, "manage_stock": "0"},
                "Manage Stock is switched off",
                ("inventory",),
                {"quantity": 100},
            ),
        ],
        inventory={"default_quantity": 100},
    ),
    Rule(
        "Inventory policy, threshold 10, above 20, below 2, more than available allowed",
        {},
        [
            offered(quantity=20),
            stock("the stock is 11", 11, quantity=20),
            stock("10", 10, "inventory", quantity=10),
            stock("9", 9, "inventory", quantity=2),
            stock("1", 1, quantity=2),
            stock("0, out of stock", 0, "inventory", quantity=0),
        ],
        inventory={**TEN_TWENTY_TWO, "may_send_more_than_available": True},
    ),
    Rule(
        "Inventory policy, threshold 10, above 20, below 2, never more than available",
        {},
        [
            offered(quantity=18),
            stock("the stock is 11", 11, "inventory", quantity=11),
            stock("10", 10, "inventory", quantity=10),
            stock("9", 9, "inventory", quantity=2),
            stock("1", 1, "inventory", quantity=1),
            stock("0", 0, "inventory", quantity=0),
        ],
        inventory=TEN_TWENTY_TWO,
    ),
    Rule(
        "Inventory policy, out of stock products not synced: their stock on TikTok stays",
        {},
        [
            offered(),
            stock("the stock is 0", 0, quantity=18),
            stock("the stock is 4", 4, "inventory", quantity=4),
        ],
        inventory={"sync_out_of_stock": False},
    ),
    Rule(
        "Pricing policy, +10 %",
        {},
        [
            offered("31.90", words="a new product at 29.00 is saved"),
            saved("the price is 19.95", {"price": "19.95"}, "price", price="21.95"),
        ],
        pricing={"adjustment": "percent", "adjustment_value": "10"},
    ),
    Rule(
        "Pricing policy, rounded to the nearest .99",
        {},
        [
            offered("28.99", words="a new product at 29.00 is saved"),
            saved("the price is 29.49", {"price": "29.49"}, "price", price="29.99"),
            saved("the price is 29.48", {"price": "29.48"}, "price", price="28.99"),
        ],
        pricing={"rounding": "nearest_99"},
    ),
    Rule(
        "Pricing policy, floor 25.00: never below it",
        {},
        [
            offered(),
            saved("the price is 24.99", {"price": "24.99"}, "price", price="25.00"),
            saved("the price is 3.00", {"price": "3.00"}, price="25.00"),
        ],
        pricing={"floor": "25.00"},
    ),
    Rule(
        "Pricing policy, guard 30 %: a larger price drop is not sent, the rest is synced",
        {},
        [
            offered(),
            saved("the price drops to 20.30", {"price": "20.30"}, "price", price="20.30"),
            saved(
                "it drops to 10.00, and the name is changed",
                {"price": "10.00", "name": "Demo shirt II"},
                "partial_edit",
                price="20.30",
                title="Demo shirt II",
            ),
        ],
        pricing={"guard_percent": "30"},
    ),
    Rule(
        "Pricing policy, special price: used within its dates",
        {},
        [
            offered(),
            saved(
                "a special price of 19.99 is set, with an end date in the past",
                {"special_price": "19.99", "special_to_date": "2020-12-31 00:00:00"},
                price="29.00",
            ),
            saved(
                "its end date is moved to the future",
                {"special_to_date": "2099-12-31 00:00:00"},
                "price",
                price="19.99",
            ),
        ],
        pricing={"source": "special_price"},
    ),
)
