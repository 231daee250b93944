"""The lag that the consumer reports while it processes records."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError

from config.settings import Settings
from consumer.__main__ import Consumer
from tests.consumer.engine import Engine, record_of
from topics.event_consumer import Record


class Topic:
    """A topic that returns one batch and then nothing. Each measurement reports the next of these lags."""

    def __init__(self, batch: Sequence[Record], *behind: int) -> None:
        self._batches = [batch, [], []]
        self._behind = iter(behind)
        self.over: Any = None

    def poll(self, seconds: float) -> Sequence[Record]:
        batch = self._batches.pop(0)
        if not self._batches:
            self.over()
        return batch

    def lag(self) -> Mapping[int, int]:
        return {0: next(self._behind)}

    def commit(self, records: Sequence[Record]) -> None:
        """Do nothing: the records are processed."""


@pytest.fixture
def consumer(engine: Engine, sqlite_file: Path) -> Consumer:
    environ = {
        "M2T_SECRET_KEY": "the key of the box, forty characters long",
        "M2T_DATABASE_URL": f"sqlite:///{sqlite_file}",
    }
    return Consumer(Settings.from_environ(environ, dotenv=None))


@pytest.mark.parametrize(
    ("behind", "lag", "seconds"),
    [
        ([3, 2, 2], {0: 2}, 60),
        ([3, 0], {0: 0}, 0),  # what was behind has been handled since: no batch follows that would tell
        ([0], {0: 0}, 0),
    ],
)
def test_it_is_measured_until_nothing_is_behind(
    engine: Engine, consumer: Consumer, behind: list[int], lag: Mapping[int, int], seconds: float
) -> None:
    engine.policy(product_upload=False)
    record, a_minute_ago = record_of(engine.saved()), int((time.time() - 60) * 1000)
    old = Record(record.topic, 0, 1, a_minute_ago, record.key, record.value, record.headers)
    topic: Any = Topic([old], *behind)
    topic.over = consumer.stop
    consumer._topic = topic
    consumer._consume()
    assert consumer.lag() == lag
    assert consumer.lag_seconds() == pytest.approx(seconds, abs=30)


def test_where_kafka_does_not_say_it_what_was_known_stays(engine: Engine, consumer: Consumer) -> None:
    engine.policy(product_upload=False)

    class Away(Topic):
        def lag(self) -> Mapping[int, int]:
            if not self._batches[1:]:
                raise KafkaTimeoutError
            return super().lag()

    topic: Any = Away([record_of(engine.saved())], 3, 3)
    topic.over = consumer.stop
    consumer._topic = topic
    consumer._consume()
    assert consumer.lag() == {0: 3}
