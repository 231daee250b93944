"""The rules of the synchronization policy, as the merchant's document says them, each with a trial.

A trial is a story of saves in Magento; each step says which calls TikTok must then have got, and what it must hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

EVERYTHING: Mapping[str, Any] = MappingProxyType(
    {
        "product_upload": True,
        "product_update": True,
        "inventory_price_sync": True,
        "product_assign": True,
    }
)
SHIRT: Mapping[str, Any] = MappingProxyType(
    {
        "name": "Demo shirt",
        "description": "<p>A shirt for trying the rules.</p>",
        "price": "29.00",
        "qty": 18,
        "attribute_set_id": 9,
        "color": "Red",
        "size": "M",
        "status": 1,
        "visibility": 4,
    }
)
"""The product that each trial starts from."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done in Magento. `calls` are the writing calls that TikTok must have got, in their order.

    `holds` is what TikTok must hold then, of: listed, title, price, quantity, color, size. `words` None: the step
    only sets the stage, but is checked like any other.
    """

    how: str
    changes: Mapping[str, Any]
    words: str | None
    calls: tuple[str, ...] = ()
    holds: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in the document's words, the switches that it is about, and its trial.

    `records` is what our own records must then hold, of: assigned, activity, feed; `refused` the sentence that saving
    the policy must be refused with.
    """

    rule: str
    switches: Mapping[str, Any]
    steps: Sequence[Step] = ()
    records: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None

    @property
    def policy(self) -> dict[str, Any]:
        """The policy's document, without its title."""
        return {**EVERYTHING, **self.switches}


def _made(words: str | None = None, **told: Any) -> Step:
    holds = {"listed": True, "title": SHIRT["name"], "price": "29.00", "quantity": 18}
    return Step("create", told, words, ("create",), holds)


def _not_made(words: str, **told: Any) -> Step:
    return Step("create", told, words, (), {"listed": False})


def _saved(words: str | None, changes: Mapping[str, Any], *calls: str, **holds: Any) -> Step:
    return Step("save", changes, words, calls, holds)


def _stock(words: str | None, qty: int, *calls: str, **holds: Any) -> Step:
    return Step("stock", {"qty": qty}, words, calls, holds)


RULES: tuple[Rule, ...] = (
    Rule("A policy without a Title is refused", {"title": ""}, refused="a title has 1 to 120 characters"),
    Rule("Product Upload on: a new product goes up", {}, [_made("a new product is saved")]),
    Rule(
        "Product Upload off: a new product stays",
        {"product_upload": False},
        [_not_made("a new product is saved")],
    ),
    Rule(
        "Product Upload on, but no listing template's query holds: it stays",
        {},
        [_not_made("a new product of attribute set Gear is saved", attribute_set_id=11)],
    ),
    Rule(
        "Product Update on: a modified product is updated",
        {},
        [
            _made(),
            _saved("the name is changed", {"name": "Demo shirt II"}, "partial_edit", title="Demo shirt II"),
        ],
    ),
    Rule(
        "Product Update off: a modified product is left as it is",
        {"product_update": False, "inventory_price_sync": False},
        [_made(), _saved("the name is changed", {"name": "Demo shirt II"}, title="Demo shirt")],
    ),
    Rule(
        "Product Update on, but no listing template's query holds any more: nothing is sent",
        {},
        [
            _made(),
            _saved(
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
            _made(),
            _saved("the price is changed", {"price": "31.50"}, "price", price="31.50"),
            _stock("the stock is changed", 7, "inventory", quantity=7),
        ],
    ),
    Rule(
        "Inventory/Price Sync off: price and stock stay",
        {"inventory_price_sync": False},
        [
            _made(),
            _saved("the price is changed", {"price": "31.50"}, price="29.00"),
            _stock("the stock is changed", 7, quantity=18),
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
        [_not_made("a new product is saved, with Product Upload off")],
        {"assigned": "Shirts"},
    ),
    Rule(
        "Product Assign off: a new product goes up all the same, assigned to none",
        {"product_assign": False},
        [_made("a new product is saved")],
        {"assigned": None},
    ),
    Rule(
        "Sync Not Visible Individually Products on: a hidden product goes up",
        {"sync_not_visible_individually": True},
        [_made("a new product is saved, Not Visible Individually", visibility=1)],
    ),
    Rule(
        "Sync Not Visible Individually Products off: a hidden product stays",
        {},
        [_not_made("a new product is saved, Not Visible Individually", visibility=1)],
    ),
    Rule(
        "Only Specific Attributes, Color observed: a change of Color sends Color, Size and Quantity",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [
            _made(color="Red", size="M"),
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
            _made(color="Red", size="M"),
            _saved("Size alone is changed", {"size": "L"}, color="Red", size="M"),
            _saved("Color is changed", {"color": "Blue"}, "partial_edit", color="Blue", size="L"),
        ],
    ),
    Rule(
        "… Quantity not observed: a change of stock alone sends nothing",
        {"only_specific_attributes": True, "observed_attributes": ["color"]},
        [_made(), _stock("the stock is changed", 7, quantity=18)],
    ),
    Rule(
        "… Quantity observed: a change of stock is sent",
        {"only_specific_attributes": True, "observed_attributes": ["color", "quantity"]},
        [_made(), _stock("the stock is changed", 7, "inventory", quantity=7)],
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
            _made(color="Red", size="M"),
            _saved("Size alone is changed", {"size": "L"}, "partial_edit", size="L"),
        ],
    ),
    Rule(
        "Activity Log enabled: each decision and outcome is kept",
        {},
        [_made("a new product is saved")],
        {"activity": True},
    ),
    Rule(
        "Activity Log disabled: none is kept, the sync is the same",
        {"activity_log": False},
        [_made("a new product is saved")],
        {"activity": False},
    ),
    Rule(
        "Synchronization Feed Log enabled: each exchange of data is kept",
        {},
        [_made("a new product is saved")],
        {"feed": True},
    ),
    Rule(
        "Synchronization Feed Log disabled: none is kept, the sync is the same",
        {"feed_log": False},
        [_made("a new product is saved")],
        {"feed": False},
    ),
    Rule(
        "A save that changes nothing costs no call, a price one, a name and a price two",
        {},
        [
            _made(),
            _saved("saved without a change", {}),
            _saved("the price is changed", {"price": "31.50"}, "price", price="31.50"),
            _saved(
                "name and price are changed",
                {"name": "Demo shirt II", "price": "32.00"},
                *("price", "partial_edit"),
                title="Demo shirt II",
                price="32.00",
            ),
        ],
    ),
)
