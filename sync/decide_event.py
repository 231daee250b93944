"""Decide one event: apply it to the last known state of its product, and ask the rules what it leads to. Pure.

The parts of `policies` are put together here for one event: store view, order, last known state, novelty, assignment,
decision.

Events of one product may arrive in the wrong order. Each stored value has a mark that says how new it is, and the value
of an event is taken unless its own mark is older (`policies.events.apply_event`). Two marks are compared by Magento's
`updated_at` where both have a credible one, else by the order in the topic's partition, and only across partitions by
the time at which the endpoint received them (`policies.events.event_order`). A time more than five minutes ahead of the
endpoint's clock is not credible, and a product that was deleted, or read from Magento after the event, takes nothing of
it but what was never received. An event that brings nothing newer is *stale*: row 1 of the decision table skips it, and
says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from policies.assign import assigned_by_rules
from policies.attribute_changes import as_number
from policies.case import Case
from policies.decision import Action, Decision
from policies.events.apply_event import AppliedEvent, apply_event, fill_in, values_of
from policies.events.event_order import precedes_delete_or_read
from policies.events.is_new import is_new
from policies.events.layers import Layers, SavedIn, layers_of, saved_in, without_inherited, without_outdated
from policies.observed_attributes import follows_final_price, only_price_or_stock
from policies.product_context import ProductContext
from policies.reasons import INELIGIBLE, Reason
from policies.rulebook import Rulebook
from policies.rules import decide
from policies.template_policies.inventory import is_false
from policies.template_policies.price import next_change, pricing_in_use
from schemas.attributes import STOCK_ATTRIBUTES, Attributes
from schemas.listing import Listing
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from schemas.synchronization_policy import SynchronizationPolicy

_UNTIL_IT_CHANGES: Final = frozenset({Reason.NOTHING_CHANGED, Reason.NO_OBSERVED_ATTRIBUTE_CHANGED})
"""After these decisions a listing stays as it is until something changes; its price may change with time alone."""


class Lane(IntEnum):
    """The order in which listings are delivered where more are due than can be sent: the lowest first.

    The first two are urgent: until they are sent, TikTok sells what is no longer there. They have a share of the leases
    and of the rate limit that no age takes (`sync_queue.URGENT`). `OFF_SALE`: a take-down, or stock that fell to 0.
    `REDUCED`: stock that fell, and what changed rules take off sale, which may be the whole catalogue at once.
    """

    OFF_SALE = -1
    REDUCED = 0
    PRICE = 1
    CONTENT = 2
    UPLOAD = 3


@dataclass(frozen=True, slots=True)
class EventDecision:
    """A decision and the product's state after it.

    `lane` is the listing's place in the sync queue, None where it is not due. `price_changes_at` is when the price of a
    listing that is not due changes with time alone, None where it does not.
    """

    decision: Decision
    context: ProductContext
    lane: Lane | None
    price_changes_at: datetime | None = None


def decide_event(
    event: ProductEvent, context: ProductContext, rulebook: Rulebook, now: datetime, *, read_delay: timedelta
) -> EventDecision:
    """Decide one event.

    `now` is the time from which a listing that becomes ineligible is marked. For `read_delay` see
    `policies.events.event_order.precedes_delete_or_read`.
    """
    magento, policy = rulebook.shop.magento, rulebook.policy
    before = context.product
    where = saved_in(event, before, magento)
    layers = layers_of(values_of(event, before), where, before, magento)
    if layers is None:
        if event.kind is not EventKind.DELETED:
            return EventDecision(decide(Case(context, rulebook, other_store_view=True)), context, None)
        layers = Layers({}, {})
    elif layers.store_view:
        layers = without_outdated(layers, before, event, magento.attribute_types)
    applied = _applied(before, event, layers, read_delay)
    product, stale = applied.product, applied.is_stale
    if where is SavedIn.ALL_STORE_VIEWS and before.store_view:
        product = without_inherited(product, before, event, magento.attribute_types)
    if (new := is_new(event, before, rulebook.upload_on_since)) is not product.is_new:
        product = replace(product, is_new=new)
    listing = context.listing if stale else assigned_by_rules(product, context.listing, rulebook)
    case = Case.of(
        ProductContext(product, listing, context.baseline),
        rulebook,
        now,
        original=None if event.original is None else _original(event.original, product, where, layers),
        stale=stale,
        moved=context.listing.template not in (None, listing.template),
    )
    decision = decide(case)
    listing = _marked(listing, decision, now)
    if decision.is_due:
        lane = _lane(decision, before, product, policy)
        return EventDecision(decision, ProductContext(product, listing, case.current), lane)
    price_changes_at = None
    if listing.listed and decision.reason in _UNTIL_IT_CHANGES and follows_final_price(policy):
        pricing = pricing_in_use(
            product, listing, rulebook.templates, rulebook.template_policies, rulebook.shop.magento
        )
        price_changes_at = next_change(product, pricing, now)
    return EventDecision(decision, ProductContext(product, listing, context.baseline), None, price_changes_at)


def _applied(before: Product, event: ProductEvent, layers: Layers, read_delay: timedelta) -> AppliedEvent:
    if precedes_delete_or_read(event, before, read_delay):
        return AppliedEvent(fill_in(before, event, layers), is_stale=True)
    return apply_event(before, event, layers)


def _original(original: Attributes, product: Product, where: SavedIn, layers: Layers) -> Attributes:
    """Return the values before the save that the shop's store view showed, too.

    Those of another store view, or of all store views where the shop's has its own, say nothing about what changed.
    """
    if where is SavedIn.OWN_VIEW:
        return original
    own, theirs = product.store_view, layers.default.keys() | layers.store_view.keys()
    return {
        code: value
        for code, value in original.items()
        if code in theirs and (code in layers.store_view or own.get(code) is None)
    }


def _marked(listing: Listing, decision: Decision, now: datetime) -> Listing:
    """Mark a listed product that becomes ineligible, even where the policy keeps it on TikTok.

    The next accepted sync clears the mark.
    """
    if not listing.listed or decision.reason not in INELIGIBLE:
        return listing
    return replace(
        listing,
        ineligible_since=listing.ineligible_since or now,
        ineligible_reason=decision.reason.value,
    )


def _lane(decision: Decision, before: Product, after: Product, policy: SynchronizationPolicy) -> Lane:
    if decision.action is Action.TAKE_DOWN:
        return Lane.OFF_SALE
    if decision.action is Action.UPLOAD:
        return Lane.UPLOAD
    # Whatever else has changed with it. With Inventory/Price Sync off, no stock is sent.
    stock_changed = any(change.attribute in STOCK_ATTRIBUTES for change in decision.changes)
    if policy.inventory_price_sync and stock_changed and (left := _quantity(after)) < _quantity(before):
        return Lane.REDUCED if left > 0 else Lane.OFF_SALE
    return Lane.PRICE if decision.changes and only_price_or_stock(decision.changes) else Lane.CONTENT


def _quantity(product: Product) -> int:
    if is_false(product.value("stock_status")):
        return 0
    return int(as_number(product.value("quantity")) or 0)
