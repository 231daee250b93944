"""`m2t tail` and `m2t lag`, on a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.commands.conftest import Desk
from tests.commands.examples import saved
from tests.commands.kafka_desk import DEAD_LETTERS, commit, committed, kafka_desk, put
from tests.policies.examples import at
from topics import clients

__all__ = ["kafka_desk"]

HOUR_MS = 3_600_000
NOW_MS = int(at(3600).timestamp() * 1000)


def tailed(desk: Desk, *options: str) -> list[dict[str, Any]]:
    result = desk.m2t("tail", "--json", *options)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def lagging(desk: Desk, *options: str) -> dict[str, Any]:
    result = desk.m2t("lag", "--json", *options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


# tail


def test_a_line_shows_time_offset_and_event(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(7), at_ms=NOW_MS, partition=1)
    result = kafka_desk.m2t("tail", "events", "--from", "beginning", "--count", "1")
    assert result.exit_code == 0, result.output
    assert result.stdout == ("2026-11-24 13:00:00 UTC  1:0  demo/SHIRT-M  magento.product.saved  evt-7\n")


def test_the_value_is_shown_on_demand(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(7, color="red"))
    (short,) = tailed(kafka_desk, "--from", "beginning", "--count", "1")
    (full,) = tailed(kafka_desk, "--from", "beginning", "--count", "1", "--full")
    assert "value" not in short
    assert full["value"]["attributes"]["color"] == "red"
    line = kafka_desk.m2t("tail", "--from", "beginning", "--count", "1", "--full").stdout.splitlines()[1]
    assert json.loads(line) == full["value"]


def test_reading_starts_at_a_duration_before_now(kafka_desk: Desk) -> None:
    for hours in (3, 1):
        put(kafka_desk, saved(hours), at_ms=NOW_MS - hours * HOUR_MS)
    (found,) = tailed(kafka_desk, "--from", "2h", "--count", "1")
    assert found["id"] == "evt-1"


def test_records_of_every_partition_are_shown(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(1), at_ms=NOW_MS - 2000, partition=1)
    put(kafka_desk, saved(2), at_ms=NOW_MS - 1000, partition=0)
    found = tailed(kafka_desk, "--from", "beginning", "--count", "2")
    assert {record["id"] for record in found} == {"evt-1", "evt-2"}


def test_reading_starts_at_the_latest_record_by_default(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(0))
    over = threading.Event()

    def save_now_and_then() -> None:
        while not over.wait(0.2):
            put(kafka_desk, saved(9))

    saving = threading.Thread(target=save_now_and_then)
    saving.start()
    try:
        (found,) = tailed(kafka_desk, "--count", "1")
    finally:
        over.set()
        saving.join(30)
    assert found["id"] == "evt-9"


def test_a_dead_letter_is_shown_with_its_reason(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(7), name=DEAD_LETTERS, more=[("m2t-dlq-reason", b"intake_failed")])
    result = kafka_desk.m2t("tail", "dead-letters", "--from", "beginning", "--count", "1")
    assert result.stdout.endswith("  evt-7  intake_failed\n")


def test_control_characters_of_a_record_are_replaced(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(sku="\x1b[2Jcleared"))
    output = kafka_desk.m2t("tail", "--from", "beginning", "--count", "1", "--full").stdout
    assert "\x1b" not in output


def test_watching_commits_nothing(kafka_desk: Desk) -> None:
    put(kafka_desk, saved())
    tailed(kafka_desk, "--from", "beginning", "--count", "1")
    lagging(kafka_desk)
    assert committed(kafka_desk, 0) is None


def test_ctrl_c_ends_it_with_0(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(7))
    command = [sys.executable, "-m", "commands.m2t", "tail", "--from", "beginning"]
    environ = {**os.environ, **kafka_desk.environ}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "evt-7" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()


@pytest.mark.parametrize("command", ["tail", "lag"])
def test_a_missing_topic_is_an_error_with_the_next_step(kafka_desk: Desk, command: str) -> None:
    result = kafka_desk.m2t(command, M2T_TOPIC_PREFIX="nobody-s.")
    assert result.exit_code == 1
    assert "There is no topic nobody-s.magento.product.events." in result.stderr
    assert "Next: m2t topics ensure" in result.stderr


@pytest.mark.parametrize("command", ["tail", "lag"])
def test_an_unreachable_kafka_exits_with_4(desk: Desk, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr(clients, "REACH_MS", 300)
    result = desk.m2t(command)
    assert result.exit_code == 4
    assert "m2t sandbox kafka" in result.stderr


# lag


def test_each_partition_is_shown_with_end_committed_offset_and_lag(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(1), saved(2), saved(3), at_ms=NOW_MS - 90_000)
    put(kafka_desk, saved(4), partition=1, at_ms=NOW_MS)
    commit(kafka_desk, 0, 1)
    commit(kafka_desk, 1, 1)
    lag = lagging(kafka_desk)
    assert lag["partitions"] == [
        {"partition": 0, "end": 3, "committed": 1, "records": 2, "seconds": pytest.approx(90, abs=30)},
        {"partition": 1, "end": 1, "committed": 1, "records": 0, "seconds": 0.0},
    ]
    assert lag["records"] == 2


def test_a_group_without_commits_is_behind_by_every_record(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(1), saved(2))
    lag = lagging(kafka_desk)
    assert [partition["committed"] for partition in lag["partitions"]] == [None, None]
    assert lag["records"] == 2


def test_the_lag_in_seconds_is_the_age_of_the_next_record(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(1), at_ms=NOW_MS - 2 * HOUR_MS)
    put(kafka_desk, saved(2), at_ms=NOW_MS - HOUR_MS)
    put(kafka_desk, saved(3), at_ms=NOW_MS)
    commit(kafka_desk, 0, 1)
    assert lagging(kafka_desk)["seconds"] == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(("most", "ends"), [("60", 1), ("86400", 0)])
def test_a_lag_above_the_limit_exits_with_1(kafka_desk: Desk, most: str, ends: int) -> None:
    put(kafka_desk, saved(1), at_ms=NOW_MS - HOUR_MS)
    assert kafka_desk.m2t("lag", "--most", most).exit_code == ends


def test_the_table_ends_with_the_total(kafka_desk: Desk) -> None:
    put(kafka_desk, saved(1), at_ms=NOW_MS - HOUR_MS)
    lines = kafka_desk.m2t("lag").stdout.splitlines()
    assert lines[1].split() == ["partition", "end", "committed", "records", "seconds"]
    assert lines[2].split()[:4] == ["0", "1", "-", "1"]
    assert lines[-1].startswith("1 record behind; the oldest has waited 1 h")
