"""Recording: the notes of many deliveries, written down in one transaction, each under its lease.

Nothing that an owner says counts once its lease is lost. A table is written once for all notes, never once a note.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from consumer.results.counters import recorded
from consumer.results.feed_row import feed_row
from consumer.results.results import Done, LeasedListing, Note, Outcome, Reschedule
from policies.messages import reason_sentence
from policies.observed_attributes import follows_final_price
from policies.product_context import ProductContext
from policies.reasons import INELIGIBLE
from policies.rulebook import Rulebooks
from policies.standing import LeftAlone, Live, TakenDown, standing
from policies.template_policies.price import next_change, pricing_in_use
from records.catalog import confirmed_prices, listings, products, sync_queue, sync_queue_leases
from records.catalog.sync_queue import ScheduledSync
from records.catalog.sync_queue_leases import Postponement
from records.log import activity, counters, dead_letters, events, feeds, outcomes
from records.log.activity import ActivityRow
from records.log.dead_letters import DeadLetter
from records.log.events import Ending
from records.log.feeds import LONGEST_BODY, FeedRow
from records.log.outcomes import OutcomeRow
from schemas.listing import Listing
from schemas.product import Product
from sync.decide_event import Lane
from tiktok.client.exchange import Exchange


def record(connection: Connection, notes: Sequence[Note], rulebooks: Rulebooks, now: datetime) -> list[bool]:
    """Write the notes, at most one a listing; False for each whose lease was lost: only its exchanges are kept."""
    feeds.put(
        connection,
        [_feed(note.due, one) for note in notes if note.due.policy.feed_log for one in note.exchanges],
    )
    owned = {note.due.product.id: note.due.lease.pending.lease_token for note in notes}
    products.lock(connection, owned.keys())
    found = sync_queue_leases.lock_owned(connection, owned)
    # Calls were made that these rows' next owners know nothing of.
    sync_queue_leases.require_read_back(connection, owned.keys() - found.keys())
    ours = [note for note in notes if note.due.product.id in found]
    listings.save_delivered(connection, [note.listing for note in ours])
    for note in ours:
        _put_rare(connection, note, now)
    products.settle_novelty(connection, [note.due.product.id for note in ours if note.passed])
    ended = events.finish(
        connection,
        [
            Ending(note.due.product.id, note.due.lease.pending.request_number, note.end)
            for note in ours
            if note.end is not None
        ],
        now=now,
    )
    newest = {product_id: ids[0] for product_id, ids in ended.items() if ids}
    _put_outcomes(connection, ours, newest, now)
    _give_back(connection, ours, rulebooks, now)
    still = [note.due.product.id in found for note in notes]
    counters.add(connection, recorded(notes, still, now=now), now=now)
    return still


def _put_rare(connection: Connection, note: Note, now: datetime) -> None:
    """What most notes do not have."""
    due = note.due
    if note.template is not None and due.listing.template is None:
        listings.remember_template(connection, due.product.id, note.template)
    if note.adopted is not None:
        listings.release_claims(connection, due.shop.key, note.adopted, due.product.id)
    if note.eligible and due.listing.ineligible_since is not None:
        listings.clear_ineligible(connection, due.product.id, due.listing.ineligible_since)
    if due.confirmed_prices and note.listing.last_sent.price != due.listing.last_sent.price:
        confirmed_prices.clear(connection, due.product.id)
    if note.dead is not None:
        dead_letters.put(connection, [_letter(note, note.dead, now)])


def _give_back(connection: Connection, notes: Sequence[Note], rulebooks: Rulebooks, now: datetime) -> None:
    done = [note for note in notes if isinstance(note.row, Done)]
    again = set(_standing_otherwise(connection, done, rulebooks, now))
    postponed = [
        Postponement(
            note.due.product.id,
            note.due.lease.pending.request_number,
            note.row.at,
            note.row.tries,
            note.row.read_back_first,
            requested=note.due.lease.pending.requested and note.end is None,
            awaiting_audit=note.row.awaiting_audit,
        )
        for note in notes
        if isinstance(note.row, Reschedule)
    ]
    postponed += [
        Postponement(note.due.product.id, note.due.lease.pending.request_number, now)
        for note in done
        if note.due.product.id in again
    ]
    sync_queue_leases.postpone(connection, postponed, now=now)
    sync_queue_leases.finish(
        connection,
        {
            note.due.product.id: note.due.lease.pending.request_number
            for note in done
            if note.due.product.id not in again
        },
        now=now,
    )
    sync_queue.schedule(connection, list(_moving(connection, done, rulebooks, now)))


def _standing_otherwise(
    connection: Connection, done: Sequence[Note], rulebooks: Rulebooks, now: datetime
) -> Iterator[int]:
    """While the calls ran, an event that found the listing not yet there may have told that it must go again.

    Such an event is a SKIP and touches no row, so the look is taken here, in the transaction that makes it listed; or
    in the one that finds it ineligible first, where its first audit had to be followed in between.
    """
    asked = {
        note.due.product.id: note
        for note in done
        if (_came_to_be(note) or _is_found_ineligible(note)) and note.due.shop.key in rulebooks.shops
    }
    known, found = products.load(connection, asked), listings.load(connection, asked)
    for product_id, note in asked.items():
        if _stands_otherwise(connection, note, known[product_id], found[product_id], rulebooks, now):
            yield product_id


def _came_to_be(note: Note) -> bool:
    return not (note.due.listing.listed or isinstance(note.stood, LeftAlone | None))


def _is_found_ineligible(note: Note) -> bool:
    stood = note.stood
    return note.due.listing.ineligible_since is None and (
        isinstance(stood, TakenDown) or (isinstance(stood, LeftAlone) and stood.reason in INELIGIBLE)
    )


def _moving(
    connection: Connection, done: Sequence[Note], rulebooks: Rulebooks, now: datetime
) -> Iterator[ScheduledSync]:
    """Whose price moves by the clock: a listing that is live now, and has nothing else to wait for."""
    live = {
        note.due.product.id: note.due.shop.key
        for note in done
        if isinstance(note.stood, Live)
        and note.due.shop.key in rulebooks.shops
        and rulebooks.template_policies.pricing_policies
        and follows_final_price(rulebooks.policy_of(note.due.shop.key).policy)
    }
    # Read anew: while the calls ran, a save that sends nothing may have told other dates.
    known, found = products.load(connection, live), listings.load(connection, live)
    for product_id, shop in live.items():
        product, listing = known[product_id], found[product_id]
        pricing = pricing_in_use(product, listing, rulebooks.templates, rulebooks.template_policies)
        moves_at = next_change(product, pricing, now) if listing.listed else None
        if moves_at is not None:
            yield ScheduledSync(product_id, shop, Lane.PRICE, moves_at)


def _stands_otherwise(
    connection: Connection,
    note: Note,
    product: Product,
    listing: Listing,
    rulebooks: Rulebooks,
    now: datetime,
) -> bool:
    fresh = standing(ProductContext(product, listing), rulebooks.of(product.shop))
    if isinstance(fresh, TakenDown):
        if listing.ineligible_since is None:
            listings.mark_ineligible(connection, product.id, fresh.reason, now)
        return not (isinstance(note.stood, TakenDown) and note.stood.how is fresh.how)
    if isinstance(fresh, LeftAlone) and fresh.reason in INELIGIBLE and listing.listed:
        listings.mark_ineligible(connection, product.id, fresh.reason, now)
    return False


def _put_outcomes(
    connection: Connection, notes: Sequence[Note], newest: Mapping[int, str], now: datetime
) -> None:
    rows: list[OutcomeRow] = []
    history: list[ActivityRow] = []
    for note in notes:
        due = note.due
        event_id = newest.get(due.product.id, due.event_id)
        if note.outcome is not None:
            rows.append(_outcome(due, note.outcome, event_id, now))
        if due.policy.activity_log:
            history.extend(_history(note, event_id, now))
    outcomes.put(connection, rows)
    activity.put(connection, history)


def _outcome(due: LeasedListing, outcome: Outcome, event_id: str | None, now: datetime) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=str(uuid.uuid4()),
        shop=due.shop.key,
        product_id=due.product.id,
        sku=due.product.sku,
        event_id=event_id,
        kind=outcome.kind.value,
        operation=outcome.operation,
        code=outcome.code,
        request_id=outcome.request_id,
        at=now,
    )


def _history(note: Note, event_id: str | None, now: datetime) -> Iterator[ActivityRow]:
    """What the merchant may read of it: the outcome, or why nothing was sent in the end; then the remarks."""
    product = note.due.product
    row = partial(
        ActivityRow,
        at=now,
        shop=note.due.shop.key,
        product_id=product.id,
        sku=product.sku,
        actor="delivery",
        event_id=event_id,
    )
    if (outcome := note.outcome) is not None:
        yield row(
            level="error" if outcome.kind.is_refusal else "info",
            kind="outcome",
            action=outcome.operation or "none",
            reason=outcome.kind.value,
            message=" ".join(part for part in (outcome.message, outcome.hint) if part),
            details={"code": outcome.code, "request_id": outcome.request_id},
        )
    if (reason := note.superseded) is not None:
        words = f"Nothing was sent in the end: {reason_sentence(reason)}"
        yield row(level="info", kind="outcome", action="none", reason=reason.value, message=words)
    for remark in note.remarks:
        yield row(level="warning", kind="note", action="none", reason=remark.reason, message=remark.message)


def _feed(due: LeasedListing, exchange: Exchange) -> FeedRow:
    row = feed_row(
        exchange, shop=due.shop.key, product_id=due.product.id, sku=due.product.sku, event_id=due.event_id
    )
    return replace(row, request=exchange.request[:LONGEST_BODY], response=exchange.response[:LONGEST_BODY])


def _letter(note: Note, reason: str, now: datetime) -> DeadLetter:
    """Return the dead letter of a listing. Its origin is a row of the sync queue: product and request number."""
    due, outcome = note.due, note.outcome
    return DeadLetter(
        shop=due.shop.key,
        origin_topic="pending_syncs",
        origin_partition=due.lease.pending.request_number,
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
