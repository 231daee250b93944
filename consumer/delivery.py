"""Delivery: due listings are leased, synced by many workers, and written down by one clerk.

The clerk leases, renews, and gathers the workers' notes for a few milliseconds into one transaction. The workers call
TikTok, and touch the database for what is asked once a day only. Whoever makes a listing due wakes the clerk; a slow
look is the safety net.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

import structlog
from sqlalchemy import Connection

from consumer import standstill
from consumer.authorization import Authorization
from consumer.categories import Categories
from consumer.images import Images
from consumer.listing_cap import ListingCap
from consumer.notes import Due, Lease, Note
from consumer.progress import Tools
from consumer.recording import record
from consumer.shop_health import ShopHealth
from consumer.sync import Sync
from magento.media import MediaFetch
from records import confirmed_prices, events, listings, pending_syncs, products
from records import shops as shop_records
from records.database import Database, is_away
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox
from schemas.secret import Secret
from schemas.shop import Shop
from tiktok.exchange import Exchange
from tiktok.images import DEADLINE as IMAGE_DEADLINE
from tiktok.pace import Pace
from tiktok.shop import DEADLINE, TikTokShop

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=20)
RENEW_EVERY = 5.0
GATHER_SECONDS = 0.02
LOOK_SECONDS = 0.5
AWAY_SECONDS = 0.5
STOP_SECONDS = max(DEADLINE, IMAGE_DEADLINE) + 4.0


@dataclass(slots=True)
class _OpenShop:
    """A shop as delivery works with it; made anew when its settings change."""

    shop: Shop
    calls: TikTokShop
    health: ShopHealth
    pace: Pace
    cap: ListingCap
    told: str | None
    """Why it stands still, as far as the records know."""
    in_hand: int = 0


class _News(Enum):
    """What wakes the clerk beside a note."""

    DUE = "a listing may be due"
    FREE = "a worker is free"


@dataclass(frozen=True, slots=True)
class _Written:
    """A note on its way to the clerk, and the worker's way to learn whether the lease held."""

    note: Note
    held: Future[bool] = field(default_factory=Future)


class Delivery:
    """Brings due listings to TikTok until it is stopped."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        *,
        calls_in_flight: int,
        calls_per_second: float,
        audit_look: timedelta,
        allow_private_media: bool = False,
        cap_look: timedelta = timedelta(hours=1),
        authorization: Authorization | None = None,
        noted: Callable[[], None] = lambda: None,
        exchanged: Callable[[Exchange], None] = lambda exchange: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`noted` is called after each transaction that may hold outcomes to publish."""
        self._database = database
        self._governing = GoverningRecords(box)
        self._calls_in_flight = calls_in_flight
        self._calls_per_second = calls_per_second
        self._audit_look = audit_look
        self._cap_look = cap_look
        self._authorization = authorization or Authorization(database, box, exchanged=exchanged, clock=clock)
        self._noted = noted
        self._exchanged = exchanged
        self._clock = clock
        self._categories = Categories(database, clock)
        self._images = Images(database, MediaFetch(allow_private=allow_private_media), clock)
        self._token = str(uuid.uuid4())
        self._inbox: queue.SimpleQueue[_Written | _News] = queue.SimpleQueue()
        # Twice as many workers as calls: a worker that waits for its note to be written keeps no call from starting.
        self._pool = ThreadPoolExecutor(2 * calls_in_flight, thread_name_prefix="sync")
        self._in_flight = threading.BoundedSemaphore(calls_in_flight)
        self._turn = threading.Lock()
        self._shops: dict[str, _OpenShop] = {}
        self._in_hand: dict[int, Lease] = {}
        self._renewed_at = 0.0
        self._stopping = threading.Event()
        self._clerk = threading.Thread(target=self._work, name="clerk", daemon=True)
        self.broken: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        self._clerk.start()

    def wake(self) -> None:
        """Something may be due."""
        self._inbox.put(_News.DUE)

    def stop(self) -> bool:
        """Take nothing more in hand, finish the calls on their way and write them down; False if that took too long."""
        self._stopping.set()
        self.wake()
        self._clerk.join(STOP_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not self._clerk.is_alive()

    @property
    def in_hand(self) -> int:
        """How many listings are being synced."""
        with self._turn:
            return len(self._in_hand)

    def shops(self) -> dict[str, bool]:
        """The shops that were delivered to since the start, and whether each stands still."""
        with self._turn:
            return {key: shop.health.stopped is not None for key, shop in self._shops.items()}

    def stopped_shops(self) -> dict[str, str]:
        """The shops that need a person, and why."""
        with self._turn:
            return {key: shop.health.stopped for key, shop in self._shops.items() if shop.health.stopped}

    # The clerk

    def _work(self) -> None:
        try:
            while not self._stopping.is_set() or self.in_hand:
                self._round(self._gather())
            self._give_back()
        except BaseException as error:
            self.broken = error
            log.exception("delivery_broken")
            raise

    def _gather(self) -> list[_Written]:
        """What the workers wrote, a few milliseconds after the first word of them; at once where a listing is due."""
        written: list[_Written] = []
        wait = LOOK_SECONDS
        deadline = None
        while wait > 0:
            try:
                one = self._inbox.get(timeout=wait)
            except queue.Empty:
                break
            if isinstance(one, _Written):
                written.append(one)
            elif one is _News.DUE:
                break
            now = time.monotonic()
            deadline = deadline or now + GATHER_SECONDS
            wait = deadline - now
        self._drain(written)
        return written

    def _drain(self, written: list[_Written]) -> None:
        while True:
            try:
                one = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(one, _Written):
                written.append(one)

    def _round(self, written: Sequence[_Written]) -> None:
        """One transaction: what was learnt, the leases, and what is due next."""
        while True:
            try:
                with self._database.write() as connection:
                    now = self._clock()
                    governing = self._governing.read(connection)
                    held = self._record(connection, written, governing, now)
                    for one in written:
                        if one.note.due.lease.ending:
                            # Room for what is leased in this very transaction.
                            self._lay_down(one.note.due)
                    self._tell_stops(connection, governing, now)
                    self._renew(connection, now)
                    due = [] if self._stopping.is_set() else self._lease(connection, governing, now)
                break
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("database_away", waiting=len(written))
                time.sleep(AWAY_SECONDS)
        for one, still in zip(written, held, strict=True):
            one.held.set_result(still)
        if written:
            self._noted()
        for leased in due:
            with self._turn:
                self._in_hand[leased.product.id] = leased.lease
                self._shops[leased.shop.key].in_hand += 1
            self._pool.submit(self._sync, leased)

    def _record(
        self, connection: Connection, written: Sequence[_Written], governing: Governing, now: datetime
    ) -> list[bool]:
        """All notes at once; where that fails, one by one: a note that can't be written takes no other with it."""
        if not written:
            return []
        try:
            with connection.begin_nested():
                return record(connection, [one.note for one in written], governing, now)
        except Exception as error:
            if is_away(error):
                raise
        held = []
        for one in written:
            try:
                with connection.begin_nested():
                    held.extend(record(connection, [one.note], governing, now))
            except Exception as error:
                if is_away(error):
                    raise
                log.exception("note_not_written", product_id=one.note.due.product.id)
                held.append(False)
        return held

    def _tell_stops(self, connection: Connection, governing: Governing, now: datetime) -> None:
        for key, shop in self._shops.items():
            if (why := shop.health.stopped) != shop.told and key in governing.shops:
                log_it = governing.policy_of(key).policy.activity_log
                standstill.write_down(connection, key, why, activity_log=log_it, now=now)
                shop.told = why

    def _renew(self, connection: Connection, now: datetime) -> None:
        with self._turn:
            leases = dict(self._in_hand)
        # Where the clock has leapt, what the workers hold must not look free.
        leapt = any(lease.until <= now for lease in leases.values())
        if not leapt and time.monotonic() - self._renewed_at < RENEW_EVERY:
            return
        until = now + LEASE
        ours = pending_syncs.renew(connection, token=self._token, product_ids=list(leases), until=until)
        for product_id in ours:
            leases[product_id].until = until
        self._renewed_at = time.monotonic()

    def _lease(self, connection: Connection, governing: Governing, now: datetime) -> list[Due]:
        due: list[Due] = []
        if self.in_hand > self._calls_in_flight * 3 // 2:
            # The workers have enough to do: rows are leased many at a time, not one for each that is done.
            return due
        paused = governing.paused()
        waiting = [
            key
            for key in pending_syncs.due_shops(connection, now=now)
            if key in governing.shops and key not in paused and governing.shops[key].tiktok.connected
        ]
        for key in waiting:
            shop = self._open(connection, governing.shops[key])
            in_hand = self.in_hand + len(due)
            limit = min(
                shop.health.slots(self._share(), shop.in_hand, now),
                self._room(len(governing.shops), in_hand, shop.in_hand),
            )
            if limit <= 0:
                continue
            leased = pending_syncs.lease(
                connection, key, now=now, until=now + LEASE, token=self._token, limit=limit
            )
            due.extend(self._load(connection, leased, shop.shop, governing))
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

    def _load(
        self,
        connection: Connection,
        leased: Sequence[pending_syncs.PendingSync],
        shop: Shop,
        governing: Governing,
    ) -> list[Due]:
        ids = [one.product_id for one in leased]
        known, held = products.load(connection, ids), listings.load(connection, ids)
        waiting, confirmed = events.open_ids(connection, ids), confirmed_prices.load(connection, ids)
        due = []
        for pending in leased:
            due.append(
                Due(
                    lease=Lease(pending, pending.lease_until),
                    product=known[pending.product_id],
                    listing=held[pending.product_id],
                    shop=shop,
                    policy=governing.policy_of(shop.key).policy,
                    templates=governing.templates,
                    event_id=next(iter(waiting[pending.product_id]), None),
                    template_policies=governing.template_policies,
                    confirmed_prices=confirmed.get(pending.product_id, {}),
                )
            )
        return due

    def _open(self, connection: Connection, shop: Shop) -> _OpenShop:
        held = self._shops.get(shop.key)
        if held is None:
            told, _ = shop_records.stopped(connection).get(shop.key, (None, None))
            pace = Pace(self._calls_per_second)
            health, cap = ShopHealth(stopped=told), ListingCap(self._cap_look)
            held = _OpenShop(shop, self._calls_of(shop, pace), health, pace, cap, told)
            with self._turn:
                self._shops[shop.key] = held
        elif held.shop != shop:
            if held.shop.tiktok != shop.tiktok:
                held.health.mended()
            held.shop, held.calls = shop, self._calls_of(shop, held.pace)
        return held

    def _calls_of(self, shop: Shop, pace: Pace) -> TikTokShop:
        """Its calls, whose pace keeps nobody who stops."""

        def renew(refused: Secret) -> Secret:
            return self._authorization.renew(shop, refused)

        return TikTokShop(shop, pace, renew=renew, sleep=self._rest, in_flight=self._in_flight)

    def _rest(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _give_back(self) -> None:
        """Rows that were leased and never begun go back at once."""
        with self._database.write() as connection:
            pending_syncs.release(connection, token=self._token)

    # The workers

    def _sync(self, due: Due) -> None:
        shop = self._shops[due.shop.key]
        try:
            Sync(
                due,
                Tools(
                    shop=shop.calls,
                    health=shop.health,
                    cap=shop.cap,
                    categories=self._categories,
                    images=self._images,
                    record=self._write,
                    clock=self._clock,
                    audit_look=self._audit_look,
                    exchanged=self._exchanged,
                    stopping=self._stopping.is_set,
                ),
            ).run()
        except Exception:
            # A pool swallows what its workers raise; the lease runs out, and the next owner reads TikTok first.
            log.exception("worker_failed", product_id=due.product.id)
        finally:
            if not due.lease.ending:
                self._lay_down(due)
                self._inbox.put(_News.FREE)

    def _lay_down(self, due: Due) -> None:
        """It is in hand no more. Asked again, where the transaction was, it has nothing to do."""
        with self._turn:
            if due.lease.laid_down:
                return
            due.lease.laid_down = True
            self._shops[due.shop.key].in_hand -= 1
            # Where a newer wish was leased with this one's end, what is in hand by now is that.
            if self._in_hand.get(due.product.id) is due.lease:
                del self._in_hand[due.product.id]

    def _write(self, note: Note) -> bool:
        """Hand the note to the clerk. The last one is not waited for: nothing of its worker's hangs on it."""
        written = _Written(note)
        note.due.lease.ending = note.row is not None
        self._inbox.put(written)
        return note.due.lease.ending or written.held.result()
