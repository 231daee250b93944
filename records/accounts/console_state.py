"""What the console remembers of itself: small documents by name, as how far the set-up is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from records.accounts.tables import console_state as table
from records.db.upsert import upsert

_SAVE = upsert(table)


def get(connection: Connection, name: str) -> Mapping[str, Any]:
    """The document of this name; empty where there is none."""
    found = connection.execute(select(table.c.document).where(table.c.name == name)).scalar_one_or_none()
    return found or {}


def put(connection: Connection, name: str, document: Mapping[str, Any]) -> None:
    """Store the document in the place of the one that stands there."""
    connection.execute(_SAVE(connection), {"name": name, "document": document})
