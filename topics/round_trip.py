"""Check Kafka with a round trip: write a record and read it back, with the connection settings of events.

The record goes to the topic of outcomes, which nothing here consumes; its `ce_type` is `m2t.probe`, so that the
merchant's consumers can skip it.
"""

from __future__ import annotations

import secrets
import time
from typing import Final

from topics import clients
from topics.clients import Options
from topics.errors import OutOfReach, Refused, reaching_kafka
from topics.reader import brokers, reading

KEY: Final = b"m2t/probe"
TYPE: Final = b"m2t.probe"
SECONDS: Final = 5.0


def round_trip(connection: Options, topic: str) -> str:
    """Write a record and read it back; return a sentence with the time that it took.

    Raises `OutOfReach` if Kafka does not answer, `Refused` if the topic is missing or the record does not come back.
    """
    began = time.monotonic()
    value = secrets.token_hex(16).encode()
    with reading(connection, topic) as (reader, partitions):
        reader.seek_to_end(*partitions)
        for partition in partitions:
            reader.position(partition)
        _send(connection, topic, value)
        while time.monotonic() - began < 2 * SECONDS:
            for records in reader.poll(timeout_ms=200).values():
                if any(record.value == value for record in records):
                    took = (time.monotonic() - began) * 1000
                    return f"a record went to {topic} and came back within {took:.0f} ms"
    raise Refused(f"a record went to {topic} and did not come back", "see the brokers' logs, then try again")


def _send(connection: Options, topic: str, value: bytes) -> None:
    headers = [("ce_specversion", b"1.0"), ("ce_type", TYPE), ("content-type", b"text/plain")]
    with reaching_kafka(brokers(connection)):
        producer = clients.probe_producer(connection)
        try:
            producer.send(topic, key=KEY, value=value, headers=headers).get(timeout=SECONDS)
        except TimeoutError as error:
            raise OutOfReach(
                f"{topic} took no record within {SECONDS:.0f} s", "see the brokers' logs"
            ) from error
        finally:
            producer.close(timeout=1)
