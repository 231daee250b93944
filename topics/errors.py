"""What was asked can't be done: what happened, and what to do next. Commands and pages say both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """It can't be done so; `next_step` says what to do about it."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class OutOfReach(Refused):
    """Something that is needed does not answer."""


@contextmanager
def reaching_kafka(brokers: str) -> Iterator[None]:
    """Kafka's errors as ours; its library is imported when it is needed, for help must come at once."""
    from kafka.errors import KafkaError

    try:
        yield
    except KafkaError as error:
        raise OutOfReach(
            f"Kafka at {brokers} does not do it: {_once(error)}",
            "start it (m2t sandbox kafka --data .m2t/kafka), or set M2T_KAFKA_BOOTSTRAP_SERVERS",
        ) from error


def _once(error: Exception) -> str:
    """The error's class and words; kafka-python's own words begin with the class already."""
    name, words = type(error).__name__, str(error)
    return words if words.startswith(name) else f"{name}: {words}"
