"""`python -m consumer`: intake and delivery in one process, until SIGTERM."""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from kafka.errors import KafkaError

from background.worker import Worker
from config import logs
from config.serving import PORT_NOT_FREE, port_fault
from config.settings import InvalidSettings, Settings
from consumer.delivery.dispatcher import Delivery
from consumer.delivery.token_refresh import Authorization
from consumer.heartbeat import HeartbeatWriter, Pacing
from consumer.http import Check, HealthServer, Metrics, create_app
from consumer.intake.intake import DatabaseAway, Intake, IntakeBroken
from consumer.outbox.outcome_relay import OutcomeRelay
from consumer.outbox.quarantine_reader import QuarantineReader
from consumer.resync_worker import ResyncWorker
from consumer.retention_worker import RetentionWorker
from consumer.store_clocks import StoreClockWriter
from consumer.watchdog import EX_SOFTWARE, Watchdog
from records.catalog import sync_queue
from records.db.database import Database, DatabaseNotReady
from records.db.secret_box import CannotOpenSecret, SecretBox
from records.log import heartbeats
from records.rules.load_rulebook import RulebookReader
from topics.event_consumer import KafkaProductEvents, Record

log = structlog.get_logger("consumer")

POLL_SECONDS = 0.5
AWAY_SECONDS = 0.5
LAG_EVERY = 1.0
"""Seconds between two measurements of the lag."""
ALLOCATIONS_BETWEEN_COLLECTIONS = 50_000
"""About those of a batch. Python's default is 700, a few events."""
EX_CONFIG = 78
"""The exit code for a configuration error, from `sysexits.h`."""
NOT_REQUIRED = (
    "Events without a signature are accepted from everyone who can write to the topic. "
    "Once the lag is 0 after an upgrade, remove the setting and restart the consumer."
)


class AlreadyRunning(Exception):
    """Another consumer runs on this SQLite database. Stop it, or use PostgreSQL to run several."""


class Workers:
    """Intake, delivery and the other workers, wired together. Nothing is started here."""

    def __init__(self, settings: Settings, database: Database, box: SecretBox, metrics: Metrics) -> None:
        self.relay = OutcomeRelay(
            database,
            settings.kafka(),
            outcomes_topic=settings.outcomes_topic,
            dead_letters_topic=settings.dead_letters_topic,
            group_id=settings.consumer_group,
        )
        self.quarantine = QuarantineReader(
            database,
            settings.kafka(),
            settings.signatures(),
            box,
            dead_letters_topic=settings.dead_letters_topic,
            group_id=settings.consumer_group,
        )
        self.authorization = Authorization(database, box, exchanged=metrics.exchanged)
        self.delivery = Delivery(
            database,
            box,
            calls_in_flight=settings.calls_in_flight,
            calls_per_second=settings.calls_per_second,
            audit_look=timedelta(seconds=settings.audit_look),
            allow_private_media=settings.allow_private_media,
            cap_look=timedelta(seconds=settings.cap_look),
            authorization=self.authorization,
            noted=self.relay.wake,
            exchanged=metrics.exchanged,
        )
        self.intake = Intake(
            database,
            box,
            settings.signatures(),
            read_delay=timedelta(seconds=settings.read_delay),
            dispatch=self.delivery,
        )
        self.resync = ResyncWorker(database, box)
        self.retention = RetentionWorker(database)
        self.clocks = StoreClockWriter(database)


class Consumer:
    """The process: it starts the workers, runs intake on the main thread, and stops the workers in order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = Database(settings.database_url)
        self._box = SecretBox(*settings.secret_keys)
        self._metrics = Metrics()
        self._stopping = threading.Event()
        self._last_round = time.monotonic()
        self._lag: Mapping[int, int] = {}
        self._lag_at = 0.0
        self._newest_ms = 0
        self._topic: KafkaProductEvents | None = None
        self._workers = Workers(settings, self._database, self._box, self._metrics)
        self._heartbeat = HeartbeatWriter(self._database, self)
        self._watchdog = Watchdog(lambda: self._last_round)

    def stop(self, *_: object) -> None:
        """Request a stop; `run` finishes the syncs in progress. A signal handler, so it takes any arguments."""
        self._stopping.set()

    def run(self) -> int:
        """Run until a stop is requested. Return the exit code: 0, or 70 if intake or delivery failed."""
        self._database.require_current()
        with self._database.read() as connection:
            rulebooks = RulebookReader(self._box).read(connection)
        log.info("shops", known=sorted(rulebooks.shops))
        if not self._settings.signatures().required:
            log.warning("event_signatures_not_required", setting="M2T_EVENT_SIGNATURES", words=NOT_REQUIRED)
        health = HealthServer(
            create_app(self._metrics, self._checks(), self),
            self._settings.consumer_host,
            self._settings.consumer_port,
        )
        workers = self._workers
        health.start()
        for worker in (
            workers.relay,
            workers.quarantine,
            workers.authorization,
            workers.delivery,
            workers.resync,
            workers.retention,
            workers.clocks,
            self._heartbeat,
            self._watchdog,
        ):
            worker.start()
        log.info("consumer_started", pid=os.getpid(), topic=self._settings.events_topic)
        code = 0
        try:
            self._consume()
        except IntakeBroken as error:
            log.critical("intake_broken", error=str(error))
            code = EX_SOFTWARE
        in_order = self._stop_workers()
        health.stop()
        self._database.close()
        log.info("consumer_stopped", in_order=in_order)
        return code if self._workers.delivery.broken is None else EX_SOFTWARE

    def _stop_workers(self) -> bool:
        """Stop every worker. Return whether delivery recorded all calls that were in flight."""
        workers = self._workers
        side_workers: tuple[Worker, ...] = (
            workers.quarantine,
            workers.resync,
            workers.retention,
            workers.clocks,
            self._watchdog,
        )
        # Request every stop before waiting for the first: while Kafka is away, each may take several seconds.
        for worker in (*side_workers, workers.authorization):
            worker.request_stop()
        if self._topic is not None:
            self._topic.close()
        for worker in side_workers:
            worker.stop()
        in_order = workers.delivery.stop()
        workers.authorization.stop()
        # The relay stops after delivery, whose last notes contain outcomes to publish.
        workers.relay.stop()
        self._heartbeat.stop(2 * heartbeats.EVERY.total_seconds())
        return in_order

    # What /metrics and the heartbeat read

    def lag(self) -> Mapping[int, int]:
        """Return the number of records not yet processed, by partition. It may be a second old."""
        return self._lag

    def lag_seconds(self) -> float:
        """Return the age in seconds of the newest processed record; 0 if no record is left to process."""
        return max(0.0, time.time() - self._newest_ms / 1000) if any(self._lag.values()) else 0.0

    def pacing(self) -> Mapping[str, Pacing]:
        """Return how fast each shop may be called."""
        return self._workers.delivery.pacing()

    def share(self, consumers: int) -> None:
        """Take one of `consumers` equal shares of every shop's rate limit."""
        self._workers.delivery.share(consumers)

    def pending(self) -> int:
        """Return the number of listings in the sync queue."""
        with self._database.read() as connection:
            return sync_queue.count(connection)

    def stopped(self) -> Mapping[str, bool]:
        """Return whether sync is stopped, for each shop that was delivered to since the start."""
        return self._workers.delivery.shops()

    def authorization_seconds(self) -> Mapping[str, float]:
        """Return the seconds until each shop's authorization ends, for shops where that is known."""
        return self._workers.authorization.seconds_left()

    def in_progress(self) -> int:
        """Return the number of listings that are being synced."""
        return self._workers.delivery.in_progress

    def _checks(self) -> Mapping[str, Check]:
        def kafka() -> str | None:
            return None if self._topic is not None else "not reached yet"

        def database() -> str | None:
            try:
                return (
                    None if self._database.is_current() else "its tables are out of date: run m2t db upgrade"
                )
            except Exception as error:
                return f"does not answer ({type(error).__name__})"

        def shops() -> str | None:
            stopped = self._workers.delivery.stopped_shops()
            return "; ".join(f"{key}: {why}" for key, why in stopped.items()) or None

        return {"kafka": kafka, "database": database, "shops": shops}

    # Intake

    def _consume(self) -> None:
        while not self._stopping.is_set() and self._workers.delivery.broken is None:
            self._last_round = time.monotonic()
            topic = self._open_topic()
            if topic is None:
                continue
            records = topic.poll(POLL_SECONDS)
            if records:
                self._take(topic, records)
            elif any(self._lag.values()):
                # The last lag was not 0, and its records may have been processed since.
                self._measure(topic)

    def _open_topic(self) -> KafkaProductEvents | None:
        if self._topic is None:
            try:
                self._topic = KafkaProductEvents(
                    self._settings.events_topic,
                    group_id=self._settings.consumer_group,
                    connection=self._settings.kafka(),
                )
            except KafkaError as error:
                log.warning("kafka_away", error=type(error).__name__)
                self._stopping.wait(AWAY_SECONDS)
        return self._topic

    def _take(self, topic: KafkaProductEvents, records: Sequence[Record]) -> None:
        """Process the batch, retrying while the database is away. Commit the offsets after the database, never before.

        A crash between the two repeats the batch, and its events are dropped as duplicates; the other order would lose
        them.
        """
        while not self._stopping.is_set():
            self._last_round = time.monotonic()
            try:
                result = self._workers.intake.take(records)
            except DatabaseAway as error:
                log.warning("database_away", records=len(records), error=str(error))
                self._stopping.wait(AWAY_SECONDS)
                continue
            if result.dead_lettered:
                self._workers.relay.wake()
            topic.commit(records)
            self._newest_ms = max(record.timestamp_ms for record in records)
            self._metrics.count_batch(result, time.time())
            self._workers.clocks.observe(decided.event for decided in result.decided)
            if time.monotonic() - self._lag_at > LAG_EVERY:
                self._measure(topic)
            return

    def _measure(self, topic: KafkaProductEvents) -> None:
        """Measure the lag. If Kafka does not answer, keep the last value."""
        self._lag_at = time.monotonic()
        try:
            self._lag = topic.lag()
        except KafkaError as error:
            log.info("lag_unknown", error=type(error).__name__)


def collect_rarely() -> None:
    """Let garbage collection look at less, and less often: by default it takes a tenth of intake's time.

    What exists now lives as long as the process. Of what a batch makes, nearly everything is freed without collection.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)


@contextmanager
def only_consumer(database: Database) -> Iterator[None]:
    """Lock a SQLite database for this consumer, because SQLite allows one writer. Raises `AlreadyRunning`."""
    path = database.path
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{path}.consumer.lock").open("w") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(AlreadyRunning.__doc__) from None
        yield


def health_port_fault(settings: Settings) -> str | None:
    """Return why the pages of health and metrics can't be served; None if they can, or if the port is 0."""
    if settings.consumer_port == 0:
        return None
    return port_fault(settings.consumer_host, settings.consumer_port, "M2T_CONSUMER_PORT")


def main() -> int:
    """Run the consumer. Return its exit code: 78 if its configuration or database is not usable."""
    try:
        settings = Settings.from_environ()
    except InvalidSettings as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EX_CONFIG
    logs.configure(settings.log_level, settings.log_format)
    try:
        with only_consumer(Database(settings.database_url)):
            fault = health_port_fault(settings)
            if fault is not None:
                print(fault, file=sys.stderr)  # noqa: T201
                return PORT_NOT_FREE
            consumer = Consumer(settings)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, consumer.stop)
            collect_rarely()
            return consumer.run()
    except (AlreadyRunning, DatabaseNotReady, CannotOpenSecret) as error:
        print(f"consumer: {error}", file=sys.stderr)  # noqa: T201
        return EX_CONFIG


if __name__ == "__main__":
    code = main()
    # kafka-python may leave a thread that waits for a broker, and would keep the process alive. Our threads have ended.
    logging.shutdown()
    os._exit(code)
