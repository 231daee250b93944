"""Decide: does this event make the listing due, and why. The whole decision table, top to bottom.

Rows 1 and 2 are the event's own; rows 3 to 10 are the product's standing; rows 11 to 17 ask what changed. A decision
is a value that explains itself: no input or output, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from policies.attribute_changes import Change, changes
from policies.observed_attributes import observed, only_price_or_stock
from policies.price import derived, pricing_in_use
from policies.product_context import Asked, ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebook
from policies.standing import LeftAlone, TakenDown, standing
from schemas.attributes import Attributes


class Action(StrEnum):
    """What a decision leads to."""

    UPLOAD = "upload"
    SYNC = "sync"
    TAKE_DOWN = "take_down"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says to do, and why. `changes` are those that the reason names."""

    action: Action
    reason: Reason
    changes: tuple[Change, ...] = ()

    @property
    def is_due(self) -> bool:
        """The listing is to be looked at by delivery."""
        return self.action is not Action.SKIP


@dataclass(frozen=True)
class Case:
    """What a decision rests on: a product under a rulebook, and what the event in question adds.

    `original` holds the values before the save, where the event carries them, and is empty for a new product; `stale`
    and `other_store_view` are the event's own; `moved` says that Product Assign has just moved the listing to another
    template; `derived` holds the attributes that move by the clock, as they are now.
    """

    context: ProductContext
    rulebook: Rulebook
    derived: Attributes = field(default_factory=dict)
    original: Attributes | None = None
    stale: bool = False
    other_store_view: bool = False
    moved: bool = False

    @classmethod
    def of(
        cls,
        context: ProductContext,
        rulebook: Rulebook,
        now: datetime,
        *,
        original: Attributes | None = None,
        stale: bool = False,
        moved: bool = False,
    ) -> Case:
        """Return the case at this moment: prices that move by the clock are as they are now."""
        product = context.product
        pricing = pricing_in_use(product, context.listing, rulebook.templates, rulebook.template_policies)
        return cls(context, rulebook, derived(product, pricing, now), original, stale, False, moved)

    @property
    def current(self) -> Attributes:
        """The attributes as they are now; the next baseline."""
        return {**self.context.product.attributes, **self.derived}

    @property
    def previous(self) -> Attributes:
        """What `current` is compared with: the baseline, else the event's original values over the current ones.

        A baseline that is older than the template's use of a price that moves by the clock has no value for it.
        """
        baseline = self.context.baseline
        if baseline is not None:
            return {**self.derived, **baseline}
        return {**self.current, **(self.original or {})}

    @property
    def first_seen(self) -> bool:
        """There is nothing to compare with yet."""
        return self.context.baseline is None and not self.original

    @cached_property
    def changed(self) -> tuple[Change, ...]:
        """What differs between `previous` and `current`, each attribute compared by its type."""
        return changes(self.previous, self.current, self.rulebook.shop.magento.attribute_types)


def decide(case: Case) -> Decision:
    """The first row that holds decides."""
    if case.stale:
        return Decision(Action.SKIP, Reason.STALE_EVENT)
    if case.other_store_view:
        return Decision(Action.SKIP, Reason.OTHER_STORE_VIEW)
    now = standing(case.context, case.rulebook)
    if isinstance(now, LeftAlone):
        return Decision(Action.SKIP, now.reason)
    if isinstance(now, TakenDown):
        return Decision(Action.TAKE_DOWN, now.reason)
    if not case.context.listing.listed:
        return Decision(Action.UPLOAD, now.reason)
    return _decide_by_change(case)


def _decide_by_change(case: Case) -> Decision:
    """Rows 11 to 17: the product is listed and should be live."""
    listing, policy, asked = case.context.listing, case.rulebook.policy, case.context.asked
    if listing.ineligible_since is not None:
        return Decision(Action.SYNC, Reason.BECAME_ELIGIBLE)
    if case.moved:
        return Decision(Action.SYNC, Reason.TEMPLATE_CHANGED)
    if asked is Asked.PERSON:
        return Decision(Action.SYNC, Reason.SYNC_REQUESTED)
    if asked is Asked.POLICY:
        return Decision(Action.SYNC, Reason.POLICY_CHANGED)
    if case.first_seen:
        return Decision(Action.SYNC, Reason.FIRST_SEEN)
    changed = case.changed
    if not changed:
        return Decision(Action.SKIP, Reason.NOTHING_CHANGED)
    last = listing.last_outcome
    if last is not None and last.is_refusal:
        return Decision(Action.SYNC, Reason.NOT_ACCEPTED_YET, changed)
    counting = observed(changed, policy)
    if not counting:
        return Decision(Action.SKIP, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, changed)
    if policy.only_specific_attributes:
        return Decision(Action.SYNC, Reason.OBSERVED_ATTRIBUTE_CHANGED, counting)
    if only_price_or_stock(changed) and not policy.inventory_price_sync:
        return Decision(Action.SKIP, Reason.INVENTORY_PRICE_SYNC_OFF, changed)
    return Decision(Action.SYNC, Reason.ATTRIBUTE_CHANGED, changed)
