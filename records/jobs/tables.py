"""The table of jobs."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from records.db.columns import Json, Moment
from records.db.tables import Identifier, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("author", String(120), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("document", Json, nullable=False),
    Column("state", String(10), nullable=False),
    Column("total", Integer),
    Column("done", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("result", Json),
    Column("stop_asked", Boolean, nullable=False, default=False),
    Column("beat_at", Moment),
    Column("finished_at", Moment),
    Index(None, "kind", "id"),
    Index(None, "kind", "state", "id"),
)
