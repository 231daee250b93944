"""The health badge shows the worst problem."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.web.consumer_status import Beating, ShopSeen, State, beating
from console.web.health_badge import judged
from records.log.heartbeats import SILENT, Heartbeat
from records.rules.shops import NOT_CONNECTED_YET
from tests.policies.examples import NOON

SECOND = timedelta(seconds=1)


def beat(process: str = "consumer a 1", ago: timedelta = timedelta(), **document: Any) -> Heartbeat:
    return Heartbeat(process, NOON - ago, {"lag_records": 0, "lag_seconds": 0.0, "shops": {}, **document})


def seen(*beats: Heartbeat) -> Beating:
    return beating(beats, NOON)


class TestBeating:
    @pytest.mark.parametrize(
        ("beats", "state"),
        [
            ([], State.NEVER),
            ([beat("console")], State.NEVER),
            ([beat(ago=SILENT)], State.WORKS),
            ([beat(ago=SILENT + SECOND)], State.SILENT),
            ([beat(ended=True)], State.ENDED),
            ([beat(ago=SILENT + SECOND), beat("consumer a 2")], State.WORKS),
            ([beat("consumer a 1", SILENT + SECOND), beat("consumer a 2", SECOND, ended=True)], State.ENDED),
            (
                [beat("consumer a 1", 2 * SILENT, ended=True), beat("consumer a 2", SILENT + SECOND)],
                State.SILENT,
            ),
        ],
    )
    def test_the_state_of_the_consumers(self, beats: list[Heartbeat], state: State) -> None:
        assert seen(*beats).state is state

    def test_several_are_behind_together_and_the_newest_word_of_a_shop_counts(self) -> None:
        found = seen(
            beat("consumer a 1", 2 * SECOND, lag_records=3, lag_seconds=5.0, shops={"demo": {"waiting": 9}}),
            beat("consumer b 1", SECOND, lag_records=4, lag_seconds=1.0, shops={"demo": {"waiting": 2}}),
        )
        assert (found.lag_records, found.lag_seconds, found.shop("demo").waiting) == (7, 5.0, 2)
        assert [consumer.name for consumer in found.consumers] == ["consumer b 1", "consumer a 1"]

    def test_a_shop_that_nothing_was_shown_of_has_nothing_to_do(self) -> None:
        assert seen(beat()).shop("other") == ShopSeen()


UNCONNECTED = {"demo": NOT_CONNECTED_YET}
LATE = {"demo": {"due_seconds": 61.0}}


@pytest.mark.parametrize(
    ("beats", "stopped", "paused", "level", "words"),
    [
        ([], {}, [], "info", "Not started"),
        ([beat()], {}, [], "success", "Up to date"),
        ([beat()], {"demo": "Authorize it."}, [], "error", "Shop stopped"),
        ([], {"demo": "Authorize it."}, [], "error", "Shop stopped"),
        ([beat(ago=2 * SILENT)], {}, [], "error", "Consumer silent"),
        ([beat(ended=True)], {}, [], "error", "Consumer stopped"),
        ([beat(lag_seconds=61.0)], {}, [], "warning", "Behind"),
        ([beat(shops=LATE)], {}, [], "warning", "Behind"),
        ([beat(shops=LATE)], {}, ["demo"], "success", "Up to date"),
        ([beat(shops=LATE)], UNCONNECTED, [], "info", "Set-up unfinished"),
        ([], UNCONNECTED, [], "info", "Not started"),
        ([beat()], {**UNCONNECTED, "other": "Authorize it."}, [], "error", "Shop stopped"),
        ([beat(shops={"demo": {"oldest_seconds": 9_000.0}})], {}, [], "success", "Up to date"),
    ],
)
def test_the_worst_is_shown(
    beats: list[Heartbeat], stopped: dict[str, str], paused: list[str], level: str, words: str
) -> None:
    found = judged(seen(*beats), stopped, paused)
    assert (found.level, found.words) == (level, words)


def test_stopped_shops_are_named() -> None:
    assert "demo, other" in judged(seen(), {"other": "w", "demo": "w"}, []).why
