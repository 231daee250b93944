"""Write the notes of many syncs in one transaction, each only if its lease is still valid.

Each table is written once for all notes, not once per note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from consumer.random_ids import random_id
from consumer.results.counters import delivery_counts
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
from records.log.activity import ActivityRow, decision_level
from records.log.dead_letters import DeadLetter
from records.log.events import Ending
from records.log.feeds import LONGEST_BODY, FeedRow
from records.log.outcomes import OutcomeRow
from schemas.listing import OWNED_BY_ANOTHER, Listing, ListingStatus, OutcomeKind
from schemas.product import Product
from sync.decide_event import Lane
from tiktok.client.exchange import Exchange


def record(connection: Connection, notes: Sequence[Note], rulebooks: Rulebooks, now: datetime) -> list[bool]:
    """Write the notes, at most one per listing. Return for each whether it was written.

    False means that the lease was lost: of such a note only the exchanges are kept.
    """
    feeds.put(
        connection,
        [
            _feed(note.leased, exchange)
            for note in notes
            if note.leased.policy.feed_log
            for exchange in note.exchanges
        ],
    )
    owned = {note.leased.product.id: note.leased.lease.pending.lease_token for note in notes}
    products.lock(connection, owned.keys())
    found = sync_queue_leases.lock_owned(connection, owned)
    # Their former owners made calls that the next owners don't know of.
    sync_queue_leases.require_read_back(connection, owned.keys() - found.keys())
    ours = [note for note in notes if note.leased.product.id in found]
    for note in ours:
        if note.adopted is not None:
            listings.release_claims(connection, note.leased.shop.key, note.adopted, note.leased.product.id)
    listings.save_delivered(connection, [note.listing for note in ours])
    for note in ours:
        _put_optional(connection, note, now)
    products.settle_novelty(connection, [note.leased.product.id for note in ours if note.passed])
    ended = events.finish(
        connection,
        [
            Ending(note.leased.product.id, note.leased.lease.pending.request_number, note.end)
            for note in ours
            if note.end is not None
        ],
        now=now,
    )
    newest = {product_id: ids[0] for product_id, ids in ended.items() if ids}
    _put_outcomes(connection, ours, newest, now)
    _release_rows(connection, ours, rulebooks, now)
    _requeue_refused_for_freed_skus(connection, ours, now)
    under_lease = [note.leased.product.id in found for note in notes]
    counters.add(connection, delivery_counts(notes, under_lease, now=now), now=now)
    return under_lease


def _put_optional(connection: Connection, note: Note, now: datetime) -> None:
    """Write the parts that most notes do not have."""
    leased = note.leased
    if note.template is not None and leased.listing.template is None:
        listings.remember_template(connection, leased.product.id, note.template)
    if note.eligible and leased.listing.ineligible_since is not None:
        listings.clear_ineligible(connection, leased.product.id, leased.listing.ineligible_since)
    if leased.confirmed_prices and note.listing.last_sent.price != leased.listing.last_sent.price:
        confirmed_prices.clear(connection, leased.product.id)
    if note.dead is not None:
        dead_letters.put(connection, [_letter(note, note.dead, now)])


def _release_rows(connection: Connection, notes: Sequence[Note], rulebooks: Rulebooks, now: datetime) -> None:
    done = [note for note in notes if isinstance(note.row, Done)]
    again = {
        *_standing_changed_meanwhile(connection, done, rulebooks, now),
        *_freed_meanwhile(connection, done),
    }
    postponed = [
        Postponement(
            note.leased.product.id,
            note.leased.lease.pending.request_number,
            note.row.at,
            note.row.tries,
            note.row.read_back_first,
            requested=note.leased.lease.pending.requested and note.end is None,
            awaiting_audit=note.row.awaiting_audit,
        )
        for note in notes
        if isinstance(note.row, Reschedule)
    ]
    postponed += [
        Postponement(note.leased.product.id, note.leased.lease.pending.request_number, now)
        for note in done
        if note.leased.product.id in again
    ]
    sync_queue_leases.postpone(connection, postponed, now=now)
    sync_queue_leases.finish(
        connection,
        {
            note.leased.product.id: note.leased.lease.pending.request_number
            for note in done
            if note.leased.product.id not in again
        },
        now=now,
    )
    sync_queue.schedule(connection, list(_scheduled_prices(connection, done, rulebooks, now)))


def _standing_changed_meanwhile(
    connection: Connection, done: Sequence[Note], rulebooks: Rulebooks, now: datetime
) -> Iterator[int]:
    """Yield the products whose standing changed while their listings were created, so that they must be synced again.

    An event that makes a product ineligible is a SKIP while the product is not listed, and queues nothing. If it came
    during the create, the new listing would stay on sale. So the standing is evaluated again in the transaction that
    stores the new listing, or in the first one that finds the product ineligible, if an audit was followed before.
    """
    to_check = {
        note.leased.product.id: note
        for note in done
        if (_may_be_newly_listed(note) or _is_found_ineligible(note))
        and note.leased.shop.key in rulebooks.shops
    }
    products_now, found = products.load(connection, to_check), listings.load(connection, to_check)
    for product_id, note in to_check.items():
        if _must_sync_again(connection, note, products_now[product_id], found[product_id], rulebooks, now):
            yield product_id


def _requeue_refused_for_freed_skus(connection: Connection, notes: Sequence[Note], now: datetime) -> None:
    """Make the products due that were refused because one of these listings had their SKU on sale.

    It has it no longer: the listing was renamed on TikTok, taken off sale or removed.
    """
    freed: dict[str, set[str]] = {}
    for note in notes:
        before = note.leased.listing
        if before.tiktok_product_id is not None and _skus_on_sale(before) - _skus_on_sale(note.listing):
            freed.setdefault(note.leased.shop.key, set()).add(before.tiktok_product_id)
    for shop, tiktok_product_ids in freed.items():
        waiting = listings.refused_beside(connection, shop, tiktok_product_ids)
        sync_queue.enqueue_listings(connection, waiting, lane=Lane.UPLOAD, now=now)


def _skus_on_sale(listing: Listing) -> Set[str]:
    on_sale = listing.exists and listing.status not in (
        ListingStatus.SELLER_DEACTIVATED,
        ListingStatus.DELETED,
    )
    return listing.skus.keys() if on_sale else frozenset()


def _freed_meanwhile(connection: Connection, done: Sequence[Note]) -> Iterator[int]:
    """Yield the products that were just refused beside another listing which has let go of their SKU meanwhile."""
    for note in done:
        leased, outcome = note.leased, note.outcome
        if outcome is None or outcome.kind is not OutcomeKind.TWO_LISTINGS_ON_TIKTOK:
            continue
        for code, *tiktok_product_ids in outcome.codes:
            owners = [
                listings.holder(connection, leased.shop.key, found, leased.product.id)
                for found in tiktok_product_ids
            ]
            if code == OWNED_BY_ANOTHER and not all(owner is not None and owner.on_sale for owner in owners):
                yield leased.product.id


def _may_be_newly_listed(note: Note) -> bool:
    return not (note.leased.listing.listed or isinstance(note.standing, LeftAlone | None))


def _is_found_ineligible(note: Note) -> bool:
    carried_out = note.standing
    return note.leased.listing.ineligible_since is None and (
        isinstance(carried_out, TakenDown)
        or (isinstance(carried_out, LeftAlone) and carried_out.reason in INELIGIBLE)
    )


def _scheduled_prices(
    connection: Connection, done: Sequence[Note], rulebooks: Rulebooks, now: datetime
) -> Iterator[ScheduledSync]:
    """Yield a scheduled sync for each live listing whose price changes at a known time (a special price)."""
    live = {
        note.leased.product.id: note.leased.shop.key
        for note in done
        if isinstance(note.standing, Live)
        and note.leased.shop.key in rulebooks.shops
        and rulebooks.template_policies.pricing_policies
        and follows_final_price(rulebooks.policy_of(note.leased.shop.key).policy)
    }
    # Read again, because an event that sends nothing may have changed the dates while the calls ran.
    products_now, found = products.load(connection, live), listings.load(connection, live)
    for product_id, shop in live.items():
        product, listing = products_now[product_id], found[product_id]
        pricing = pricing_in_use(
            product, listing, rulebooks.templates, rulebooks.template_policies, rulebooks.shops[shop].magento
        )
        price_changes_at = next_change(product, pricing, now) if listing.listed else None
        if price_changes_at is not None:
            yield ScheduledSync(product_id, shop, Lane.PRICE, price_changes_at)


def _must_sync_again(
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
        return not (isinstance(note.standing, TakenDown) and note.standing.how is fresh.how)
    if isinstance(fresh, LeftAlone) and fresh.reason in INELIGIBLE and listing.listed:
        listings.mark_ineligible(connection, product.id, fresh.reason, now)
    return False


def _put_outcomes(
    connection: Connection, notes: Sequence[Note], newest: Mapping[int, str], now: datetime
) -> None:
    rows: list[OutcomeRow] = []
    history: list[ActivityRow] = []
    for note in notes:
        leased = note.leased
        event_id = newest.get(leased.product.id, leased.event_id)
        if note.outcome is not None:
            rows.append(_outcome(leased, note.outcome, event_id, now))
        if leased.policy.activity_log:
            history.extend(_history(note, event_id, now))
    outcomes.put(connection, rows)
    activity.put(connection, history)


def _outcome(leased: LeasedListing, outcome: Outcome, event_id: str | None, now: datetime) -> OutcomeRow:
    return OutcomeRow(
        outcome_id=random_id(),
        shop=leased.shop.key,
        product_id=leased.product.id,
        sku=leased.product.sku,
        event_id=event_id,
        kind=outcome.kind.value,
        operation=outcome.operation,
        code=outcome.code,
        request_id=outcome.request_id,
        at=now,
    )


def _history(note: Note, event_id: str | None, now: datetime) -> Iterator[ActivityRow]:
    """Yield the rows of the activity log: the outcome, or why nothing was sent; then the remarks."""
    product = note.leased.product
    row = partial(
        ActivityRow,
        at=now,
        shop=note.leased.shop.key,
        product_id=product.id,
        sku=product.sku,
        actor="delivery",
        event_id=event_id,
    )
    if (outcome := note.outcome) is not None:
        yield row(
            level="error" if outcome.kind.is_failed else "info",
            kind="outcome",
            action=outcome.operation or "none",
            reason=outcome.kind.value,
            message=" ".join(part for part in (outcome.message, outcome.hint) if part),
            details={"code": outcome.code, "request_id": outcome.request_id},
        )
    if (reason := note.left_alone) is not None:
        words = f"Nothing was sent: {reason_sentence(reason)}"
        level = decision_level(reason)
        yield row(level=level, kind="outcome", action="none", reason=reason.value, message=words)
    for remark in note.remarks:
        yield row(level="warning", kind="note", action="none", reason=remark.reason, message=remark.message)


def _feed(leased: LeasedListing, exchange: Exchange) -> FeedRow:
    row = feed_row(
        exchange,
        shop=leased.shop.key,
        product_id=leased.product.id,
        sku=leased.product.sku,
        event_id=leased.event_id,
    )
    return replace(row, request=exchange.request[:LONGEST_BODY], response=exchange.response[:LONGEST_BODY])


def _letter(note: Note, reason: str, now: datetime) -> DeadLetter:
    """Return the dead letter of a listing. Its origin is a row of the sync queue: product and request number."""
    leased, outcome = note.leased, note.outcome
    return DeadLetter(
        shop=leased.shop.key,
        origin_topic="pending_syncs",
        origin_partition=leased.lease.pending.request_number,
        origin_offset=leased.product.id,
        origin_timestamp=int(now.timestamp() * 1000),
        key=f"{leased.shop.key}/{leased.product.sku}".encode(),
        value=None,
        headers=(),
        reason=reason,
        error_class=outcome.kind.value if outcome else "",
        error_message=outcome.message if outcome else "",
        first_failed_at=leased.lease.pending.since,
    )
