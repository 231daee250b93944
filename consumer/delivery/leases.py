"""Leases: the transaction that made listings due, or that made room for them, leases them by a plain call.

A lease is renewed until it is released. How many listings of a shop are leased at once is decided here.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Connection

from consumer.delivery import shop_stopped
from consumer.delivery.circuit_breaker import ShopHealth
from consumer.delivery.daily_listing_cap import ListingCap
from consumer.results.results import Lease, LeasedListing
from policies.product_context import ProductContext
from policies.rulebook import Rulebooks
from records.catalog import confirmed_prices, listings, products, sync_queue_leases
from records.log import events
from records.rules import shops as shop_records
from schemas.shop import Shop
from tiktok.client.client import TikTokShop
from tiktok.client.rate_limit import RateLimiter

LEASE = timedelta(seconds=20)
RENEW_EVERY = 5.0
MOST_TOKENS: Final = 10**7
"""A token has at most 40 characters: 32 of the process, a slash and seven digits."""


@dataclass(frozen=True, slots=True)
class DueListings:
    """What may be leased as of `now`: the due listings of these `shops` (None: of all).

    `products` are those that the transaction has in memory exactly as it leaves them, and that need not be read again.
    """

    rulebooks: Rulebooks
    now: datetime
    shops: Collection[str] | None = None
    products: Mapping[int, ProductContext] = field(default_factory=dict)


class Dispatch(Protocol):
    """Leases listings inside a transaction, and starts their syncs after its commit."""

    def take(self, connection: Connection, due: DueListings) -> Sequence[LeasedListing]:
        """Lease what is due, as far as there is room. The caller hands the result to `start_leased` or `cancel`."""

    def start_leased(self, leased: Sequence[LeasedListing]) -> None:
        """The transaction that leased them has committed: start their syncs."""

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """The transaction that leased them has failed: they were never leased."""


class NoLease:
    """A `Dispatch` that leases nothing: due listings stay in the queue."""

    def take(self, connection: Connection, due: DueListings) -> Sequence[LeasedListing]:
        """Lease nothing."""
        return ()

    def start_leased(self, leased: Sequence[LeasedListing]) -> None:
        """There is nothing to start."""

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """There is nothing to give up."""


no_lease: Final = NoLease()


@dataclass(slots=True)
class OpenShop:
    """A shop as delivery works with it; made anew when its settings change."""

    shop: Shop
    calls: TikTokShop
    health: ShopHealth
    pace: RateLimiter
    cap: ListingCap
    stopped_in_records: str | None
    """Why it is stopped, as far as the records know."""
    in_progress: int = 0


class Leases:
    """What this process has leased. Thread safe; its lock guards the numbers alone, and is held across no I/O.

    Room is reserved before the rows are leased and given back where fewer are due, so that two transactions at once
    never lease more than there are workers for.
    """

    def __init__(
        self,
        calls_of: Callable[[Shop, RateLimiter], TikTokShop],
        *,
        calls_in_flight: int,
        calls_per_second: float,
        cap_look: timedelta,
        stopping: Callable[[], bool],
    ) -> None:
        """`calls_of` makes the client of a shop; `stopping` returns whether nothing may be leased any more."""
        self._calls_of = calls_of
        self._calls_in_flight = calls_in_flight
        self._calls_per_second = calls_per_second
        self._consumers = 1
        self._cap_look = cap_look
        self._stopping = stopping
        self._token = uuid.uuid4().hex
        self._transactions = itertools.count()
        self._lock = threading.Lock()
        self._shops: dict[str, OpenShop] = {}
        self._leased: dict[int, Lease] = {}
        self._reserved = 0
        self._renewed_at = 0.0

    def take(self, connection: Connection, due: DueListings) -> list[LeasedListing]:
        """Lease what is due, in the caller's transaction, as far as there is room.

        Once it has committed the syncs may start; where it fails, the caller hands the result to `cancel`.
        """
        leased: list[LeasedListing] = []
        if self._stopping() or self.in_progress > self._calls_in_flight * 3 // 2:
            # The workers have enough to do: rows are leased many at a time, not one for each that is done.
            return leased
        rulebooks, paused = due.rulebooks, due.rulebooks.paused()
        shops = (
            sync_queue_leases.due_shops(connection, now=due.now) if due.shops is None else sorted(due.shops)
        )
        try:
            for key in shops:
                if key in rulebooks.shops and key not in paused and rulebooks.shops[key].tiktok.connected:
                    leased.extend(self._take_of_shop(connection, rulebooks.shops[key], due))
        except BaseException:
            self.cancel(leased)
            raise
        return leased

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """The transaction that leased these has failed: its rows are as they were, and so is the room."""
        for listing in leased:
            self.release(listing)

    def _take_of_shop(self, connection: Connection, shop: Shop, due: DueListings) -> list[LeasedListing]:
        opened = self._open(connection, shop)
        limit = self._reserve(opened, len(due.rulebooks.shops), due.now)
        if limit <= 0:
            return []
        listings_leased: list[LeasedListing] = []
        try:
            rows = sync_queue_leases.lease(
                connection, shop.key, now=due.now, until=due.now + LEASE, token=self._new_token(), limit=limit
            )
            loaded = list(_load(connection, rows, opened.shop, due))
            listings_leased = list(defer_same_sku(connection, loaded, due.now))
        finally:
            with self._lock:
                self._reserved -= limit
                opened.in_progress += len(listings_leased) - limit
                self._leased.update((listing.product.id, listing.lease) for listing in listings_leased)
        return listings_leased

    def _new_token(self) -> str:
        """Return a token for the rows of one transaction; all of them begin with this process's own.

        A lease that expired before it was renewed may be leased again by this very process. A note of its former owner
        must not count then, so the two leases need different tokens.
        """
        return f"{self._token}/{next(self._transactions) % MOST_TOKENS}"

    def _reserve(self, shop: OpenShop, shops: int, now: datetime) -> int:
        """Room for so many more of this shop, counted as in hand from now on."""
        with self._lock:
            in_progress = len(self._leased) + self._reserved
            limit = min(
                shop.health.slots(self._share(), shop.in_progress, now),
                self._room(shops, in_progress, shop.in_progress),
            )
            limit = max(0, limit)
            self._reserved += limit
            shop.in_progress += limit
            return limit

    @property
    def in_progress(self) -> int:
        """How many listings are being synced."""
        with self._lock:
            return len(self._leased) + self._reserved

    def shops(self) -> dict[str, OpenShop]:
        """The shops that were delivered to since the start."""
        with self._lock:
            return dict(self._shops)

    def share(self, consumers: int) -> None:
        """So many processes call each shop, this one among them."""
        self._consumers = consumers
        for shop in self.shops().values():
            shop.pace.share(consumers)

    def shop_of(self, due: LeasedListing) -> OpenShop:
        """The shop of a listing that is in hand."""
        return self._shops[due.shop.key]

    def release(self, due: LeasedListing) -> None:
        """The listing is in hand no more. Repeated, where its transaction is repeated, it changes nothing."""
        with self._lock:
            if due.lease.released:
                return
            due.lease.released = True
            self._shops[due.shop.key].in_progress -= 1
            # The listing may have been leased again, for a newer request, in the transaction that ended this lease.
            if self._leased.get(due.product.id) is due.lease:
                del self._leased[due.product.id]

    def give_back(self, connection: Connection) -> None:
        """Rows that were leased and never begun go back at once."""
        sync_queue_leases.release(connection, token=self._token)

    def renew(self, connection: Connection, now: datetime) -> Mapping[int, datetime]:
        """Prolong the rows of what is in hand, every `RENEW_EVERY` seconds, and return until when, by product.

        Once the transaction has committed, the caller hands the result to `prolong`: a worker that trusted a renewal
        which is rolled back would still call TikTok when another process owns its listing.
        """
        with self._lock:
            leases = dict(self._leased)
        # Where the clock has leapt, what the workers hold must not look free.
        leapt = any(lease.until <= now for lease in leases.values())
        if not leapt and time.monotonic() - self._renewed_at < RENEW_EVERY:
            return {}
        until = now + LEASE
        ours = sync_queue_leases.renew(connection, token=self._token, product_ids=list(leases), until=until)
        return dict.fromkeys(ours, until)

    def prolong(self, renewed: Mapping[int, datetime]) -> None:
        """The transaction that renewed these rows has committed: their workers may go on until then."""
        if not renewed:
            return
        with self._lock:
            for product_id, until in renewed.items():
                if (lease := self._leased.get(product_id)) is not None:
                    lease.until = until
        self._renewed_at = time.monotonic()

    def record_stopped_shops(self, connection: Connection, rulebooks: Rulebooks, now: datetime) -> None:
        """Record which shops are stopped, and which are no longer."""
        for key, shop in self.shops().items():
            if (why := shop.health.stopped) != shop.stopped_in_records and key in rulebooks.shops:
                log_it = rulebooks.policy_of(key).policy.activity_log
                shop_stopped.record(connection, key, why, activity_log=log_it, now=now)
                shop.stopped_in_records = why

    def _share(self) -> int:
        """How many listings of one shop are in hand at once: no more than its pace can use."""
        most = 2 * self._calls_in_flight
        return min(most, max(4, int(4 * self._calls_per_second))) if self._calls_per_second else most

    def _room(self, shops: int, in_progress: int, of_this: int) -> int:
        """How many more workers a shop may have: never more than it leaves free, so that one that
        hangs delays no other.

        A single shop may also queue as many as there are workers.
        """
        if shops == 1:
            return 2 * self._calls_in_flight - in_progress
        free = self._calls_in_flight - in_progress
        return max((free - of_this) // 2, min(free, 1) if of_this == 0 else 0)

    def _open(self, connection: Connection, shop: Shop) -> OpenShop:
        if shop.key not in self._shops:
            why, _ = shop_records.stopped(connection).get(shop.key, (None, None))
            with self._lock:
                # Another transaction may have opened it meanwhile.
                return self._shops.setdefault(shop.key, self._opened(shop, why))
        with self._lock:
            opened = self._shops[shop.key]
            if opened.shop != shop:
                if opened.shop.tiktok != shop.tiktok:
                    opened.health.reconnected()
                opened.shop, opened.calls = shop, self._calls_of(shop, opened.pace)
            return opened

    def _opened(self, shop: Shop, why: str | None) -> OpenShop:
        pace = RateLimiter(self._calls_per_second)
        pace.share(self._consumers)
        health, cap = ShopHealth(stopped=why), ListingCap(self._cap_look)
        return OpenShop(shop, self._calls_of(shop, pace), health, pace, cap, why)


def defer_same_sku(
    connection: Connection, leased: Sequence[LeasedListing], now: datetime
) -> Iterator[LeasedListing]:
    """Those whose turn it is. Of several listings that share a SKU the others go back to the queue for a moment.

    What is live in Magento and has its TikTok product shares that with no other product, and is never deferred.
    """
    shared = {
        listing.product.id for listing in leased if listing.product.deleted or not listing.listing.exists
    }
    contested = sync_queue_leases.contested(connection, shared, now=now) if shared else set()
    if contested:
        sync_queue_leases.defer(connection, contested, at=now + sync_queue_leases.SAME_SKU_DELAY)
    return (listing for listing in leased if listing.product.id not in contested)


def _load(
    connection: Connection, leased: Sequence[sync_queue_leases.PendingSync], shop: Shop, due: DueListings
) -> Iterator[LeasedListing]:
    """What was leased, with all that its delivery rests on."""
    rulebooks, in_memory = due.rulebooks, due.products
    ids = [pending.product_id for pending in leased]
    to_read = [product_id for product_id in ids if product_id not in in_memory]
    read, read_listings = products.load(connection, to_read), listings.load(connection, to_read)
    waiting, confirmed = events.open_ids(connection, ids), confirmed_prices.load(connection, ids)
    for product_id, pending in zip(ids, leased, strict=True):
        yield LeasedListing(
            lease=Lease(pending, pending.lease_until),
            product=in_memory[product_id].product if product_id in in_memory else read[product_id],
            listing=in_memory[product_id].listing if product_id in in_memory else read_listings[product_id],
            shop=shop,
            policy=rulebooks.policy_of(shop.key).policy,
            templates=rulebooks.templates,
            event_id=next(iter(waiting[product_id]), None),
            template_policies=rulebooks.template_policies,
            confirmed_prices=confirmed.get(product_id, {}),
        )
