"""Notes: what a delivery learnt, written down under its lease.

Nothing that an owner says counts once its lease is lost.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from policies.reasons import INELIGIBLE, Reason
from policies.sentences import reason_sentence
from policies.standing import LeftAlone, Standing, TakenDown, standing
from records import activity, dead_letters, events, feeds, listings, outcomes, pending_syncs, products
from records.activity import ActivityRow
from records.dead_letters import DeadLetter
from records.events import End
from records.feeds import FeedRow
from records.governing import Governing
from records.outcomes import OutcomeRow
from records.pending_syncs import PendingSync
from schemas.listing import Listing, OutcomeKind
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from tiktok.exchange import Exchange

LONGEST_FEED = 100_000
_LEVELS = {True: "error", False: "info"}


@dataclass(slots=True)
class Lease:
    """A leased row; `until` moves as the lease is renewed. Times are aware UTC."""

    pending: PendingSync
    until: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A leased listing with all that its delivery rests on; `event_id` is the newest event that waits for it."""

    lease: Lease
    product: Product
    listing: Listing
    shop: Shop
    policy: SynchronizationPolicy
    templates: tuple[ListingTemplate, ...]
    event_id: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What TikTok answered, or what we found before asking; `message` is for the merchant."""

    kind: OutcomeKind
    message: str
    operation: str | None = None
    code: int | None = None
    request_id: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The row has served its purpose, as of its wish."""


@dataclass(frozen=True, slots=True)
class Later:
    """The row waits until `at`."""

    at: datetime
    tries: int = 0
    look_first: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to write down. `row` None keeps the lease; `end` ends the events that wait, up to the leased wish.

    `stood` is the standing that was carried out; `template` the one it was made with; `passed` that the first audit
    did; `eligible` that the listing is back; `adopted` the TikTok product that is this listing's from now on;
    `superseded` why the events that waited are not carried out any more; `dead` why the listing is a dead letter.
    """

    due: Due
    listing: Listing
    exchanges: tuple[Exchange, ...] = ()
    outcome: Outcome | None = None
    end: End | None = None
    row: Done | Later | None = None
    stood: Standing | None = None
    template: str | None = None
    passed: bool = False
    eligible: bool = False
    adopted: str | None = None
    superseded: Reason | None = None
    dead: str | None = None


def record(connection: Connection, note: Note, governing: Governing, now: datetime) -> bool:
    """Write the note; False where the lease was lost, and then only the exchanges are kept."""
    due, pending = note.due, note.due.lease.pending
    if due.policy.feed_log:
        feeds.put(connection, [_feed(due, exchange) for exchange in note.exchanges])
    if not pending_syncs.holds(connection, pending.product_id, pending.lease_token):
        # A call was made that this row's next owner knows nothing of.
        pending_syncs.look_first(connection, pending.product_id)
        return False
    listings.save_delivered(connection, note.listing)
    if note.template is not None:
        listings.remember_template(connection, due.product.id, note.template)
    if note.adopted is not None:
        listings.release_claims(connection, due.shop.key, note.adopted, due.product.id)
    if note.passed:
        products.settle_novelty(connection, [due.product.id])
    if note.eligible and due.listing.ineligible_since is not None:
        listings.clear_ineligible(connection, due.product.id, due.listing.ineligible_since)
    if note.dead is not None:
        dead_letters.put(connection, [_letter(note, note.dead, now)])
    event_id = due.event_id
    if note.end is not None:
        ended = events.finish(connection, product_id=due.product.id, wish=pending.wish, end=note.end, now=now)
        event_id = ended[0] if ended else event_id
    if note.outcome is not None:
        _put_outcome(connection, due, note.outcome, event_id, now)
    if note.superseded is not None and due.policy.activity_log:
        activity.put(connection, [_superseded(due, note.superseded, event_id, now)])
    _give_back(connection, note, governing, now)
    return True


def _give_back(connection: Connection, note: Note, governing: Governing, now: datetime) -> None:
    pending = note.due.lease.pending
    if isinstance(note.row, Later):
        pending_syncs.postpone(
            connection,
            product_id=pending.product_id,
            wish=pending.wish,
            token=pending.lease_token,
            due_at=note.row.at,
            now=now,
            tries=note.row.tries,
            look_first=note.row.look_first,
            asked=pending.asked and note.end is None,
        )
    elif isinstance(note.row, Done):
        if _stands_otherwise(connection, note, governing, now):
            pending_syncs.postpone(
                connection,
                product_id=pending.product_id,
                wish=pending.wish,
                token=pending.lease_token,
                due_at=now,
                now=now,
                tries=0,
                look_first=False,
                asked=False,
            )
            return
        pending_syncs.finish(
            connection, product_id=pending.product_id, wish=pending.wish, token=pending.lease_token, now=now
        )


def _stands_otherwise(connection: Connection, note: Note, governing: Governing, now: datetime) -> bool:
    """While the calls ran, an event that found the listing not yet there may have told that it must go again.

    Such an event is a SKIP and touches no row, so the look is taken here, in the transaction that makes it listed.
    """
    if note.stood is None or isinstance(note.stood, LeftAlone) or note.due.shop.key not in governing.shops:
        return False
    product_id = note.due.product.id
    product = products.load(connection, [product_id])[product_id]
    listing = listings.load(connection, [product_id])[product_id]
    fresh = standing(
        product,
        governing.policy_of(product.shop).policy,
        governing.templates,
        listing,
        website_id=governing.shops[product.shop].magento.website_id,
    )
    if isinstance(fresh, TakenDown):
        if listing.ineligible_since is None:
            listings.mark_ineligible(connection, product_id, fresh.reason, now)
        return not (isinstance(note.stood, TakenDown) and note.stood.how is fresh.how)
    if isinstance(fresh, LeftAlone) and fresh.reason in INELIGIBLE and listing.listed:
        listings.mark_ineligible(connection, product_id, fresh.reason, now)
    return False


def _put_outcome(
    connection: Connection, due: Due, outcome: Outcome, event_id: str | None, now: datetime
) -> None:
    sku = due.product.sku
    outcomes.put(
        connection,
        [
            OutcomeRow(
                outcome_id=str(uuid.uuid4()),
                shop=due.shop.key,
                product_id=due.product.id,
                sku=sku,
                event_id=event_id,
                kind=outcome.kind.value,
                operation=outcome.operation,
                code=outcome.code,
                request_id=outcome.request_id,
                at=now,
            )
        ],
    )
    if due.policy.activity_log:
        row = ActivityRow(
            at=now,
            shop=due.shop.key,
            product_id=due.product.id,
            sku=sku,
            level=_LEVELS[outcome.kind.is_refusal],
            actor="delivery",
            kind="outcome",
            action=outcome.operation or "none",
            reason=outcome.kind.value,
            message=" ".join(part for part in (outcome.message, outcome.hint) if part),
            event_id=event_id,
            details={"code": outcome.code, "request_id": outcome.request_id},
        )
        activity.put(connection, [row])


def _superseded(due: Due, reason: Reason, event_id: str | None, now: datetime) -> ActivityRow:
    return ActivityRow(
        at=now,
        shop=due.shop.key,
        product_id=due.product.id,
        sku=due.product.sku,
        level="info",
        actor="delivery",
        kind="outcome",
        action="none",
        reason=reason.value,
        message=f"Nothing was sent in the end: {reason_sentence(reason)}",
        event_id=event_id,
    )


def _feed(due: Due, exchange: Exchange) -> FeedRow:
    return FeedRow(
        at=exchange.at,
        shop=due.shop.key,
        product_id=due.product.id,
        sku=due.product.sku,
        direction="out",
        operation=exchange.operation,
        event_id=due.event_id,
        http_status=exchange.http_status,
        code=exchange.code,
        message=exchange.message,
        request_id=exchange.request_id,
        milliseconds=exchange.milliseconds,
        request=exchange.request[:LONGEST_FEED],
        response=exchange.response[:LONGEST_FEED],
    )


def _letter(note: Note, reason: str, now: datetime) -> DeadLetter:
    """A listing as a dead letter: it came from no topic but from the pending syncs, product and wish."""
    due, outcome = note.due, note.outcome
    return DeadLetter(
        shop=due.shop.key,
        origin_topic="pending_syncs",
        origin_partition=due.lease.pending.wish,
        origin_offset=due.product.id,
        origin_timestamp=int(now.timestamp() * 1000),
        key=f"{due.shop.key}/{due.product.sku}".encode(),
        value=None,
        headers=(),
        reason=reason,
        error_class=outcome.kind.value if outcome else "",
        error_message=outcome.message if outcome else "",
        first_failed_at=due.lease.pending.since,
    )
