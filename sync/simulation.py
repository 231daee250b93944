"""Simulate recorded events under given rules, on a state in memory. Pure: TikTok and the database are not called.

The state starts empty, and `decide_event` decides each event as in intake. Delivery is simulated: TikTok accepts
everything at once, so that an uploaded product is listed, and a product that may be sold again is eligible again.

Memory grows with the number of products, not with the number of events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from policies.attribute_changes import as_date
from policies.decision import Action
from policies.product_context import ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebook
from policies.standing import Live, TakenDown, standing
from schemas.attributes import Attributes
from schemas.listing import AssignedBy, FirstAudit, LastSent, Listing, ListingStatus, OutcomeKind
from schemas.product import Product
from schemas.product_event import ProductEvent
from sync.decide_event import decide_event
from sync.desired_state import DesiredState, desired_state, live_state
from tiktok.listing.desired_listing import Refusal
from tiktok.listing.sync_plan import Call, Operation, after

CHILDREN: Final = "configurable_product_links"
SIMULATED_ID: Final = "0"
"""Stands for the ids that TikTok would assign."""


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """What the database has of a product now, after the recorded events.

    `listing` is its listing, None where the product is not stored; `existed` says that the product was judged to be
    older than Product Upload when it was first seen.
    """

    listing: Listing | None = None
    is_child: bool = False
    existed: bool = False


@dataclass(slots=True)
class SimulatedProduct:
    """One product in one simulation: its state after the events so far, and how often each action was decided.

    `first_values` has each attribute as it was first received. For a product that was listed before the first event
    they stand for what TikTok had, because what was sent then is no longer stored.
    """

    context: ProductContext
    stored: StoredProduct
    first_values: Attributes = field(default_factory=dict)
    actions: Counter[Action] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Tally:
    """The number of decisions by action and reason, and of the TikTok calls they lead to by operation and by shop."""

    decisions: Counter[tuple[Action, Reason]] = field(default_factory=Counter)
    calls: Counter[Operation] = field(default_factory=Counter)
    calls_of_shops: Counter[str] = field(default_factory=Counter)

    def count_calls(self, shop: str, operations: Sequence[Operation]) -> None:
        """Count these calls for a product of this shop."""
        self.calls.update(operations)
        if operations:
            self.calls_of_shops[shop] += len(operations)


class Simulation:
    """One run of recorded events under one set of rules.

    `rulebook_of` returns a shop's rulebook. `since` is when the recorded events begin: a product that is listed now
    counts as listed then, unless its first event says that it was created later.
    """

    def __init__(
        self, rulebook_of: Callable[[str], Rulebook], since: datetime, *, read_delay: timedelta
    ) -> None:
        self._rulebook_of = rulebook_of
        self._read_delay = read_delay
        self._since = since
        # All keys are (shop, entity id) or (shop, SKU).
        self._by_entity: dict[tuple[str, str], SimulatedProduct] = {}
        self._by_sku: dict[tuple[str, str], SimulatedProduct] = {}
        self._parents_of: dict[tuple[str, str], set[str]] = {}
        self._children_of: dict[tuple[str, str], set[str]] = {}
        self.products: list[SimulatedProduct] = []
        self.tally = Tally()

    def apply(self, event: ProductEvent, stored: StoredProduct) -> None:
        """Decide one event, as of the moment when it was received, and simulate the delivery of what is due."""
        rulebook = self._rulebook_of(event.shop)
        product = self._product(event, stored)
        if product.stored.existed and not product.context.product.seen_whole and event.is_new is None:
            event = replace(event, is_new=False)
        decided = decide_event(
            event, product.context, rulebook, event.received_at, read_delay=self._read_delay
        )
        product.context = decided.context
        product.actions[decided.decision.action] += 1
        self.tally.decisions[decided.decision.action, decided.decision.reason] += 1
        self._index(product)
        if decided.decision.reason is not Reason.STALE_EVENT:
            self._store_children(event, product.context.product)
        if product.context.listing.last_sent.content is None:
            current = product.context.product.attributes
            product.first_values = {**current, **(event.original or {}), **product.first_values}
        if decided.decision.is_due:
            product.context, calls = deliver(
                product.context, rulebook, product.first_values, event.received_at
            )
            operations = [call.operation for call in calls]
            # Every create is preceded by a search.
            searches = [Operation.SEARCH] if Operation.CREATE in operations else []
            self.tally.count_calls(event.shop, [*searches, *operations])

    def _product(self, event: ProductEvent, stored: StoredProduct) -> SimulatedProduct:
        """Return the event's product, found by entity id or else by SKU; a new one where it is not found.

        A product that only its SKU identified so far is the product whose entity id comes with that SKU.
        """
        entity, shop = event.entity_id, event.shop
        found = self._by_entity.get((shop, entity)) if entity is not None else None
        if found is None and event.sku is not None:
            by_sku = self._by_sku.get((shop, event.sku))
            if by_sku is not None and (entity is None or by_sku.context.product.entity_id is None):
                found = by_sku
        if found is None:
            context = _first_context(event, stored, len(self.products) + 1, self._since)
            found = SimulatedProduct(context, stored)
            self.products.append(found)
        product = found.context.product
        child = found.stored.is_child or bool(self._parents_of.get((shop, product.entity_id or entity or "")))
        if product.is_child is not child:
            found.context = replace(found.context, product=replace(product, is_child=child))
        return found

    def _index(self, simulated: SimulatedProduct) -> None:
        product = simulated.context.product
        if product.entity_id is not None:
            self._by_entity[product.shop, product.entity_id] = simulated
        if product.sku is not None:
            other = self._by_sku.get((product.shop, product.sku), simulated)
            self._by_sku[product.shop, product.sku] = max(simulated, other, key=_precedence)

    def _store_children(self, event: ProductEvent, parent: Product) -> None:
        """Store the children that a configurable product names: they belong to its listing."""
        value = event.attributes.get(CHILDREN)
        if parent.entity_id is None or not isinstance(value, list):
            return
        named = {str(child) for child in value}
        before = self._children_of.get((event.shop, parent.entity_id), set())
        for child in before - named:
            self._parents_of[event.shop, child].discard(parent.entity_id)
        for child in named - before:
            self._parents_of.setdefault((event.shop, child), set()).add(parent.entity_id)
        self._children_of[event.shop, parent.entity_id] = named


def deliver(
    context: ProductContext, rulebook: Rulebook, first_values: Attributes, now: datetime
) -> tuple[ProductContext, Sequence[Call]]:
    """Return the context after TikTok has accepted everything that is due, and the calls that this takes.

    `first_values` are the attributes that TikTok is taken to have of a listed product for which nothing was sent yet.
    """
    product, listing = context.product, context.listing
    should_be = standing(context, rulebook)
    if isinstance(should_be, TakenDown):
        calls = desired_state(context, rulebook, now).plan.calls
        return replace(context, listing=_accepted(listing, calls)), calls
    if not isinstance(should_be, Live):
        return context, ()
    if listing.listed and listing.last_sent.content is None:
        first = replace(product, default=first_values, store_view={})
        state = live_state(replace(context, product=first), rulebook, should_be, now)
        listing = _with_last_sent(listing, state, first)
    sends = live_state(replace(context, listing=listing), rulebook, should_be, now)
    refused = isinstance(sends.wanted, Refusal)
    if refused and not listing.listed:
        return replace(context, listing=replace(listing, last_outcome=OutcomeKind.REFUSED_HERE)), ()
    if listing.template is None:
        listing = replace(listing, template=should_be.template.title, assigned_by=AssignedBy.REMEMBERED)
    if not listing.listed:
        listing = replace(
            listing,
            tiktok_product_id=SIMULATED_ID,
            skus={product.sku or "": SIMULATED_ID},
            status=ListingStatus.ACTIVATE,
            first_audit=FirstAudit.PASSED,
            gone=False,
        )
        product = replace(product, is_new=False)
    listing = _accepted(listing, sends.plan.calls)
    if refused:
        listing = replace(listing, last_outcome=OutcomeKind.REFUSED_HERE)
    else:
        listing = replace(
            listing, ineligible_since=None, ineligible_reason=None, last_outcome=OutcomeKind.ACCEPTED
        )
    return replace(context, product=product, listing=listing), sends.plan.calls


def _first_context(
    event: ProductEvent, stored: StoredProduct, number: int, since: datetime
) -> ProductContext:
    product = Product(event.shop, event.sku, event.entity_id, number)
    listing = Listing(number, event.shop)
    if stored.listing is not None and not _was_created_since(event, since):
        listing = _as_it_was(stored.listing, number)
    return ProductContext(product, listing)


def _was_created_since(event: ProductEvent, since: datetime) -> bool:
    if event.is_new is not None:
        return event.is_new
    created = as_date(event.attributes.get("created_at"))
    return created is not None and created.replace(tzinfo=UTC) >= since


def _as_it_was(listing: Listing, number: int) -> Listing:
    """Return the listing as it was before the events, as far as it is known: on TikTok or not, and its template where
    a person assigned it.
    """
    by_hand = listing.assigned_by is AssignedBy.HAND
    return Listing(
        number,
        listing.shop,
        tiktok_product_id=listing.tiktok_product_id,
        skus=listing.skus,
        status=ListingStatus.ACTIVATE if listing.listed else None,
        first_audit=FirstAudit.PASSED if listing.listed else listing.first_audit,
        gone=listing.gone,
        template=listing.template if by_hand else None,
        assigned_by=listing.assigned_by if by_hand else None,
    )


def _with_last_sent(listing: Listing, state: DesiredState, product: Product) -> Listing:
    """Return the listing as if the desired state of its product had been sent before."""
    wanted = state.wanted.parts if isinstance(state.wanted, Refusal) else state.wanted
    if wanted is None:
        return listing
    sent = LastSent(wanted.content, wanted.price, wanted.stock, wanted.availability)
    return replace(listing, skus=listing.skus or {product.sku or "": SIMULATED_ID}, last_sent=sent)


def _accepted(listing: Listing, calls: Sequence[Call]) -> Listing:
    statuses = {
        Operation.DEACTIVATE: ListingStatus.SELLER_DEACTIVATED,
        Operation.DELETE: ListingStatus.DELETED,
        Operation.RECOVER: ListingStatus.SELLER_DEACTIVATED,
        Operation.ACTIVATE: ListingStatus.ACTIVATE,
    }
    for call in calls:
        status = statuses.get(call.operation, listing.status)
        listing = replace(listing, status=status, last_sent=after(listing.last_sent, call.sends))
    return listing


def _precedence(simulated: SimulatedProduct) -> tuple[bool, bool, int]:
    """Of several products with one SKU the newest that is not deleted counts."""
    product = simulated.context.product
    return not product.deleted, product.entity_id is not None, product.id
