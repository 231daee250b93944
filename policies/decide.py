"""Decide: does this event make the listing due, and why. The whole decision table, top to bottom.

Rows 1 and 2 are the event's own; rows 3 to 10 are the product's standing; rows 11 to 17 ask what changed. A decision
is a value that explains itself: no input or output, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from policies.attribute_changes import Change, changes
from policies.observed_attributes import observed, only_price_or_stock
from policies.reasons import Reason
from policies.standing import Asked, LeftAlone, TakenDown, standing
from schemas.attributes import Attributes, AttributeType
from schemas.listing import Listing
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy


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


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision rests on. `product` is as it is with the event in it; `baseline` None before the first one.

    `original` holds the values before the save, where the event told them, and is empty for a new product; `moved`
    says that Product Assign has just moved the listing to another template; `types` how the store's own attributes
    compare; `derived` the attributes that move by the clock, as they are now.
    """

    product: Product
    policy: SynchronizationPolicy
    listing: Listing
    templates: Sequence[ListingTemplate] = ()
    baseline: Attributes | None = None
    original: Attributes | None = None
    stale: bool = False
    other_store_view: bool = False
    moved: bool = False
    asked: Asked = Asked.NOBODY
    website_id: int | None = None
    types: Mapping[str, AttributeType] = field(default_factory=dict)
    derived: Attributes = field(default_factory=dict)

    @property
    def present(self) -> Attributes:
        """What counts as changed or not, as it is now; and what the next baseline is."""
        return {**self.product.attributes, **self.derived}

    @property
    def before(self) -> Attributes:
        """What that is compared with: the baseline, else the event's own original values over the present ones.

        A baseline from before its template took a price that moves by the clock tells nothing of it.
        """
        if self.baseline is not None:
            return {**self.derived, **self.baseline}
        return {**self.present, **(self.original or {})}


def decide(facts: Facts) -> Decision:
    """The first row that holds decides."""
    if facts.stale:
        return Decision(Action.SKIP, Reason.STALE_EVENT)
    if facts.other_store_view:
        return Decision(Action.SKIP, Reason.OTHER_STORE_VIEW)
    now = standing(
        facts.product,
        facts.policy,
        facts.templates,
        facts.listing,
        facts.asked,
        website_id=facts.website_id,
    )
    if isinstance(now, LeftAlone):
        return Decision(Action.SKIP, now.reason)
    if isinstance(now, TakenDown):
        return Decision(Action.TAKE_DOWN, now.reason)
    if not facts.listing.listed:
        return Decision(Action.UPLOAD, now.reason)
    return _decide_by_change(facts)


def _decide_by_change(facts: Facts) -> Decision:
    """Rows 11 to 17: the product is listed and should be live."""
    if facts.listing.ineligible_since is not None:
        return Decision(Action.SYNC, Reason.BECAME_ELIGIBLE)
    if facts.moved:
        return Decision(Action.SYNC, Reason.TEMPLATE_CHANGED)
    if facts.asked is Asked.PERSON:
        return Decision(Action.SYNC, Reason.SYNC_REQUESTED)
    if facts.asked is Asked.POLICY:
        return Decision(Action.SYNC, Reason.POLICY_CHANGED)
    if facts.baseline is None and not facts.original:
        return Decision(Action.SYNC, Reason.FIRST_SEEN)
    changed = changes(facts.before, facts.present, facts.types)
    if not changed:
        return Decision(Action.SKIP, Reason.NOTHING_CHANGED)
    last = facts.listing.last_outcome
    if last is not None and last.is_refusal:
        return Decision(Action.SYNC, Reason.NOT_ACCEPTED_YET, changed)
    counting = observed(changed, facts.policy)
    if not counting:
        return Decision(Action.SKIP, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED, changed)
    if facts.policy.only_specific_attributes:
        return Decision(Action.SYNC, Reason.OBSERVED_ATTRIBUTE_CHANGED, counting)
    if only_price_or_stock(changed) and not facts.policy.inventory_price_sync:
        return Decision(Action.SKIP, Reason.INVENTORY_PRICE_SYNC_OFF, changed)
    return Decision(Action.SYNC, Reason.ATTRIBUTE_CHANGED, changed)
