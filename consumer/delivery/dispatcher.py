"""Delivery: due listings are leased, synced by many workers, and written down by one clerk.

The clerk leases, renews, and gathers the workers' notes for a few milliseconds into one transaction. The workers call
TikTok, and touch the database for what is asked once a day only. What a batch of intake makes due is leased by that
batch's own transaction (`taking`) and waits for no clerk; a slow look finds whatever else is due.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

import structlog
from sqlalchemy import Connection

from consumer.delivery.category_cache import Categories
from consumer.delivery.image_uploads import Images
from consumer.delivery.leases import LeaseDue, Leasing
from consumer.delivery.sku_claims import Claims
from consumer.delivery.sync_listing import Sync
from consumer.delivery.sync_state import Tools
from consumer.delivery.token_refresh import Authorization
from consumer.heartbeat import Pacing
from consumer.results.results import Due, Note
from consumer.results.write_results import record
from magento.media.fetch import MediaFetch
from records.db.database import Database, is_away
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import Governing, GoverningRecords
from schemas.secret import Secret
from schemas.shop import Shop
from tiktok.client.client import DEADLINE, TikTokShop
from tiktok.client.exchange import Exchange
from tiktok.client.rate_limit import Pace
from tiktok.listing.image_upload import DEADLINE as IMAGE_DEADLINE

log = structlog.get_logger(__name__)

AWAITED_SECONDS, GATHER_SECONDS = 0.02, 0.05
"""For how long notes are gathered: ones that their workers wait for, and last ones, which nobody waits for."""
LOOK_SECONDS = 0.5
AWAY_SECONDS = 0.5
STOP_SECONDS = max(DEADLINE, IMAGE_DEADLINE) + 4.0


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
        self._audit_look = audit_look
        self._authorization = authorization or Authorization(database, box, exchanged=exchanged, clock=clock)
        self._noted = noted
        self._exchanged = exchanged
        self._clock = clock
        self._categories = Categories(database, clock)
        self._images = Images(database, MediaFetch(allow_private=allow_private_media), clock)
        self._claims = Claims(database, clock)
        self._inbox: queue.SimpleQueue[_Written | _News] = queue.SimpleQueue()
        # Twice as many workers as calls: a worker that waits for its note to be written keeps no call from starting.
        self._pool = ThreadPoolExecutor(2 * calls_in_flight, thread_name_prefix="sync")
        self._in_flight = threading.BoundedSemaphore(calls_in_flight)
        self._stopping = threading.Event()
        self._leasing = Leasing(
            self._begin,
            self._calls_of,
            calls_in_flight=calls_in_flight,
            calls_per_second=calls_per_second,
            cap_look=cap_look,
            stopping=self._stopping,
        )
        self._clerk = threading.Thread(target=self._work, name="clerk", daemon=True)
        self.broken: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        self._clerk.start()

    def wake(self) -> None:
        """Something may be due."""
        self._inbox.put(_News.DUE)

    def taking(self) -> AbstractContextManager[LeaseDue]:
        """Around a transaction that makes listings due: it leases them itself, and they are begun at its end."""
        return self._leasing.taking()

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
        return self._leasing.in_hand

    def shops(self) -> dict[str, bool]:
        """The shops that were delivered to since the start, and whether each stands still."""
        return {key: shop.health.stopped is not None for key, shop in self._leasing.shops().items()}

    def pacing(self) -> dict[str, Pacing]:
        """How fast each of them may be called now."""
        seconds, now = time.time(), self._clock()
        return {
            key: Pacing(shop.pace.rate(seconds), shop.pace.held_for(seconds), shop.cap.closed_until(now))
            for key, shop in self._leasing.shops().items()
        }

    def share(self, consumers: int) -> None:
        """So many processes deliver, this one among them: each takes its part of every shop's pace."""
        self._leasing.share(consumers)

    def stopped_shops(self) -> dict[str, str]:
        """The shops that need a person, and why."""
        stopped = ((key, shop.health.stopped) for key, shop in self._leasing.shops().items())
        return {key: why for key, why in stopped if why}

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
        wait, deadline = LOOK_SECONDS, math.inf
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
            last = isinstance(one, _Written) and one.note.due.lease.ending
            deadline = min(deadline, now + (GATHER_SECONDS if last else AWAITED_SECONDS))
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
                with self._leasing.taking() as lease, self._database.write() as connection:
                    now = self._clock()
                    governing = self._governing.read(connection)
                    held = self._record(connection, written, governing, now)
                    for one in written:
                        if one.note.due.lease.ending:
                            # Room for what is leased in this very transaction.
                            self._leasing.lay_down(one.note.due)
                    self._leasing.tell_stops(connection, governing, now)
                    self._leasing.renew(connection, now)
                    lease(connection, governing, now, None, {})
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

    def _calls_of(self, shop: Shop, pace: Pace) -> TikTokShop:
        """Its calls, whose pace keeps nobody who stops."""

        def renew(refused: Secret) -> Secret:
            return self._authorization.renew(shop, refused)

        return TikTokShop(shop, pace, renew=renew, sleep=self._rest, in_flight=self._in_flight)

    def _rest(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _give_back(self) -> None:
        with self._database.write() as connection:
            self._leasing.give_back(connection)

    # The workers

    def _begin(self, due: Due) -> None:
        self._pool.submit(self._sync, due)

    def _sync(self, due: Due) -> None:
        shop = self._leasing.shop_of(due)
        try:
            Sync(
                due,
                Tools(
                    shop=shop.calls,
                    health=shop.health,
                    cap=shop.cap,
                    categories=self._categories,
                    images=self._images,
                    claims=self._claims,
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
                self._leasing.lay_down(due)
                self._inbox.put(_News.FREE)

    def _write(self, note: Note) -> bool:
        """Hand the note to the clerk. The last one is not waited for: nothing of its worker's hangs on it."""
        written = _Written(note)
        note.due.lease.ending = note.row is not None
        self._inbox.put(written)
        return note.due.lease.ending or written.held.result()
