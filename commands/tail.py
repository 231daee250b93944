"""`m2t tail`: a topic's records as they come, for people who watch."""

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
from operations.time_format import moment
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
class Told:
    """A record as text: `type` and `id` are CloudEvents' headers, `reason` that of a dead letter."""

    partition: int
    offset: int
    at: datetime
    key: str
    type: str
    id: str
    reason: str
    value: str


class _From(click.ParamType[str | timedelta]):
    """Where to begin: ``beginning``, ``latest``, or a span before now."""

    name = "beginning|latest|span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | timedelta:
        """One of the two words, or the span."""
        return value if value in (BEGINNING, LATEST) else Span().convert(value, param, ctx)


@click.command("tail")
@click.argument("topic", type=click.Choice(list(_TOPICS)), default="events")
@click.option(
    "--from",
    "start",
    type=_From(),
    default=LATEST,
    show_default=True,
    help="beginning, latest, or so long ago: 90s, 30m, 2h, 7d.",
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="End after so many records.")
@click.option("--full", is_flag=True, help="The value too, on a line of its own.")
@click.option(
    "--json", "as_json", is_flag=True, help='Print {"key", "type", "id", …} alone, one record a line.'
)
def command(topic: str, start: str | timedelta, count: int | None, full: bool, as_json: bool) -> None:
    """Watch a topic: product events, outcomes or dead letters.

    One line a record: when, where it lies, its key, type and id. It reads without a group, so that nothing is
    committed and no consumer is disturbed. Ctrl-C ends it.
    """
    opened = settings()
    with stops_on_signals():
        for item in islice(_records(opened, getattr(opened, _TOPICS[topic]), start), count):
            click.echo(_json(item, full) if as_json else "\n".join(_lines(item, full)))


def _records(opened: Settings, topic: str, start: str | timedelta) -> Iterator[Told]:
    """Every record from there on, for ever; those of one poll by their time."""
    with reading(opened.kafka(), topic) as (reader, partitions):
        _seek(reader, partitions, start)
        while True:
            polled = reader.poll(timeout_ms=POLL_MS)
            records = [record for of_partition in polled.values() for record in of_partition]
            yield from (_told(one) for one in sorted(records, key=lambda one: one.timestamp))


def _seek(reader: KafkaConsumer, partitions: Sequence[TopicPartition], start: str | timedelta) -> None:
    ends = reader.end_offsets(partitions, timeout_ms=REACH_MS)
    if isinstance(start, timedelta):
        since = int((datetime.now(UTC) - start).timestamp() * 1000)
        found = reader.offsets_for_times(dict.fromkeys(partitions, since), timeout_ms=REACH_MS)
        begin = {one: found[one].offset if found.get(one) else ends[one] for one in partitions}
    else:
        begin = (
            reader.beginning_offsets(partitions, timeout_ms=REACH_MS) if start == BEGINNING else dict(ends)
        )
    for partition in partitions:
        reader.seek(partition, begin[partition])


def _told(record: Any) -> Told:
    headers = {name.lower(): _text(value) for name, value in record.headers or ()}
    return Told(
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


def _lines(value: Told, full: bool) -> Iterator[str]:
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
    """What came from outside moves no cursor and rings no bell."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _json(value: Told, full: bool) -> str:
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


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
