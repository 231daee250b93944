"""Delivery: lease the listings that are due, sync them with a pool of workers, and record the results in one writer.

The writer thread leases rows, renews leases, and writes the workers' notes; it collects notes for a few milliseconds
and writes them in one transaction. The workers call TikTok. Of the database they read what is cached for a day, and
write only what needs no lease: images that TikTok forgot, and the queue rows of other holders of a SKU. A batch of
intake leases what it makes due in its own transaction (`take`), and the syncs start after its commit. A slow poll
(`LOOK_SECONDS`) finds everything else that is due.

If a consumer is killed in the middle of a call, its leases are no longer renewed. When one expires (after 20 s), the
writer of another consumer leases the listing, with `read_back_first` set: TikTok is read before anything is planned, so
that a call that took effect is found, and one that did not is made. The killed consumer's events stay open until then.
Should its process only have been stalled, its note is refused, because the lease is no longer its own
(`consumer.results.write_results.record`), and no call but an image upload starts unless the lease outlasts it
(`sync_listing`).
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotWritten
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

import structlog
from sqlalchemy import Connection

from background.worker import Worker
from consumer.delivery.category_cache import Categories
from consumer.delivery.end_of_sync import failed_sync
from consumer.delivery.image_uploads import Images
from consumer.delivery.leases import DueListings, Leases
from consumer.delivery.sku_claims import Claims
from consumer.delivery.sync_listing import ListingSync, SyncContext
from consumer.delivery.token_refresh import Authorization
from consumer.heartbeat import Pacing
from consumer.random_ids import random_id
from consumer.results.results import LeasedListing, Note
from consumer.results.write_results import record
from magento.media.fetch import MediaFetch
from policies.rulebook import Rulebooks
from records.catalog import listings
from records.catalog.sync_queue import URGENT
from records.db.database import Database, is_away
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.secret import Secret
from schemas.shop import Shop
from tiktok.client.client import DEADLINE, TikTokShop
from tiktok.client.exchange import Exchange
from tiktok.client.rate_limit import RateLimiter
from tiktok.listing.image_upload import DEADLINE as IMAGE_DEADLINE

log = structlog.get_logger(__name__)

AWAITED_SECONDS, GATHER_SECONDS = 0.02, 0.05
"""How long notes are collected into one transaction: if a worker waits for its note, and if none does (the last notes
of syncs)."""
LOOK_SECONDS = 0.5
"""How often the writer looks for due listings if nothing wakes it."""
AWAY_SECONDS = 0.5
"""The wait before the writer retries a transaction that failed because the database is away."""
ALIVE_SECONDS = 1.0
"""How often a worker that waits for its note to be written checks that the writer still runs."""
STOP_SECONDS = max(DEADLINE, IMAGE_DEADLINE) + 4.0
"""How long a stop may take: the longest call, and four seconds to record its result."""


class _Signal(Enum):
    """What wakes the writer, apart from a note."""

    DUE = "a listing may be due"
    FREE = "a worker is free"


@dataclass(frozen=True, slots=True)
class _QueuedNote:
    """A note in the writer's inbox. `still_leased` tells its worker whether the note was written under the lease."""

    note: Note
    still_leased: Future[bool] = field(default_factory=Future)


class DatabaseStaysAway(Exception):
    """Raised when a stop was requested and the database did not answer within `STOP_SECONDS`."""


class Delivery(Worker):
    """Sync due listings to TikTok until it is stopped. Its thread is the writer."""

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
        """`noted` is called after each transaction that may have stored outcomes to publish."""
        super().__init__("writer")
        self._database = database
        self._rulebooks = RulebookReader(box)
        self._audit_look = audit_look
        self._authorization = authorization or Authorization(database, box, exchanged=exchanged, clock=clock)
        self._noted = noted
        self._exchanged = exchanged
        self._clock = clock
        self._categories = Categories(database, clock)
        self._images = Images(database, MediaFetch(allow_private=allow_private_media), clock)
        self._claims = Claims(database, clock)
        self._inbox: queue.SimpleQueue[_QueuedNote | _Signal] = queue.SimpleQueue()
        # Twice as many workers as calls in flight, so that calls can start while other workers wait for their notes.
        self._pool = ThreadPoolExecutor(2 * calls_in_flight, thread_name_prefix="sync")
        self._in_flight = threading.BoundedSemaphore(calls_in_flight)
        self._leases = Leases(
            self._calls_of,
            calls_in_flight=calls_in_flight,
            calls_per_second=calls_per_second,
            cap_look=cap_look,
            stopping=lambda: self.stopping,
        )
        self._stop_by = math.inf
        self._gave_up = False
        self.broken: Exception | None = None

    def wake(self) -> None:
        """Tell the writer that a listing may be due."""
        self._inbox.put(_Signal.DUE)

    def take(self, connection: Connection, due: DueListings) -> Sequence[LeasedListing]:
        """Lease what this transaction makes due. Call it once all that the syncs need is written."""
        return self._leases.take(connection, due)

    def start_leased(self, leased: Sequence[LeasedListing]) -> None:
        """Start the syncs of these listings. Call it after the transaction that leased them has committed."""
        for due in leased:
            if not due.listing.exists:
                self._leases.shop_of(due).cap.started(due.product.id)
            self._pool.submit(self._sync, due, random_id())

    def cancel(self, leased: Sequence[LeasedListing]) -> None:
        """Forget these leases. Call it when the transaction that leased them has failed."""
        self._leases.cancel(leased)

    def request_stop(self) -> None:
        """Stop leasing. Calls in flight get `STOP_SECONDS` to end and to be recorded."""
        self._stop_by = min(self._stop_by, time.monotonic() + STOP_SECONDS)
        super().request_stop()
        self.wake()

    def stop(self, seconds: float | None = None) -> bool:
        """Request a stop, and wait until the calls in flight are recorded. Return False if that takes too long."""
        ended = super().stop(STOP_SECONDS if seconds is None else seconds)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return ended

    @property
    def running(self) -> bool:
        """Whether the writer thread is alive."""
        return self._thread.is_alive()

    @property
    def in_progress(self) -> int:
        """The number of listings that are being synced."""
        return self._leases.in_progress

    def shops(self) -> dict[str, bool]:
        """Return whether sync is stopped, for each shop that was delivered to since the start."""
        return {key: shop.health.stopped is not None for key, shop in self._leases.shops().items()}

    def pacing(self) -> dict[str, Pacing]:
        """Return how fast each of these shops may be called now."""
        seconds, now = time.time(), self._clock()
        return {
            key: Pacing(shop.pace.rate(seconds), shop.pace.paused_for(seconds), shop.cap.closed_until(now))
            for key, shop in self._leases.shops().items()
        }

    def share(self, consumers: int) -> None:
        """Take one of `consumers` equal shares of every shop's rate limit: so many processes deliver, with this one."""
        self._leases.share(consumers)

    def stopped_shops(self) -> dict[str, str]:
        """Return the reason for each shop whose sync is stopped until a person acts."""
        stopped = ((key, shop.health.stopped) for key, shop in self._leases.shops().items())
        return {key: why for key, why in stopped if why}

    # The writer

    def run_round(self) -> None:
        """Collect the workers' notes, record them, and lease what is due."""
        self._round(self._gather())

    def finish(self) -> None:
        """Record the calls that were in flight when the stop was requested, then release the other leases."""
        if self._gave_up:
            return
        while self.in_progress:
            self.run_round()
        self._give_back()

    def after_error(self, error: Exception) -> float:
        """Stop delivery: after an unexpected error the writer must not continue with half of its notes recorded."""
        self._gave_up = True
        if isinstance(error, DatabaseStaysAway):
            # The leases expire, and the next owner of each listing reads TikTok first.
            log.warning("database_away", while_doing="stop")
        else:
            self.broken = error
            log.exception("delivery_broken")
        self.request_stop()
        return 0.0

    def _gather(self) -> list[_QueuedNote]:
        """Return the notes that arrive within a few milliseconds of the first one; at once if a listing may be due."""
        written: list[_QueuedNote] = []
        wait, deadline = LOOK_SECONDS, math.inf
        while wait > 0:
            try:
                entry = self._inbox.get(timeout=wait)
            except queue.Empty:
                break
            if isinstance(entry, _QueuedNote):
                written.append(entry)
            elif entry is _Signal.DUE:
                break
            now = time.monotonic()
            last = isinstance(entry, _QueuedNote) and entry.note.leased.lease.ending
            deadline = min(deadline, now + (GATHER_SECONDS if last else AWAITED_SECONDS))
            wait = deadline - now
        self._drain(written)
        return written

    def _drain(self, written: list[_QueuedNote]) -> None:
        while True:
            try:
                entry = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(entry, _QueuedNote):
                written.append(entry)

    def _round(self, written: Sequence[_QueuedNote]) -> None:
        """Run one transaction until it succeeds: record the notes, renew the leases, and lease what is due next."""
        while True:
            try:
                written_under_lease, leased = self._transaction(written)
                break
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("database_away", waiting=len(written))
            self._wait_for_database(written)
        self.start_leased(leased)
        for entry, still_leased in zip(written, written_under_lease, strict=True):
            entry.still_leased.set_result(still_leased)
        if written:
            self._noted()

    def _transaction(self, written: Sequence[_QueuedNote]) -> tuple[list[bool], Sequence[LeasedListing]]:
        leased: Sequence[LeasedListing] = ()
        try:
            with self._database.write() as connection:
                now = self._clock()
                rulebooks = self._rulebooks.read(connection)
                still_leased = self._record(connection, written, rulebooks, now)
                for entry in written:
                    if entry.note.leased.lease.ending:
                        # Make room for the listings that this transaction leases below.
                        self._leases.release(entry.note.leased)
                self._leases.record_stopped_shops(connection, rulebooks, now)
                renewed = self._leases.renew(connection, now)
                leased = self._leases.take(connection, DueListings(rulebooks, now))
        except BaseException:
            self._leases.cancel(leased)
            raise
        self._leases.prolong(renewed)
        return still_leased, leased

    def _wait_for_database(self, written: Sequence[_QueuedNote]) -> None:
        """Wait before the next try. Raises `DatabaseStaysAway` if the time for stopping is over."""
        if time.monotonic() > self._stop_by:
            for entry in written:
                entry.still_leased.set_result(False)
            raise DatabaseStaysAway
        time.sleep(AWAY_SECONDS)

    def _record(
        self, connection: Connection, written: Sequence[_QueuedNote], rulebooks: Rulebooks, now: datetime
    ) -> list[bool]:
        """Write all notes at once. If that fails, write them one by one, so that one bad note loses no other."""
        if not written:
            return []
        try:
            with connection.begin_nested():
                return record(connection, [entry.note for entry in written], rulebooks, now)
        except Exception as error:
            if is_away(error):
                raise
        return [self._record_alone(connection, entry.note, rulebooks, now) for entry in written]

    def _record_alone(self, connection: Connection, note: Note, rulebooks: Rulebooks, now: datetime) -> bool:
        """Write one note. If that fails, its listing is retried as after any other error in our own code."""
        try:
            with connection.begin_nested():
                return record(connection, [note], rulebooks, now)[0]
        except Exception as error:
            if is_away(error):
                raise
            log.exception("note_not_written", product_id=note.leased.product.id)
            failed = error
        try:
            with connection.begin_nested():
                # The listing as it is stored: the note's own may be what can't be written.
                stored = listings.load(connection, [note.leased.product.id])[note.leased.product.id]
                record(
                    connection,
                    [failed_sync(replace(note.leased, listing=stored), failed, now)],
                    rulebooks,
                    now,
                )
        except Exception as error:
            if is_away(error):
                raise
            # Its lease expires, and the next owner reads TikTok first.
            log.exception("note_not_written", product_id=note.leased.product.id)
        return False

    def _calls_of(self, shop: Shop, pace: RateLimiter) -> TikTokShop:
        """Return the shop's client. A stop ends its waits for the rate limit."""

        def renew(refused: Secret) -> Secret:
            return self._authorization.renew(shop, refused)

        return TikTokShop(shop, pace, renew=renew, sleep=self.pause, in_flight=self._in_flight)

    def _give_back(self) -> None:
        try:
            with self._database.write() as connection:
                self._leases.give_back(connection)
        except Exception as error:
            if not is_away(error):
                raise
            raise DatabaseStaysAway from error

    # The workers

    def _sync(self, due: LeasedListing, new_key: str) -> None:
        shop = self._leases.shop_of(due)
        try:
            ListingSync(
                due,
                SyncContext(
                    shop=shop.calls.urgent() if due.lease.pending.lane <= URGENT else shop.calls,
                    health=shop.health,
                    cap=shop.cap,
                    categories=self._categories,
                    images=self._images,
                    claims=self._claims,
                    record=self._queue_note,
                    clock=self._clock,
                    audit_look=self._audit_look,
                    exchanged=self._exchanged,
                    stopping=lambda: self.stopping,
                ),
                new_key,
            ).run()
        except Exception:
            # A pool swallows what its workers raise. The lease expires, and the next owner reads TikTok first.
            log.exception("worker_failed", product_id=due.product.id)
        finally:
            shop.cap.ended(due.product.id)
            if not due.lease.ending:
                self._leases.release(due)
                self._inbox.put(_Signal.FREE)

    def _queue_note(self, note: Note) -> bool:
        """Pass the note to the writer. Return False if the lease is lost. Don't wait for the last note of a sync."""
        written = _QueuedNote(note)
        note.leased.lease.ending = note.row is not None
        self._inbox.put(written)
        while not note.leased.lease.ending:
            try:
                return written.still_leased.result(ALIVE_SECONDS)
            except NotWritten:
                if not self.running:
                    return False
        return True
