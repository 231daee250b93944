"""Leases: which listings this process syncs now, and how many of each shop.

Some workers are spared for urgent listings (take-downs and falling stock): these are leased while all other workers
are busy, and their calls overtake those that wait for the shop's rate limit.

A listing is leased in the transaction that makes it due, or in the one that frees a worker. Its lease is renewed until
it is released.
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
from records.catalog.sync_queue_leases import PendingSync, lease, lease_urgent
from records.log import events
from records.rules import shops as shop_records
from schemas.shop import Shop
from tiktok.client.client import TikTokShop
from tiktok.client.rate_limit import RateLimiter

LEASE = timedelta(seconds=20)
"""Even just before its renewal, a lease leaves enough time for one more call and its deadline."""
RENEW_EVERY = 5.0
"""Seconds between two renewals."""
URGENT_WORKERS: Final = 8
"""One worker of so many is spared for urgent listings."""
MOST_TOKENS: Final = 10**7
"""A token has at most 40 characters: 32 of the process, a slash and seven digits."""


@dataclass(frozen=True, slots=True)
class DueListings:
    """What may be leased at `now`: the due listings of these `shops`, or of all shops if None.

    `products`, by id, are those that the transaction has in memory as it commits them, so they need no second read.
    """

    rulebooks: Rulebooks
    now: datetime
    shops: Collection[str] | None = None
    products: Mapping[int, ProductContext] = field(default_factory=dict)


class Dispatch(Protocol):
    """Leases listings inside a transaction, and starts their syncs after its commit."""

    def take(self, connection: Connection, due: DueListings) -> Sequence[LeasedListing]:
        """Lease what is due, as far as workers are free. The caller passes the result to `start_leased` or `cancel`."""

    def start_leased(self, leased: Sequence[LeasedListing]) -> None:
        """Start the syncs of these listings, after the transaction that leased them has committed."""

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """Forget these leases, after the transaction that leased them has failed."""


class NoLease:
    """A `Dispatch` that leases nothing: due listings stay in the queue."""

    def take(self, connection: Connection, due: DueListings) -> Sequence[LeasedListing]:
        """Lease nothing."""
        return ()

    def start_leased(self, leased: Sequence[LeasedListing]) -> None:
        """Do nothing: nothing was leased."""

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """Do nothing: nothing was leased."""


no_lease: Final = NoLease()


@dataclass(slots=True)
class OpenShop:
    """A shop with its client, circuit breaker and limits. The client is replaced when the shop's settings change."""

    shop: Shop
    calls: TikTokShop
    health: ShopHealth
    pace: RateLimiter
    cap: ListingCap
    stopped_in_records: str | None
    """Why the shop is stopped, as stored in the database; None if it is stored as running."""
    in_progress: int = 0


class Leases:
    """The leases of this process. Thread safe; the lock guards only the counts, and no I/O happens under it.

    Workers are reserved before the rows are leased, and the surplus is returned afterwards, so that two concurrent
    transactions never lease more listings than there are workers.
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
        """`calls_of` makes the client of a shop. `stopping` returns whether a stop was requested."""
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
        """Lease what is due in the caller's transaction, as far as workers are free.

        The syncs may start once it has committed. If it fails, the caller passes the result to `cancel`.
        """
        leased: list[LeasedListing] = []
        if self._stopping():
            return leased
        # Where the workers have enough to do, only urgent rows are leased. For the others it costs less to lease many
        # at a time than one for each sync that ends.
        urgent_only = self.in_progress > self._calls_in_flight * 3 // 2
        shops, paused = due.rulebooks.shops, due.rulebooks.paused()
        open_shops = {key for key, shop in shops.items() if key not in paused and shop.tiktok.connected}
        keys = open_shops if due.shops is None else open_shops.intersection(due.shops)
        if due.shops is None or urgent_only:
            keys = set(sync_queue_leases.due_shops(connection, keys, now=due.now, urgent_only=urgent_only))
        try:
            for key in sorted(keys):
                leased.extend(self._take_of_shop(connection, shops[key], due, urgent_only=urgent_only))
        except BaseException:
            self.cancel(leased)
            raise
        return leased

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """Forget these leases, after the transaction that leased them has failed."""
        for listing in leased:
            self.release(listing)

    def _take_of_shop(
        self, connection: Connection, shop: Shop, due: DueListings, *, urgent_only: bool
    ) -> list[LeasedListing]:
        """Lease what is due of a shop; if it may have no more workers, what is urgent, for which some are spared."""
        opened = self._open(connection, shop)
        for urgent in (True,) if urgent_only else (False, True):
            limit = self._reserve(opened, len(due.rulebooks.shops), due.now, urgent=urgent)
            if limit > 0:
                return self._lease(connection, opened, due, limit, urgent=urgent)
        return []

    def _lease(
        self, connection: Connection, opened: OpenShop, due: DueListings, limit: int, *, urgent: bool
    ) -> list[LeasedListing]:
        """Lease up to `limit` rows, as many as workers are reserved."""
        listings_leased: list[LeasedListing] = []
        try:
            rows = self._rows(connection, opened.shop.key, due.now, limit, urgent=urgent)
            loaded = list(_load(connection, rows, opened.shop, due))
            listings_leased = list(defer_same_sku(connection, loaded, due.now))
        finally:
            with self._lock:
                self._reserved -= limit
                opened.in_progress += len(listings_leased) - limit
                self._leased.update((listing.product.id, listing.lease) for listing in listings_leased)
        return listings_leased

    def _rows(
        self, connection: Connection, shop: str, now: datetime, limit: int, *, urgent: bool
    ) -> list[PendingSync]:
        """Lease rows, with a token that differs from that of any other transaction.

        A row whose lease expired before it was renewed may be leased again by the same process. A note from the old
        lease must not count then, so the two leases need different tokens. All those of this process have the same
        prefix.
        """
        turn = next(self._transactions) % MOST_TOKENS
        token, until = f"{self._token}/{turn}", now + LEASE
        if urgent:
            return lease_urgent(connection, shop, now=now, until=until, token=token, limit=limit)
        return lease(connection, shop, now=now, until=until, token=token, limit=limit, turn=turn)

    def _reserve(self, shop: OpenShop, shops: int, now: datetime, *, urgent: bool) -> int:
        """Reserve workers for this shop, and return how many. They count as in progress from now on.

        Some that the shop, and all shops together, might have are spared for its `urgent` listings.
        """
        with self._lock:
            in_progress = len(self._leased) + self._reserved
            share = self._share()
            if urgent:
                # Half of what is left, so that the next shop finds some, too.
                room = (self._workers - in_progress + 1) // 2
            else:
                share -= _reserved_for_urgent(share)
                room = self._room(shops, in_progress, shop.in_progress)
            limit = min(shop.health.slots(share, shop.in_progress, now), room)
            limit = max(0, limit)
            self._reserved += limit
            shop.in_progress += limit
            return limit

    @property
    def in_progress(self) -> int:
        """The number of listings that are being synced."""
        with self._lock:
            return len(self._leased) + self._reserved

    def shops(self) -> dict[str, OpenShop]:
        """Return the shops that were delivered to since the start, by key."""
        with self._lock:
            return dict(self._shops)

    def share(self, consumers: int) -> None:
        """Take one of `consumers` equal shares of each shop's rate limit."""
        self._consumers = consumers
        for shop in self.shops().values():
            shop.pace.share(consumers)

    def shop_of(self, due: LeasedListing) -> OpenShop:
        """Return the shop of a leased listing."""
        return self._shops[due.shop.key]

    def release(self, due: LeasedListing) -> None:
        """Free the worker of this listing. A second call changes nothing, because its transaction may be retried."""
        with self._lock:
            if due.lease.released:
                return
            due.lease.released = True
            self._shops[due.shop.key].in_progress -= 1
            # The transaction that ended this lease may have leased the listing again, for a newer request.
            if self._leased.get(due.product.id) is due.lease:
                del self._leased[due.product.id]

    def give_back(self, connection: Connection) -> None:
        """Release all rows of this process: they were leased, and their syncs never started."""
        sync_queue_leases.release(connection, token=self._token)

    def renew(self, connection: Connection, now: datetime) -> Mapping[int, datetime]:
        """Renew the rows of the leased listings every `RENEW_EVERY` seconds. Return the new ends, by product id.

        The caller passes the result to `prolong` after its transaction has committed: a worker that relied on a renewal
        that is rolled back could call TikTok while another process owns its listing.
        """
        with self._lock:
            leases = dict(self._leased)
        # If the clock jumped forward, leases look expired while their workers still run: renew them at once.
        leapt = any(lease.until <= now for lease in leases.values())
        if not leapt and time.monotonic() - self._renewed_at < RENEW_EVERY:
            return {}
        until = now + LEASE
        ours = sync_queue_leases.renew(connection, token=self._token, product_ids=list(leases), until=until)
        return dict.fromkeys(ours, until)

    def prolong(self, renewed: Mapping[int, datetime]) -> None:
        """Let the workers of these leases continue until the new ends, after the renewal has committed."""
        if not renewed:
            return
        with self._lock:
            for product_id, until in renewed.items():
                if (lease := self._leased.get(product_id)) is not None:
                    lease.until = until
        self._renewed_at = time.monotonic()

    def record_stopped_shops(self, connection: Connection, rulebooks: Rulebooks, now: datetime) -> None:
        """Store which shops have stopped, and which have resumed, since the last call."""
        # In the order of keys, as everywhere else where several shops are written in one transaction.
        for key, shop in sorted(self.shops().items()):
            if (why := shop.health.stopped) != shop.stopped_in_records and key in rulebooks.shops:
                log_it = rulebooks.policy_of(key).policy.activity_log
                shop_stopped.record(connection, key, why, activity_log=log_it, now=now)
                shop.stopped_in_records = why

    def _share(self) -> int:
        """Return how many listings of one shop may be in progress: no more than its rate limit can use."""
        most = self._workers
        return min(most, max(4, int(4 * self._calls_per_second))) if self._calls_per_second else most

    @property
    def _workers(self) -> int:
        """The number of listings that may be in progress: twice the calls, because workers also wait for notes."""
        return 2 * self._calls_in_flight

    def _room(self, shops: int, in_progress: int, of_this: int) -> int:
        """Return how many more workers a shop may take.

        Each shop leaves at least as many workers free as it uses, so that a shop that hangs delays no other. If there
        is only one shop, it may use all workers.
        """
        if shops == 1:
            return self._workers - _reserved_for_urgent(self._workers) - in_progress
        free = self._calls_in_flight - in_progress
        return max((free - of_this) // 2, min(free, 1) if of_this == 0 else 0)

    def _open(self, connection: Connection, shop: Shop) -> OpenShop:
        if shop.key not in self._shops:
            why, _ = shop_records.stopped(connection).get(shop.key, (None, None))
            with self._lock:
                # Another thread may have opened it meanwhile.
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


def _reserved_for_urgent(workers: int) -> int:
    """Return how many of these workers are spared for urgent listings."""
    return max(1, workers // URGENT_WORKERS) if workers > 1 else 0


def defer_same_sku(
    connection: Connection, leased: Sequence[LeasedListing], now: datetime
) -> Iterator[LeasedListing]:
    """Return the listings to sync now. Of several listings with the same SKU, the others go back to the queue briefly.

    A product that exists in Magento and on TikTok shares its TikTok product with no other, and is never deferred.
    """
    shared = {
        listing.product.id for listing in leased if listing.product.deleted or not listing.listing.exists
    }
    contested = sync_queue_leases.contested(connection, shared, now=now) if shared else set()
    if contested:
        sync_queue_leases.defer(connection, contested, at=now + sync_queue_leases.SAME_SKU_DELAY)
    return (listing for listing in leased if listing.product.id not in contested)


def _load(
    connection: Connection, leased: Sequence[PendingSync], shop: Shop, due: DueListings
) -> Iterator[LeasedListing]:
    """Load everything that the sync of these leased rows needs."""
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
