"""Errors for people: what went wrong, and what to do next. Commands and pages show both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """Raised when a request can't be carried out; `next_step` says what to do about it."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class OutOfReach(Refused):
    """Raised when Kafka, TikTok or another dependency does not answer."""


@contextmanager
def reaching_kafka(brokers: str) -> Iterator[None]:
    """Raise `OutOfReach` in place of Kafka's own errors."""
    # Imported here, so that `m2t --help` does not wait for the import.
    from kafka.errors import KafkaError

    try:
        yield
    except KafkaError as error:
        raise OutOfReach(
            f"Kafka at {brokers} can't be reached: {_once(error)}",
            "start it (m2t sandbox kafka --data .m2t/kafka), or set M2T_KAFKA_BOOTSTRAP_SERVERS",
        ) from error


def _once(error: Exception) -> str:
    """Return the error's class and message; some messages of kafka-python begin with the class already."""
    name, words = type(error).__name__, str(error)
    return words if words.startswith(name) else f"{name}: {words}"
