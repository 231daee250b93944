"""Workers: background threads go on after an error, and end within a bound once a stop is requested."""

from __future__ import annotations

import ast
import threading
import time
from pathlib import Path
from typing import Final

from background.worker import Worker
from tests.consumer.seller_center import eventually

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("background", "console", "consumer", "webhooks")
BASE: Final = "background/worker.py"
ONE_CALL: Final = {"console/web/time_limited.py"}
"""Modules whose thread runs a single call, not rounds."""


class Recorder(Worker):
    """Counts its rounds; each ends with the next of these errors, or well."""

    def __init__(self, *errors: Exception, pause_seconds: float = 0.01) -> None:
        super().__init__("recorder")
        self.rounds = 0
        self.errors: list[Exception] = []
        self.finished = False
        self._to_raise = list(errors)
        self._pause_seconds = pause_seconds

    def run_round(self) -> None:
        self.rounds += 1
        if self._to_raise:
            raise self._to_raise.pop(0)
        self.pause(self._pause_seconds)

    def after_error(self, error: Exception) -> float:
        self.errors.append(error)
        return 0.0

    def finish(self) -> None:
        self.finished = True


class Stuck(Recorder):
    """Its round ends when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def run_round(self) -> None:
        self.rounds += 1
        self.let_go.wait(20)


def test_rounds_follow_each_other_until_a_stop_is_requested() -> None:
    worker = Recorder()
    worker.start()
    eventually(lambda: worker.rounds > 2)
    assert worker.stop(5)
    rounds = worker.rounds
    time.sleep(0.05)
    assert (worker.rounds, worker.finished) == (rounds, True)


def test_an_error_is_logged_and_the_next_round_follows() -> None:
    worker = Recorder(ValueError("first"), OSError("second"))
    worker.start()
    eventually(lambda: worker.rounds > 2)
    assert worker.stop(5)
    assert [str(error) for error in worker.errors] == ["first", "second"]


def test_a_wait_ends_with_the_request_to_stop() -> None:
    worker = Recorder(pause_seconds=60)
    worker.start()
    eventually(lambda: worker.rounds == 1)
    began = time.monotonic()
    assert worker.stop(5)
    assert time.monotonic() - began < 2


def test_stopping_waits_no_longer_than_its_bound() -> None:
    worker = Stuck()
    worker.start()
    eventually(lambda: worker.rounds == 1)
    assert not worker.stop(0.05)
    worker.let_go.set()
    assert worker.stop(5)


def test_a_worker_that_never_started_stops_at_once() -> None:
    assert Recorder().stop(5)


def test_a_worker_can_be_stopped_twice() -> None:
    worker = Recorder()
    worker.start()
    assert worker.stop(5)
    assert worker.stop(5)


def test_every_long_running_thread_is_a_worker() -> None:
    found = {
        str(module.relative_to(ROOT))
        for package in PACKAGES
        for module in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr == "Thread"
    }
    assert found == {BASE} | ONE_CALL
