"""A simulation: recorded events ruled under given rules, on a state in memory. Pure: nobody is called.

The state starts empty, and each event goes through the same decided as in intake. Delivery is imagined: TikTok takes
everything at once, so an uploaded product is listed and one that is back is eligible again.
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
from tiktok.listing.desired_listing import WantedListing
from tiktok.listing.sync_plan import Call, Operation, after

CHILDREN: Final = "configurable_product_links"
IMAGINED: Final = "0"
"""In place of the ids that TikTok would give."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What the records say by now of a product: its listing, and whether it was judged to be no new one."""

    listing: Listing | None = None
    is_child: bool = False
    existed: bool = False


@dataclass(slots=True)
class Life:
    """One product in one simulation: what is known of it by now, and how often each action was decided.

    `first` is each attribute as it was when it was first told: what TikTok held of a product that was listed.
    """

    context: ProductContext
    origin: Origin
    first: Attributes = field(default_factory=dict)
    actions: Counter[Action] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Tally:
    """Decisions by action and reason, and the TikTok calls that they would have taken, by operation and by shop."""

    decisions: Counter[tuple[Action, Reason]] = field(default_factory=Counter)
    calls: Counter[Operation] = field(default_factory=Counter)
    calls_of_shops: Counter[str] = field(default_factory=Counter)

    def called(self, shop: str, operations: Sequence[Operation]) -> None:
        """These calls for a product of this shop."""
        self.calls.update(operations)
        if operations:
            self.calls_of_shops[shop] += len(operations)


class Simulation:
    """One run of the events under one set of rules.

    `rulebook_of` gives a shop's rules; `since` is from when the events tell: what is listed by now was listed
    then, unless its first event tells that it was made later.
    """

    def __init__(
        self, rulebook_of: Callable[[str], Rulebook], since: datetime, *, read_delay: timedelta
    ) -> None:
        self._rulebook_of = rulebook_of
        self._read_delay = read_delay
        self._since = since
        self._by_entity: dict[tuple[str, str], Life] = {}
        self._by_sku: dict[tuple[str, str], Life] = {}
        self._parents: dict[tuple[str, str], set[str]] = {}
        self._held: dict[tuple[str, str], set[str]] = {}
        self.lives: list[Life] = []
        self.tally = Tally()

    def take(self, event: ProductEvent, origin: Origin) -> None:
        """Rule one event, as of when it was received, and imagine what it leads to."""
        rulebook = self._rulebook_of(event.shop)
        life = self._life(event, origin)
        if life.origin.existed and life.context.product.received_at is None and event.is_new is None:
            event = replace(event, is_new=False)
        decided = decide_event(event, life.context, rulebook, event.received_at, read_delay=self._read_delay)
        life.context = decided.context
        life.actions[decided.decision.action] += 1
        self.tally.decisions[decided.decision.action, decided.decision.reason] += 1
        self._name(life)
        if decided.decision.reason is not Reason.STALE_EVENT:
            self._take_children(event, life.context.product)
        if life.context.listing.last_sent.content is None:
            life.first = {**life.context.product.attributes, **(event.original or {}), **life.first}
        if decided.decision.is_due:
            life.context, calls = delivered(life.context, rulebook, life.first, event.received_at)
            operations = [call.operation for call in calls]
            # Every create is preceded by a search.
            searches = [Operation.SEARCH] if Operation.CREATE in operations else []
            self.tally.called(event.shop, [*searches, *operations])

    def _life(self, event: ProductEvent, origin: Origin) -> Life:
        """By entity id, else by SKU; one known by its SKU alone is the one whose entity id is told now."""
        entity, shop = event.entity_id, event.shop
        life = self._by_entity.get((shop, entity)) if entity is not None else None
        if life is None and event.sku is not None:
            by_sku = self._by_sku.get((shop, event.sku))
            if by_sku is not None and (entity is None or by_sku.context.product.entity_id is None):
                life = by_sku
        if life is None:
            life = Life(_first_sight(event, origin, len(self.lives) + 1, self._since), origin)
            self.lives.append(life)
        product = life.context.product
        child = life.origin.is_child or bool(self._parents.get((shop, product.entity_id or entity or "")))
        if product.is_child is not child:
            life.context = replace(life.context, product=replace(product, is_child=child))
        return life

    def _name(self, life: Life) -> None:
        product = life.context.product
        if product.entity_id is not None:
            self._by_entity[product.shop, product.entity_id] = life
        if product.sku is not None:
            other = self._by_sku.get((product.shop, product.sku), life)
            self._by_sku[product.shop, product.sku] = max(life, other, key=_newest)

    def _take_children(self, event: ProductEvent, parent: Product) -> None:
        """A configurable names its children: they are products of its listing."""
        value = event.attributes.get(CHILDREN)
        if parent.entity_id is None or not isinstance(value, list):
            return
        named = {str(one) for one in value}
        found = self._held.get((event.shop, parent.entity_id), set())
        for child in found - named:
            self._parents[event.shop, child].discard(parent.entity_id)
        for child in named - found:
            self._parents.setdefault((event.shop, child), set()).add(parent.entity_id)
        self._held[event.shop, parent.entity_id] = named


def delivered(
    context: ProductContext, rulebook: Rulebook, value: Attributes, now: datetime
) -> tuple[ProductContext, Sequence[Call]]:
    """What is known once TikTok has taken all that is due, and the calls that it takes.

    `held` is the product as TikTok holds it, where nothing is known yet of what was last sent.
    """
    product, listing = context.product, context.listing
    stands = standing(context, rulebook)
    if isinstance(stands, TakenDown):
        calls = desired_state(context, rulebook, now).plan.calls
        return replace(context, listing=_accepted(listing, calls)), calls
    if not isinstance(stands, Live):
        return context, ()
    if listing.listed and listing.last_sent.content is None:
        shown = replace(product, default=value, store_view={})
        listing = _holding(listing, live_state(replace(context, product=shown), rulebook, stands, now), shown)
    sends = live_state(replace(context, listing=listing), rulebook, stands, now)
    if not isinstance(sends.wanted, WantedListing):
        return replace(context, listing=replace(listing, last_outcome=OutcomeKind.REFUSED_HERE)), ()
    if listing.template is None:
        listing = replace(listing, template=stands.template.title, assigned_by=AssignedBy.REMEMBERED)
    if not listing.listed:
        listing = replace(
            listing,
            tiktok_product_id=IMAGINED,
            skus={product.sku or "": IMAGINED},
            status=ListingStatus.ACTIVATE,
            first_audit=FirstAudit.PASSED,
            gone=False,
        )
        product = replace(product, is_new=False)
    listing = replace(
        _accepted(listing, sends.plan.calls),
        ineligible_since=None,
        ineligible_reason=None,
        last_outcome=OutcomeKind.ACCEPTED,
    )
    return replace(context, product=product, listing=listing), sends.plan.calls


def _first_sight(event: ProductEvent, origin: Origin, number: int, since: datetime) -> ProductContext:
    product = Product(event.shop, event.sku, event.entity_id, number)
    listing = Listing(number, event.shop)
    if origin.listing is not None and not _was_made_since(event, since):
        listing = _as_it_was(origin.listing, number)
    return ProductContext(product, listing)


def _was_made_since(event: ProductEvent, since: datetime) -> bool:
    if event.is_new is not None:
        return event.is_new
    created = as_date(event.attributes.get("created_at"))
    return created is not None and created.replace(tzinfo=UTC) >= since


def _as_it_was(listing: Listing, number: int) -> Listing:
    """What a listing was before the events, as far as that can be told: on TikTok or not, and a choice by hand."""
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


def _holding(listing: Listing, shown: DesiredState, product: Product) -> Listing:
    """The listing as if TikTok had been given what these rules make of the product as it was."""
    if not isinstance(shown.wanted, WantedListing):
        return listing
    wanted = shown.wanted
    sent = LastSent(wanted.content, wanted.price, wanted.stock, wanted.availability)
    return replace(listing, skus=listing.skus or {product.sku or "": IMAGINED}, last_sent=sent)


def _accepted(listing: Listing, calls: Sequence[Call]) -> Listing:
    moved = {
        Operation.DEACTIVATE: ListingStatus.SELLER_DEACTIVATED,
        Operation.DELETE: ListingStatus.DELETED,
        Operation.RECOVER: ListingStatus.SELLER_DEACTIVATED,
        Operation.ACTIVATE: ListingStatus.ACTIVATE,
    }
    for call in calls:
        status = moved.get(call.operation, listing.status)
        listing = replace(listing, status=status, last_sent=after(listing.last_sent, call.sends))
    return listing


def _newest(life: Life) -> tuple[bool, bool, int]:
    product = life.context.product
    return not product.deleted, product.entity_id is not None, product.id
