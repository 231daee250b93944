"""The console's own state: small documents by name, for example the progress of the set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from records.accounts.tables import console_state as table
from records.db.upsert import upsert

_SAVE = upsert(table)


def get(connection: Connection, name: str) -> Mapping[str, Any]:
    """Return the document of this name, empty if there is none."""
    found = connection.execute(select(table.c.document).where(table.c.name == name)).scalar_one_or_none()
    return found or {}


def put(connection: Connection, name: str, document: Mapping[str, object]) -> None:
    """Store the document, in place of an earlier one."""
    connection.execute(_SAVE(connection), {"name": name, "document": document})
