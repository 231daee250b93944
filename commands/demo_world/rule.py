"""A rule with its trial: changes in Magento, with the calls that TikTok must get and the listing that must result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

EVERYTHING: Mapping[str, object] = MappingProxyType(
    {
        "product_upload": True,
        "product_update": True,
        "inventory_price_sync": True,
        "product_assign": True,
    }
)
SHIRT: Mapping[str, object] = MappingProxyType(
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
"""The attributes that each trial's product starts with."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change in Magento. `calls` are the writing calls that TikTok must get, in order.

    `expected` is what TikTok must have afterwards, of: listed, status, title, price, quantity, color, size, images
    (their number). A step whose `words` are None prepares the next one: it is checked, and not shown.

    What TikTok does meanwhile is set before the step: `faults` for this product's calls, `seller` for what the seller
    edits by hand, `tiktok` for settings of the sandbox that stay until the trial ends. A step that edits the rules
    (`how` is "rules") has in its `changes` what changes of the rule's `switches`, `pricing` or `template`. `waits`
    means that the save stays open, because the sync waits for something on TikTok. `view` is the store view of a save,
    `fires` whether its webhooks are sent.
    """

    how: str
    changes: Mapping[str, object]
    words: str | None
    calls: tuple[str, ...] = ()
    expected: Mapping[str, object] = field(default_factory=dict)
    faults: Sequence[Mapping[str, object]] = ()
    seller: Mapping[str, object] | None = None
    tiktok: Mapping[str, object] | None = None
    waits: bool = False
    view: int = 0
    fires: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in the words of the merchant's document, the switches that it is about, and its trial.

    `records` is what our own records must contain afterwards, of: assigned, activity, feed, renewed, stopped, named (a
    text in a reason). `refused` is the message that saving the policy must be refused with. `pricing`, `inventory` and
    `images` are policies of a listing template of the rule's own, and `template` has fields of that template. `hooks`
    are events that the store also sends.
    """

    rule: str
    switches: Mapping[str, object]
    steps: Sequence[Step] = ()
    records: Mapping[str, object] = field(default_factory=dict)
    refused: str | None = None
    pricing: Mapping[str, object] | None = None
    inventory: Mapping[str, object] | None = None
    images: Mapping[str, object] | None = None
    template: Mapping[str, object] | None = None
    hooks: Sequence[str] = ()

    @property
    def policy(self) -> dict[str, object]:
        """Return the fields of the synchronization policy, without its title."""
        return {**EVERYTHING, **self.switches}

    @property
    def alone(self) -> bool:
        """Return whether it is tried before the others, because one of them would disturb the other.

        A step may change settings of the sandbox TikTok Shop, which every shop would notice. And where the shop stops,
        its product waits for a person; an edit of the rules in another trial would make it due at once.
        """
        return self.records.get("stopped") is True or any(step.tiktok is not None for step in self.steps)

    def edited(self, changes: Mapping[str, object]) -> Rule:
        """Return the rule after a person edited what a step of `rules_edited` names."""
        return replace(
            self,
            switches=_merged(self.switches, changes.get("switches")) or {},
            pricing=_merged(self.pricing, changes.get("pricing")),
            template=_merged(self.template, changes.get("template")),
        )


def _merged(before: Mapping[str, object] | None, edit: object) -> Mapping[str, object] | None:
    return {**(before or {}), **edit} if isinstance(edit, Mapping) else before


def created(words: str | None = None, **changes: object) -> Step:
    """Save a new product, which is listed as it is."""
    expected = {"listed": True, "title": SHIRT["name"], "price": "29.00", "quantity": 18}
    return Step("create", changes, words, ("create",), expected)


def not_created(words: str, **changes: object) -> Step:
    """Save a new product, which is not listed."""
    return Step("create", changes, words, (), {"listed": False})


def saved(words: str | None, changes: Mapping[str, object], *calls: str, **expected: object) -> Step:
    """Save the product with these changes."""
    return Step("save", changes, words, calls, expected)


def stock(words: str | None, qty: int, *calls: str, **expected: object) -> Step:
    """Change the product's stock alone."""
    return Step("stock", {"qty": qty}, words, calls, expected)


def rules_edited(
    words: str, changes: Mapping[str, Mapping[str, object]], *calls: str, **expected: object
) -> Step:
    """Edit the policies or the template of the rule, as in the console: see `Step`."""
    return Step("rules", changes, words, calls, expected)
