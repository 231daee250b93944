"""`m2t tail`: the records of a topic, as they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import click
from kafka import KafkaConsumer, TopicPartition

from commands.cli.context import settings
from commands.cli.durations import Span
from commands.cli.signals import stops_on_signals
from config.settings import Settings
from operations.formatting import moment
from topics.clients import REACH_MS
from topics.reader import reading

POLL_MS: Final = 500
BEGINNING, LATEST = "beginning", "latest"
DEAD_LETTERS: Final = "dead-letters"
_TOPICS: Final[Mapping[str, str]] = {
    "events": "events_topic",
    "outcomes": "outcomes_topic",
    DEAD_LETTERS: "dead_letters_topic",
}


@dataclass(frozen=True, slots=True)
class RecordText:
    """A record as text. `type` and `id` are its CloudEvents headers, `reason` the reason code of a dead letter."""

    partition: int
    offset: int
    at: datetime
    key: str
    type: str
    id: str
    reason: str
    value: str


class _From(click.ParamType[str | timedelta]):
    """The start: ``beginning``, ``latest``, or a duration before now."""

    name = "beginning|latest|span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | timedelta:
        """Return one of the two words, or the duration."""
        return str(value) if value in (BEGINNING, LATEST) else Span().convert(value, param, ctx)


@click.command("tail")
@click.argument("topic", type=click.Choice(list(_TOPICS)), default="events")
@click.option(
    "--from",
    "start",
    type=_From(),
    default=LATEST,
    show_default=True,
    help="Start at the beginning, at the latest record, or 90s, 30m, 2h or 7d ago.",
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="Stop after this number of records.")
@click.option("--full", is_flag=True, help="Print the value too, on its own line.")
@click.option(
    "--json", "as_json", is_flag=True, help='Print only {"key", "type", "id", …}, one record per line.'
)
def command(topic: str, start: str | timedelta, count: int | None, full: bool, as_json: bool) -> None:
    """Watch a topic: product events, outcomes or dead letters.

    Prints one line per record: time, partition and offset, key, type and id. Reads without a consumer group, so it
    commits nothing and disturbs no consumer. Stop with Ctrl-C.
    """
    opened = settings()
    with stops_on_signals():
        for item in islice(_records(opened, getattr(opened, _TOPICS[topic]), start), count):
            click.echo(_json(item, full) if as_json else "\n".join(_lines(item, full)))


def _records(opened: Settings, topic: str, start: str | timedelta) -> Iterator[RecordText]:
    """Yield every record from `start` on, for ever; the records of one poll are in the order of their time."""
    with reading(opened.kafka(), topic) as (reader, partitions):
        _seek(reader, partitions, start)
        while True:
            polled = reader.poll(timeout_ms=POLL_MS)
            records = [record for of_partition in polled.values() for record in of_partition]
            yield from (
                _record_text(record) for record in sorted(records, key=lambda record: record.timestamp)
            )


def _seek(reader: KafkaConsumer, partitions: Sequence[TopicPartition], start: str | timedelta) -> None:
    ends = reader.end_offsets(partitions, timeout_ms=REACH_MS)
    if isinstance(start, timedelta):
        since = int((datetime.now(UTC) - start).timestamp() * 1000)
        found = reader.offsets_for_times(dict.fromkeys(partitions, since), timeout_ms=REACH_MS)
        begin = {
            partition: found[partition].offset if found.get(partition) else ends[partition]
            for partition in partitions
        }
    else:
        begin = (
            reader.beginning_offsets(partitions, timeout_ms=REACH_MS) if start == BEGINNING else dict(ends)
        )
    for partition in partitions:
        reader.seek(partition, begin[partition])


def _record_text(record: Any) -> RecordText:
    headers = {name.lower(): _text(value) for name, value in record.headers or ()}
    return RecordText(
        partition=record.partition,
        offset=record.offset,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=_text(record.key),
        type=headers.get("ce_type", ""),
        id=headers.get("ce_id", ""),
        reason=headers.get("m2t-dlq-reason", ""),
        value=_text(record.value),
    )


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")


def _lines(value: RecordText, full: bool) -> Iterator[str]:
    parts = [
        moment(value.at),
        f"{value.partition}:{value.offset}",
        value.key or "-",
        value.type or "-",
        value.id or "-",
    ]
    yield "  ".join(_printable(part) for part in [*parts, *([value.reason] if value.reason else [])])
    if full:
        yield f"  {_printable(value.value)}"


def _printable(text: str) -> str:
    """Replace control characters, so that foreign text can't control the terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _json(value: RecordText, full: bool) -> str:
    document = {
        "at": value.at.isoformat(),
        "partition": value.partition,
        "offset": value.offset,
        "key": value.key,
        "type": value.type,
        "id": value.id,
        **({"reason": value.reason} if value.reason else {}),
        **({"value": _value(value.value)} if full else {}),
    }
    return json.dumps(document, ensure_ascii=False)


def _value(text: str) -> object:
    try:
        value: object = json.loads(text)
        return value
    except json.JSONDecodeError:
        return text
