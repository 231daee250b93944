"""The topics with the lag of their consumer groups, and a topic's last records. Kafka is asked with a time limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from console.topics.lag import GroupLag, Stands, lags, seen
from console.topics.table import Look, look
from console.topics.tail import MOST, ShownRecord, at, last
from console.web.context import console_context
from console.web.time_limited import within
from console.web.url_ids import row_id
from topics.admin import reaching
from topics.errors import OutOfReach, Refused
from topics.lag import measure
from topics.reader import brokers, reading

pages = Blueprint("topics", __name__)

LOOK_SECONDS: Final = 3.0
AGE_SECONDS: Final = 1.5
READ_SECONDS: Final = 2.0
START_IT: Final = (
    "See whether the broker runs and this machine reaches it (m2t doctor). "
    "On this machine alone: m2t sandbox kafka. Another cluster: M2T_KAFKA_BOOTSTRAP_SERVERS"
)


@pages.get("/topics")
def index() -> ResponseReturnValue:
    """Show the three topics, or that Kafka doesn't answer."""
    names, connection, now = _names(), console_context().kafka.connection, console_context().clock()

    def ask() -> Look:
        with reaching(connection) as admin:
            return look(admin, list(names), now)

    try:
        found = within(LOOK_SECONDS, _kafka(), START_IT, ask)
    except Refused as refused:
        return render_template("topics/index.html", names=names, refused=refused)
    stands: Stands = seen(found, current_app.extensions.get("stands", {}))
    current_app.extensions["stands"] = stands
    groups = {name: lags(topic, stands, found.at) for name, topic in found.topics.items()}
    return render_template(
        "topics/index.html",
        names=names,
        look=found,
        groups=groups,
        group=console_context().kafka.group,
        waits=_waits(groups.get(console_context().kafka.events_topic, ())),
    )


@pages.get("/topics/<name>")
def records(name: str) -> ResponseReturnValue:
    """Show a topic's last records, or the record at one offset, to which other pages link."""
    if name not in _names():
        abort(404, f"{name!r} is not a topic of this installation.")
    connection = console_context().kafka.connection

    place = (request.args.get("partition", type=row_id), request.args.get("offset", type=row_id))

    def read() -> list[ShownRecord]:
        if place[0] is None or place[1] is None:
            return last(connection, name, READ_SECONDS)
        record = at(connection, name, place[0], place[1], READ_SECONDS)
        return [record] if record is not None else []

    try:
        found = within(LOOK_SECONDS, _kafka(), START_IT, read)
    except Refused as refused:
        return render_template("topics/records.html", name=name, refused=refused)
    return render_template(
        "topics/records.html", name=name, records=found, most=MOST, place=place if None not in place else None
    )


def _names() -> dict[str, str]:
    """Return our topics by name, with a description of each."""
    kafka = console_context().kafka
    return {
        kafka.events_topic: "product events from Magento",
        kafka.dead_letters_topic: "records that could not be processed",
        kafka.outcomes_topic: "outcomes of TikTok calls",
    }


def _kafka() -> str:
    return f"Kafka at {brokers(console_context().kafka.connection)}"


def _waits(groups: Sequence[GroupLag]) -> timedelta | None:
    """Return how long the next record of our own group has waited; None if there is none, or it is unknown."""
    kafka = console_context().kafka
    if not any(group.records for group in groups if group.group.name == kafka.group):
        return None

    def age() -> float:
        with reading(kafka.connection, kafka.events_topic, kafka.group) as (reader, partitions):
            return max(
                partition_lag.seconds for partition_lag in measure(reader, partitions, now=time.time())
            )

    try:
        return timedelta(seconds=within(AGE_SECONDS, _kafka(), START_IT, age))
    except OutOfReach:
        return None
