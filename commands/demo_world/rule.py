"""A rule with its trial: a story of saves in Magento, each with what TikTok must then have got, and must hold."""

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

    `holds` is what TikTok must hold then, of: listed, title, price, quantity, color, size, images (how many). `words`
    None: the step only sets the stage, but is checked like any other.

    Before it, TikTok is told what goes wrong there: `faults` for this product's calls, `seller` is what the seller does
    to it by hand, `tiktok` what stands there until the trial is over. `waits`: the save has no end yet, for something
    on TikTok is waited for.
    """

    how: str
    changes: Mapping[str, Any]
    words: str | None
    calls: tuple[str, ...] = ()
    holds: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()
    seller: Mapping[str, Any] | None = None
    tiktok: Mapping[str, Any] | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in the document's words, the switches that it is about, and its trial.

    `records` is what our own records must then hold, of: assigned, activity, feed, renewed, stopped; `refused` the
    sentence that saving the policy must be refused with. `pricing`, `inventory` and `images` are the policies of a
    listing template of its own.
    """

    rule: str
    switches: Mapping[str, Any]
    steps: Sequence[Step] = ()
    records: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None
    pricing: Mapping[str, Any] | None = None
    inventory: Mapping[str, Any] | None = None
    images: Mapping[str, Any] | None = None

    @property
    def policy(self) -> dict[str, Any]:
        """The policy's document, without its title."""
        return {**EVERYTHING, **self.switches}


def made(words: str | None = None, **value: Any) -> Step:
    """A new product is saved, and goes up as it is."""
    holds = {"listed": True, "title": SHIRT["name"], "price": "29.00", "quantity": 18}
    return Step("create", value, words, ("create",), holds)


def not_made(words: str, **value: Any) -> Step:
    """A new product is saved, and stays."""
    return Step("create", value, words, (), {"listed": False})


def saved(words: str | None, changes: Mapping[str, Any], *calls: str, **holds: Any) -> Step:
    """The product is saved with these changes; what TikTok must have got and hold then."""
    return Step("save", changes, words, calls, holds)


def stock(words: str | None, qty: int, *calls: str, **holds: Any) -> Step:
    """Its stock alone is changed."""
    return Step("stock", {"qty": qty}, words, calls, holds)
