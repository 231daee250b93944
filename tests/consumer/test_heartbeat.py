"""The heartbeat: what the consumer stores about itself every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from consumer.heartbeat import MOST_SHOPS, HeartbeatWriter, Pacing, heartbeat_document
from records.catalog.sync_queue_stats import Backlog
from records.log import counters, heartbeats
from records.log.counters import MINUTE, CounterKind
from records.log.heartbeats import Heartbeat
from tests.consumer.engine import Engine
from tests.consumer.seller_center import eventually
from tests.policies.examples import NOON


@dataclass
class Consumer:
    """A consumer in this state."""

    behind: Mapping[int, int] = field(default_factory=dict)
    seconds: float = 0.0
    shops: Mapping[str, bool] = field(default_factory=dict)
    paces: Mapping[str, Pacing] = field(default_factory=dict)
    shares: list[int] = field(default_factory=list)

    def lag(self) -> Mapping[int, int]:
        return self.behind

    def lag_seconds(self) -> float:
        return self.seconds

    def in_progress(self) -> int:
        return 2

    def stopped(self) -> Mapping[str, bool]:
        return self.shops

    def pacing(self) -> Mapping[str, Pacing]:
        return self.paces

    def share(self, consumers: int) -> None:
        self.shares.append(consumers)


def beats(engine: Engine) -> list[Heartbeat]:
    with engine.database.read() as connection:
        return heartbeats.load_all(connection)


def test_a_beat_says_what_waits_how_far_behind_it_is_and_how_fast_each_shop_may_be_called(
    engine: Engine,
) -> None:
    engine.clock.stand_still()
    engine.save()
    engine.clock.pass_by(7)
    consumer = Consumer({0: 3, 1: 4}, 1.26, {"demo": False}, {"demo": Pacing(2.5, 1.0)})
    HeartbeatWriter(engine.database, consumer, clock=engine.clock).beat()
    (beat,) = beats(engine)
    assert beat.process.startswith("consumer ")
    assert beat.at == engine.clock()
    assert {name: beat.document[name] for name in ("lag_records", "lag_seconds", "in_hand", "waiting")} == {
        "lag_records": 7,
        "lag_seconds": 1.3,
        "in_hand": 2,
        "waiting": 1,
    }
    assert beat.document["shops"] == {
        "demo": {
            "waiting": 1,
            "due": 1,
            "due_seconds": 7.0,
            "oldest_seconds": 7.0,
            "calls_per_second": 2.5,
            "held_seconds": 1.0,
            "creates_from": None,
            "stopped": False,
        }
    }


def test_each_consumer_learns_how_many_share_the_pace_of_the_shops(engine: Engine) -> None:
    engine.clock.stand_still()
    first, second = Consumer(), Consumer()
    mine, other = (HeartbeatWriter(engine.database, who, clock=engine.clock) for who in (first, second))
    other.process = "consumer elsewhere 7"
    mine.beat()
    other.beat()
    mine.beat()
    assert (first.shares, second.shares) == ([1, 2], [2])
    other.beat(stopped=True)
    mine.beat()
    assert first.shares[-1] == 1


def test_a_consumer_that_has_fallen_silent_has_no_part_in_the_pace(engine: Engine) -> None:
    engine.clock.stand_still()
    consumer = Consumer()
    gone = HeartbeatWriter(engine.database, Consumer(), clock=engine.clock)
    gone.process = "consumer elsewhere 7"
    gone.beat()
    for seconds, share in ((20, 2), (1, 1)):
        engine.clock.pass_by(seconds)
        HeartbeatWriter(engine.database, consumer, clock=engine.clock).beat()
        assert consumer.shares[-1] == share


def test_the_highest_age_of_each_minute_is_kept_for_the_charts(engine: Engine) -> None:
    engine.clock.stand_still()
    engine.save()
    began = engine.clock()
    for seconds in (0, 30):
        engine.clock.pass_by(seconds)
        HeartbeatWriter(engine.database, Consumer({0: 5}), clock=engine.clock).beat()
    with engine.database.read() as connection:
        kept = counters.series(
            connection,
            ["demo", ""],
            step=MINUTE,
            since=began,
            until=engine.clock() + timedelta(minutes=1),
        )
    ages = [counted.number for counted in kept if counted.counter.kind is CounterKind.OLDEST_SECONDS]
    assert max(ages) == 30
    assert {counted.number for counted in kept if counted.counter.kind is CounterKind.LAG_RECORDS} == {5}


def test_it_beats_by_itself_and_says_when_it_is_over(engine: Engine) -> None:
    heart = HeartbeatWriter(engine.database, Consumer(), every=timedelta(seconds=0.05))
    heart.start()
    eventually(lambda: beats(engine))
    assert beats(engine)[0].document["ended"] is False
    heart.stop()
    assert beats(engine)[0].document["ended"] is True


def test_a_beat_that_fails_writes_nothing_and_ends_nothing(engine: Engine) -> None:
    class Fails(Consumer):
        def in_progress(self) -> int:
            raise RuntimeError("a defect")

    HeartbeatWriter(engine.database, Fails()).beat()
    assert beats(engine) == []


def test_a_heartbeat_tells_of_the_shops_with_the_most_to_do() -> None:
    waiting = {f"shop-{number:04}": Backlog(number, 0, None, None) for number in range(MOST_SHOPS + 50)}
    shops: Mapping[str, Any] = heartbeat_document(Consumer(), waiting, NOON)["shops"]
    assert len(shops) == MOST_SHOPS
    assert min(shops) == "shop-0050"
