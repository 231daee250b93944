"""Leasing: due listings are taken in hand, by the transaction that made them due or that made room for them.

What is in hand is renewed until it is laid down; a shop's share of the workers is reckoned here.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection

from consumer.delivery import shop_stopped
from consumer.delivery.circuit_breaker import ShopHealth
from consumer.delivery.daily_listing_cap import ListingCap
from consumer.results.results import Due, Lease
from records.catalog import confirmed_prices, listings, products, sync_queue
from records.log import events
from records.rules import shops as shop_records
from records.rules.load_rulebook import Governing
from schemas.shop import Shop
from sync.decide_event import Known
from tiktok.client.client import TikTokShop
from tiktok.client.rate_limit import Pace

LEASE = timedelta(seconds=20)
RENEW_EVERY = 5.0

LeaseDue: TypeAlias = Callable[
    [Connection, Governing, datetime, Collection[str] | None, Mapping[int, Known]], None
]
"""Leases what is due of these shops (None: of all), as the last act of a transaction.

What that transaction knows of products, as it leaves them, need not be read again.
"""

Taking: TypeAlias = Callable[[], AbstractContextManager[LeaseDue]]
"""Stands around a transaction, and gives it what to lease with."""


@contextmanager
def nobody() -> Iterator[LeaseDue]:
    """What is due waits."""
    yield lambda connection, governing, now, shops, known: None


@dataclass(slots=True)
class OpenShop:
    """A shop as delivery works with it; made anew when its settings change."""

    shop: Shop
    calls: TikTokShop
    health: ShopHealth
    pace: Pace
    cap: ListingCap
    told: str | None
    """Why it stands still, as far as the records know."""
    in_hand: int = 0


class Leasing:
    """What this process has in hand. Thread safe."""

    def __init__(
        self,
        begin: Callable[[Due], None],
        calls_of: Callable[[Shop, Pace], TikTokShop],
        *,
        calls_in_flight: int,
        calls_per_second: float,
        cap_look: timedelta,
        stopping: threading.Event,
    ) -> None:
        """`begin` is given each listing whose lease stands."""
        self._begin = begin
        self._calls_of = calls_of
        self._calls_in_flight = calls_in_flight
        self._calls_per_second = calls_per_second
        self._consumers = 1
        self._cap_look = cap_look
        self._stopping = stopping
        self._token = str(uuid.uuid4())
        self._turn = threading.Lock()
        self._alone = threading.Lock()
        self._shops: dict[str, OpenShop] = {}
        self._in_hand: dict[int, Lease] = {}
        self._renewed_at = 0.0

    @contextmanager
    def taking(self) -> Iterator[LeaseDue]:
        """Around a transaction that makes listings due, or room for them.

        What it has leased is begun when it has ended well, and by nobody where it has not.
        """
        leased: list[Due] = []
        with ExitStack() as alone:

            def lease(
                connection: Connection,
                governing: Governing,
                now: datetime,
                shops: Collection[str] | None,
                known: Mapping[int, Known],
            ) -> None:
                # Until what is leased counts as in hand, nobody else may reckon with the room that it takes.
                alone.enter_context(self._alone)
                leased.extend(self._lease(connection, governing, now, shops, known))

            yield lease
            with self._turn:
                for due in leased:
                    self._in_hand[due.product.id] = due.lease
                    self._shops[due.shop.key].in_hand += 1
        for due in leased:
            self._begin(due)

    @property
    def in_hand(self) -> int:
        """How many listings are being synced."""
        with self._turn:
            return len(self._in_hand)

    def shops(self) -> dict[str, OpenShop]:
        """The shops that were delivered to since the start."""
        with self._turn:
            return dict(self._shops)

    def share(self, consumers: int) -> None:
        """So many processes call each shop, this one among them."""
        self._consumers = consumers
        for shop in self.shops().values():
            shop.pace.share(consumers)

    def shop_of(self, due: Due) -> OpenShop:
        """The shop of a listing that is in hand."""
        return self._shops[due.shop.key]

    def lay_down(self, due: Due) -> None:
        """It is in hand no more. Asked again, where the transaction was, it has nothing to do."""
        with self._turn:
            if due.lease.laid_down:
                return
            due.lease.laid_down = True
            self._shops[due.shop.key].in_hand -= 1
            # Where a newer wish was leased with this one's end, what is in hand by now is that.
            if self._in_hand.get(due.product.id) is due.lease:
                del self._in_hand[due.product.id]

    def give_back(self, connection: Connection) -> None:
        """Rows that were leased and never begun go back at once."""
        sync_queue.release(connection, token=self._token)

    def renew(self, connection: Connection, now: datetime) -> None:
        """Prolong what is in hand, from time to time."""
        with self._turn:
            leases = dict(self._in_hand)
        # Where the clock has leapt, what the workers hold must not look free.
        leapt = any(lease.until <= now for lease in leases.values())
        if not leapt and time.monotonic() - self._renewed_at < RENEW_EVERY:
            return
        until = now + LEASE
        ours = sync_queue.renew(connection, token=self._token, product_ids=list(leases), until=until)
        for product_id in ours:
            leases[product_id].until = until
        self._renewed_at = time.monotonic()

    def tell_stops(self, connection: Connection, governing: Governing, now: datetime) -> None:
        """Write down which shops stand still, and which do no more."""
        for key, shop in self.shops().items():
            if (why := shop.health.stopped) != shop.told and key in governing.shops:
                log_it = governing.policy_of(key).policy.activity_log
                shop_stopped.write_down(connection, key, why, activity_log=log_it, now=now)
                shop.told = why

    def _lease(
        self,
        connection: Connection,
        governing: Governing,
        now: datetime,
        shops: Collection[str] | None,
        known: Mapping[int, Known],
    ) -> list[Due]:
        due: list[Due] = []
        if self._stopping.is_set() or self.in_hand > self._calls_in_flight * 3 // 2:
            # The workers have enough to do: rows are leased many at a time, not one for each that is done.
            return due
        paused = governing.paused()
        for key in sync_queue.due_shops(connection, now=now) if shops is None else sorted(shops):
            if key not in governing.shops or key in paused or not governing.shops[key].tiktok.connected:
                continue
            shop = self._open(connection, governing.shops[key])
            in_hand = self.in_hand + len(due)
            limit = min(
                shop.health.slots(self._share(), shop.in_hand, now),
                self._room(len(governing.shops), in_hand, shop.in_hand),
            )
            if limit <= 0:
                continue
            leased = sync_queue.lease(
                connection, key, now=now, until=now + LEASE, token=self._token, limit=limit
            )
            due.extend(
                _one_of_a_sku(connection, list(_load(connection, leased, shop.shop, governing, known)), now)
            )
        return due

    def _share(self) -> int:
        """How many listings of one shop are in hand at once: no more than its pace can use."""
        most = 2 * self._calls_in_flight
        return min(most, max(4, int(4 * self._calls_per_second))) if self._calls_per_second else most

    def _room(self, shops: int, in_hand: int, of_this: int) -> int:
        """How many more workers a shop may have: never more than it leaves free, so that one that hangs keeps nobody.

        A single shop may also queue as many as there are workers.
        """
        if shops == 1:
            return 2 * self._calls_in_flight - in_hand
        free = self._calls_in_flight - in_hand
        return max((free - of_this) // 2, min(free, 1) if of_this == 0 else 0)

    def _open(self, connection: Connection, shop: Shop) -> OpenShop:
        held = self._shops.get(shop.key)
        if held is None:
            told, _ = shop_records.stopped(connection).get(shop.key, (None, None))
            pace = Pace(self._calls_per_second)
            pace.share(self._consumers)
            health, cap = ShopHealth(stopped=told), ListingCap(self._cap_look)
            held = OpenShop(shop, self._calls_of(shop, pace), health, pace, cap, told)
            with self._turn:
                self._shops[shop.key] = held
        elif held.shop != shop:
            if held.shop.tiktok != shop.tiktok:
                held.health.mended()
            held.shop, held.calls = shop, self._calls_of(shop, held.pace)
        return held


def _one_of_a_sku(connection: Connection, leased: Sequence[Due], now: datetime) -> Iterator[Due]:
    """Those whose turn it is: what is live in Magento and holds its TikTok product shares that with nobody."""
    shared = {one.product.id for one in leased if one.product.deleted or not one.listing.exists}
    contested = sync_queue.contested(connection, shared, now=now) if shared else set()
    if contested:
        sync_queue.defer(connection, contested, at=now + sync_queue.A_TURN)
    return (one for one in leased if one.product.id not in contested)


def _load(
    connection: Connection,
    leased: Sequence[sync_queue.PendingSync],
    shop: Shop,
    governing: Governing,
    known: Mapping[int, Known],
) -> Iterator[Due]:
    """What was leased, with all that its delivery rests on."""
    ids = [one.product_id for one in leased]
    unknown = [one for one in ids if one not in known]
    read, held = products.load(connection, unknown), listings.load(connection, unknown)
    waiting, confirmed = events.open_ids(connection, ids), confirmed_prices.load(connection, ids)
    for one, pending in zip(ids, leased, strict=True):
        yield Due(
            lease=Lease(pending, pending.lease_until),
            product=known[one].product if one in known else read[one],
            listing=known[one].listing if one in known else held[one],
            shop=shop,
            policy=governing.policy_of(shop.key).policy,
            templates=governing.templates,
            event_id=next(iter(waiting[one]), None),
            template_policies=governing.template_policies,
            confirmed_prices=confirmed.get(one, {}),
        )
