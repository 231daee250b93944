"""A call that takes too long is abandoned."""

from __future__ import annotations

import threading

import pytest

from console.web.time_limited import MOST, within
from topics.errors import OutOfReach, Refused

pytestmark = pytest.mark.both_databases


def look(seconds: float, work: object) -> object:
    return within(seconds, "Kafka", "Start it.", work)  # type: ignore[arg-type]


def test_the_result_is_returned() -> None:
    assert look(5, lambda: 7) == 7


def test_a_refusal_is_raised() -> None:
    def refuse() -> None:
        raise Refused("There is no topic.", "Make one.")

    with pytest.raises(Refused, match="There is no topic"):
        look(5, refuse)


def test_a_fault_of_another_kind_is_shown_by_its_class_alone() -> None:
    def fail() -> None:
        raise ValueError("password=secret")

    with pytest.raises(OutOfReach, match=r"Kafka can't be asked \(ValueError\)") as caught:
        look(5, fail)
    assert caught.value.next_step == "Start it."


def test_a_late_call_is_out_of_reach_and_threads_are_bounded() -> None:
    over = threading.Event()
    try:
        for _ in range(MOST + 3):
            with pytest.raises(OutOfReach, match="does not answer within"):
                look(0.01, over.wait)
        waiting = [thread for thread in threading.enumerate() if thread.name == "bounded look"]
        assert len(waiting) == MOST
    finally:
        over.set()
        for thread in waiting:
            thread.join()
    assert look(5, lambda: "again") == "again"
