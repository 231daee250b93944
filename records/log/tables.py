"""Tables of what happened: events, activity, calls, outcomes, dead letters, counters, heartbeats."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from records.db.columns import Json, Moment
from records.db.tables import Identifier, metadata

# `wish` is the request number of `pending_syncs`, to which the event belongs.
events = Table(
    "events",
    metadata,
    Column("seq", Identifier, primary_key=True),
    Column("shop", String(40), nullable=False),
    Column("id", String(200), nullable=False),
    Column("product_id", Identifier),
    Column("kind", String(30), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("wish", Integer),
    Column("end", String(20)),
    Column("into_id", String(200)),
    Column("ended_at", Moment),
    Column("body_digest", String(16)),
    UniqueConstraint("shop", "id"),
    Index(None, "product_id"),
    Index(None, "ended_at"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("shop", String(40), primary_key=True),
    Column("value", Identifier, nullable=False),
)

activity = Table(
    "activity",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("shop", String(40), nullable=False),
    Column("product_id", Identifier),
    Column("sku", String(64)),
    Column("level", String(10), nullable=False),
    Column("actor", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("action", String(30), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("message", Text, nullable=False),
    Column("event_id", String(200)),
    Column("details", Json),
    Index(None, "product_id", "id"),
    Index(None, "at"),
    Index(None, "shop", "id"),
    Index(None, "shop", "level", "id"),
    Index(None, "shop", "reason", "id"),
    Index(None, "shop", "action", "id"),
    Index(None, "event_id"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("shop", String(40), nullable=False),
    Column("product_id", Identifier),
    Column("sku", String(64)),
    Column("direction", String(3), nullable=False),
    Column("operation", String(40), nullable=False),
    Column("event_id", String(200)),
    Column("http_status", Integer),
    Column("code", Integer),
    Column("message", Text),
    Column("request_id", String(80)),
    Column("milliseconds", Integer),
    Column("request", Text),
    Column("response", Text),
    Column("failed", Boolean, nullable=False, server_default=false()),
    Index(None, "product_id", "id"),
    Index(None, "at"),
    Index(None, "shop", "id"),
    Index(None, "shop", "operation", "id"),
    Index(None, "shop", "failed", "id"),
    Index(None, "event_id"),
    Index(None, "request_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", Identifier, primary_key=True),
    Column("outcome_id", String(40), nullable=False, unique=True),
    Column("shop", String(40), nullable=False),
    Column("product_id", Identifier, nullable=False),
    Column("sku", String(64)),
    Column("event_id", String(200)),
    Column("kind", String(30), nullable=False),
    Column("operation", String(30)),
    Column("code", Integer),
    Column("request_id", String(80)),
    Column("at", Moment, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("shop", String(40)),
    Column("origin_topic", String(250), nullable=False),
    Column("origin_partition", Integer, nullable=False),
    Column("origin_offset", BigInteger, nullable=False),
    Column("origin_timestamp", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", Json, nullable=False),
    Column("reason", String(60), nullable=False),
    Column("error_class", String(120), nullable=False),
    Column("error_message", Text, nullable=False),
    Column("first_failed_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("settled", String(12)),
    Column("settled_at", Moment),
    Column("settled_by", String(120)),
    Column("settled_note", Text),
    Column("sender", String(40)),
    UniqueConstraint("origin_topic", "origin_partition", "origin_offset"),
    Index(None, "published_at"),
    Index(None, "settled", "reason", "id"),
)

tallies = Table(
    "tallies",
    metadata,
    Column("step", Integer, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("shop", String(40), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("label", String(60), primary_key=True),
    Column("reason", String(60), primary_key=True),
    Column("number", Identifier, nullable=False),
    Index(None, "step", "shop", "at"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(120), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("document", Json, nullable=False),
)

store_clocks = Table(
    "store_clocks",
    metadata,
    Column("shop", String(40), primary_key=True),
    Column("ahead_seconds", BigInteger, nullable=False),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
