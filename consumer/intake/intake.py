"""Intake: turn a batch of Kafka records into decisions, in one database transaction and without network calls.

- If the transaction commits, the caller commits the offsets.
- An event whose id was stored before, or stands twice in the batch, is dropped and counted (`duplicates`): ids are
  remembered for eight days, so a webhook that is sent again under its id, and a record that is read again, decide
  nothing twice. A sender that gives no id gets a new one each time: then the second save has changed nothing.
- A record that can't be read, or has no valid signature, becomes a dead letter; the others are processed.
- If the database is away, `DatabaseAway` is raised, and the caller passes the same batch again. What was stored of it
  is recognized as duplicates.
- After any other error the batch is processed record by record. A record that fails alone becomes a dead letter; more
  than twenty of them in a row raise `IntakeBroken`, which stops the consumer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from consumer.dead_letter import dead_letter_of
from consumer.delivery.leases import Dispatch, DueListings, no_lease
from consumer.intake.duplicates import record_dropped, sift
from consumer.intake.write_decisions import Batch, DecidedEvent, record_all
from consumer.results.counters import intake_counts
from consumer.results.results import LeasedListing
from policies.product_context import ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebooks
from records.catalog import baselines, listings, products
from records.catalog.products import ProductKey
from records.db.database import Database, has_been_overtaken, is_away
from records.db.secret_box import SecretBox
from records.log import counters, dead_letters
from records.log.dead_letters import DeadLetter
from records.rules.load_rulebook import RulebookReader
from schemas.event_signature import EventSignatures, UnverifiedEvent, is_signed
from schemas.product_event import ProductEvent, UnreadableEvent, from_record
from sync import resync_job
from sync.decide_event import EventDecision, decide_event
from topics.event_consumer import Record

log = structlog.get_logger(__name__)

MOST_FAILURES_IN_A_ROW = 20
MOST_OVERTAKEN = 5
"""How often a transaction is repeated after another process inserted the same rows first."""
CHILDREN = "configurable_product_links"
"""The attribute of a configurable product with the entity ids of its children."""


class DatabaseAway(Exception):
    """Raised when the database does not answer. The batch must be taken again."""


class IntakeBroken(Exception):
    """Raised when more than `MOST_FAILURES_IN_A_ROW` records fail: the fault is in intake, not in the records."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The results of a batch."""

    decided: tuple[DecidedEvent, ...] = ()
    duplicates: int = 0
    dead_lettered: int = 0
    reused_ids: int = 0

    @property
    def due(self) -> bool:
        """Whether the batch queued a listing."""
        return any(decided.event_decision.lane is not None for decided in self.decided)


class Intake:
    """Process batches of records. Not thread safe."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        signatures: EventSignatures,
        *,
        read_delay: timedelta,
        dispatch: Dispatch = no_lease,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`dispatch` leases what a batch makes due, and starts the syncs after the commit."""
        self._database = database
        self._signatures = signatures
        self._rulebooks = RulebookReader(box)
        self._read_delay = read_delay
        self._dispatch = dispatch
        self._clock = clock
        self._failures = 0

    def now(self) -> datetime:
        """Return the current time of the clock that decisions use."""
        return self._clock()

    def take(self, records: Sequence[Record]) -> BatchResult:
        """Process the whole batch. Raises `DatabaseAway` or `IntakeBroken`."""
        try:
            return self._take(records)
        except Exception as error:
            if is_away(error):
                raise DatabaseAway(str(error)) from error
            raise

    def _take(self, records: Sequence[Record]) -> BatchResult:
        try:
            result = self._transaction_unless_overtaken(records)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("batch_failed", records=len(records), error=type(error).__name__)
            return self._record_by_record(records)
        self._failures = 0
        return result

    def _record_by_record(self, records: Sequence[Record]) -> BatchResult:
        decided: list[DecidedEvent] = []
        duplicates = dead = reused = 0
        for record in records:
            try:
                result = self._transaction_unless_overtaken([record])
                self._failures = 0
            except Exception as error:
                if is_away(error):
                    raise
                self._failures += 1
                if self._failures > MOST_FAILURES_IN_A_ROW:
                    raise IntakeBroken(
                        f"{self._failures} records in a row failed; the last with {type(error).__name__}: {error}"
                    ) from error
                result = self._dead_letter(record, "intake_failed", error)
            decided.extend(result.decided)
            duplicates += result.duplicates
            dead += result.dead_lettered
            reused += result.reused_ids
        return BatchResult(tuple(decided), duplicates, dead, reused)

    def _dead_letter(self, record: Record, reason: str, error: Exception) -> BatchResult:
        with self._database.write() as connection:
            letter, now = _letter(record, reason, error, self._clock()), self._clock()
            new = dead_letters.put(connection, [letter])
            counters.add(connection, intake_counts([], [], new, now=now), now=now)
        log.error("dead_lettered", reason=reason, error=type(error).__name__, offset=record.offset)
        return BatchResult(dead_lettered=len(new))

    def _transaction_unless_overtaken(self, records: Sequence[Record]) -> BatchResult:
        """Run the transaction; repeat it if another process inserted the same event or product at the same time."""
        for _ in range(MOST_OVERTAKEN):
            try:
                return self._transaction(records)
            except Exception as error:
                if not has_been_overtaken(error):
                    raise
                log.info("overtaken", records=len(records))
        return self._transaction(records)

    def _transaction(self, records: Sequence[Record]) -> BatchResult:
        now = self._clock()
        leased: Sequence[LeasedListing] = ()
        try:
            with self._database.write() as connection:
                rulebooks = self._rulebooks.read(connection)
                readable, letters = _decode(records, self._signatures, rulebooks, now)
                letters = dead_letters.put(connection, letters)
                sifted = sift(connection, readable)
                batch = self._decide_all(connection, sifted.fresh, rulebooks, now)
                if sifted.dropped:
                    record_dropped(connection, sifted, rulebooks)
                if due := record_all(connection, batch, rulebooks, now):
                    leased = self._dispatch.take(connection, DueListings(rulebooks, now, due, batch.contexts))
                decisions = [(decided.event, decided.event_decision) for decided in batch.decided]
                counters.add(connection, intake_counts(readable, decisions, letters, now=now), now=now)
        except BaseException:
            self._dispatch.cancel(leased)
            raise
        self._dispatch.start_leased(leased)
        if unsigned := self._unsigned(readable):
            log.warning("unsigned_events_believed", number=unsigned)
        for letter in letters:
            log.error(
                "dead_lettered", reason=letter.reason, error=letter.error_class, offset=letter.origin_offset
            )
        decision_log = log.bind()
        for event, event_decision in decisions:
            decision_log.info(
                "decided",
                event_id=event.id,
                shop=event.shop,
                sku=event_decision.context.product.sku,
                action=event_decision.decision.action.value,
                reason=event_decision.decision.reason.value,
                traceparent=event.traceparent,
            )
        for event, _ in sifted.reused:
            log.warning("webhook_id_reused", shop=event.shop, event_id=event.id, sku=event.sku)
        return BatchResult(tuple(batch.decided), len(sifted.dropped), len(letters), len(sifted.reused))

    def _unsigned(self, readable: Sequence[tuple[ProductEvent, Record]]) -> int:
        """Return how many records were accepted without a signature: 0 once an upgrade to signed events is over."""
        if self._signatures.required:
            return 0
        return sum(not is_signed(record.headers) for _, record in readable)

    def _decide_all(
        self,
        connection: Connection,
        fresh: Sequence[tuple[ProductEvent, Record]],
        rulebooks: Rulebooks,
        now: datetime,
    ) -> Batch:
        located = products.locate(connection, [_key(event) for event, _ in fresh])
        by_id = {product.id: product for product in located.values()}
        # What a changed policy makes due for these products is decided before the events, as if it had come in time.
        if affected := resync_job.affected_before_events(connection, rulebooks, by_id, now):
            resync_job.make_due(connection, rulebooks, affected, now)
        listing_of, baseline = listings.load(connection, by_id), baselines.load(connection, by_id)
        contexts = {
            product_id: ProductContext(product, listing_of[product_id], baseline.get(product_id))
            for product_id, product in by_id.items()
        }
        rulebook_of = {key: rulebooks.of(key) for key in {event.shop for event, _ in fresh}}
        batch = Batch(dict(contexts), contexts)
        for event, record in fresh:
            product_id = located[_key(event)].id
            event_decision = decide_event(
                event,
                batch.contexts[product_id],
                rulebook_of[event.shop],
                now,
                read_delay=self._read_delay,
            )
            batch.contexts[product_id] = event_decision.context
            batch.decided.append(DecidedEvent(event, event_decision, product_id, record))
            _take_children(connection, event, event_decision, batch)
        return batch


def _key(event: ProductEvent) -> ProductKey:
    return ProductKey(event.shop, event.entity_id, event.sku)


def _decode(
    records: Sequence[Record], signatures: EventSignatures, rulebooks: Rulebooks, now: datetime
) -> tuple[list[tuple[ProductEvent, Record]], list[DeadLetter]]:
    """Return the events that are signed, readable and of a configured shop, and the other records as dead letters."""
    readable, letters = [], []
    for record in records:
        try:
            event = from_record(
                record.key, record.value, record.headers, signatures, partition=record.partition
            )
        except UnverifiedEvent as error:
            letter = _letter(record, error.reason, error, now)
            letters.append(letter if letter.shop in rulebooks.shops else replace(letter, shop=None))
            continue
        except UnreadableEvent as error:
            letters.append(_letter(record, "unreadable_event", error, now))
            continue
        if event.shop not in rulebooks.shops:
            letters.append(_letter(record, "unknown_shop", LookupError(f"no shop {event.shop!r}"), now))
            continue
        readable.append((event, record))
    return readable, letters


def _letter(record: Record, reason: str, error: Exception, now: datetime) -> DeadLetter:
    source = next((value for name, value in record.headers if name == "ce_source"), b"")
    return dead_letter_of(
        record,
        shop=source.decode(errors="replace").removeprefix("/magento/")[:40] or None,
        reason=reason,
        error_class=type(error).__name__,
        error_message=str(error),
        failed_at=now,
    )


def _take_children(
    connection: Connection, event: ProductEvent, event_decision: EventDecision, batch: Batch
) -> None:
    """Mark the children of a configurable product: they are SKUs of its listing, and get no listing of their own."""
    value = event.attributes.get(CHILDREN)
    entity_id = event_decision.context.product.entity_id
    if (
        entity_id is None
        or not isinstance(value, list)
        or event_decision.decision.reason is Reason.STALE_EVENT
    ):
        return
    names = {str(child) for child in value}
    products.save_children(connection, event.shop, entity_id, names)
    touched = [
        product_id
        for product_id, context in batch.contexts.items()
        if context.product.shop == event.shop
        and (context.product.is_child or context.product.entity_id in names)
    ]
    for product_id, product in products.load(connection, touched).items():
        context = batch.contexts[product_id]
        batch.contexts[product_id] = replace(
            context, product=replace(context.product, is_child=product.is_child)
        )
