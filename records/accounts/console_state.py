"""What the console remembers of itself: small documents by name, as how far the set-up is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from records.accounts.tables import console_state as table


def get(connection: Connection, name: str) -> Mapping[str, Any]:
    """The document of this name; empty where there is none."""
    found = connection.execute(select(table.c.document).where(table.c.name == name)).scalar_one_or_none()
    return found or {}


def put(connection: Connection, name: str, document: Mapping[str, Any]) -> None:
    """Store the document in the place of the one that stands there."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(table).values(name=name, document=document)
    connection.execute(
        new.on_conflict_do_update(index_elements=[table.c.name], set_={"document": new.excluded.document})
    )
