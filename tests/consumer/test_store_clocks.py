"""A store's clock that is ahead: observed in intake, stored and logged at most so often, over by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from consumer.http import Metrics
from consumer.store_clocks import StoreClockWriter
from policies.events.store_clock import AheadClock
from records.db.database import Database
from records.log import store_clocks
from schemas.product_event import ProductEvent
from tests.consumer.engine import Engine
from tests.consumer.seller_center import eventually
from tests.policies.examples import NOON, at, saved

pytestmark = pytest.mark.both_databases

AN_HOUR = timedelta(hours=1)


class Clock:
    """Noon, plus so many seconds."""

    seconds = 0.0

    def __call__(self) -> datetime:
        return at(self.seconds)


class Process:
    """A consumer process with these events, and the time of day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.clock = clock
        self.writer = StoreClockWriter(database, clock=clock)

    def sees(self, *events: ProductEvent) -> list[str]:
        """Observe the events, write what is due, and return the codes of the log lines."""
        self.writer.observe(events)
        with capture_logs() as lines:
            self.writer.write()
        return [line["event"] for line in lines]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def process(database: Database, clock: Clock) -> Process:
    return Process(database, clock)


def ahead(received: float, shop: str = "demo") -> ProductEvent:
    return saved(received, shop=shop, updated_at=at(received + 3_600))


def right(received: float) -> ProductEvent:
    return saved(received, updated_at=at(received))


def stored(database: Database) -> Mapping[str, AheadClock]:
    with database.read() as connection:
        return store_clocks.load_all(connection)


def test_a_clock_that_is_ahead_is_stored_and_logged(database: Database, process: Process) -> None:
    assert process.sees(right(0)) == []
    assert stored(database) == {}
    process.clock.seconds = 100
    assert process.sees(ahead(90), ahead(95, "other")) == ["store_clock_ahead", "store_clock_ahead"]
    assert stored(database) == {
        "demo": AheadClock(AN_HOUR, at(90), at(90)),
        "other": AheadClock(AN_HOUR, at(95), at(95)),
    }


def test_the_log_line_says_of_which_shop_by_how_much_and_since_when(process: Process) -> None:
    process.writer.observe([ahead(0)])
    with capture_logs() as lines:
        process.writer.write()
    assert lines == [
        {
            "event": "store_clock_ahead",
            "log_level": "warning",
            "shop": "demo",
            "ahead_seconds": 3_600,
            "since": NOON.isoformat(),
        }
    ]


def test_it_is_stored_once_a_minute_and_logged_once_in_ten(database: Database, process: Process) -> None:
    seen_at: set[datetime] = set()
    lines: list[str] = []
    for seconds in range(0, 601, 10):
        process.clock.seconds = seconds
        lines += process.sees(ahead(seconds))
        seen_at.add(stored(database)["demo"].seen_at)
    assert sorted(seen_at) == [at(minute * 60) for minute in range(11)]
    assert lines == ["store_clock_ahead", "store_clock_ahead"]
    assert stored(database)["demo"].since == at(0)


def test_it_is_over_with_the_first_credible_save_even_if_nothing_follows(
    database: Database, process: Process
) -> None:
    process.sees(ahead(0))
    process.clock.seconds = 20
    process.writer.observe([right(20)])
    process.sees()
    assert set(stored(database)) == {"demo"}, "a minute has not passed yet"
    process.clock.seconds = 61
    assert process.sees() == ["store_clock_credible"]
    assert stored(database) == {}


def test_another_process_ends_it_too(database: Database, clock: Clock, process: Process) -> None:
    other = Process(database, clock)
    process.sees(ahead(0))
    clock.seconds = 61
    assert other.sees(right(50)) == ["store_clock_credible"]
    assert stored(database) == {}


def test_the_last_state_is_written_when_the_process_stops(database: Database, clock: Clock) -> None:
    writer = StoreClockWriter(database, clock=clock, every=timedelta(seconds=0.01))
    writer.observe([ahead(0)])
    writer.start()
    eventually(lambda: stored(database))
    writer.observe([ahead(10)])
    assert writer.stop()
    assert stored(database)["demo"].seen_at == at(10)


def test_what_could_not_be_stored_is_stored_with_the_next_round(database: Database, process: Process) -> None:
    process.writer.observe([ahead(0)])
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE store_clocks RENAME TO elsewhere")
    with pytest.raises(Exception, match="store_clocks"):
        process.writer.write()
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO store_clocks")
    process.sees()
    assert stored(database)["demo"].ahead == AN_HOUR


def test_events_of_a_clock_that_is_ahead_are_counted_by_shop(engine: Engine) -> None:
    metrics = Metrics()
    soon = engine.clock() + AN_HOUR
    for event in (engine.saved(), engine.event(updated_at=soon), engine.event(updated_at=engine.clock())):
        metrics.count_batch(engine.take(event), engine.clock().timestamp())
    counted = metrics.registry.get_sample_value
    assert counted("m2t_store_clock_ahead_events_total", {"shop": "demo"}) == 1
