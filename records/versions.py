"""Versions of what the merchant edits: who, when, and the whole document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from records.tables import versions


@dataclass(frozen=True, slots=True)
class Version:
    """A document as one person left it."""

    version: int
    at: datetime
    author: str
    document: Mapping[str, Any]


def put(
    connection: Connection,
    table: Table,
    document: Mapping[str, Any],
    *,
    now: datetime,
    author: str,
    **columns: Any,
) -> bool:
    """Store the document under its title, as a new version; False where it is what stands there already."""
    title = document["title"]
    held = connection.execute(
        select(table.c.document, table.c.version).where(table.c.title == title)
    ).one_or_none()
    if held is not None and held.document == document:
        return False
    version = 1 if held is None else held.version + 1
    values = {"document": document, "version": version, **columns}
    if held is None:
        connection.execute(insert(table).values(title=title, **values))
    else:
        connection.execute(update(table).where(table.c.title == title).values(**values))
    connection.execute(
        insert(versions).values(
            kind=table.name, title=title, version=version, at=now, author=author, document=document
        )
    )
    return True


def titles(connection: Connection, kind: str) -> list[str]:
    """What there is of this kind, by the name of its table."""
    query = select(versions.c.title).where(versions.c.kind == kind).distinct().order_by(versions.c.title)
    return list(connection.execute(query).scalars())


def history(connection: Connection, kind: str, title: str) -> list[Version]:
    """Every version of one document, newest first: the first is the one in force. Empty where it never was."""
    query = select(versions).where(versions.c.kind == kind, versions.c.title == title)
    rows = connection.execute(query.order_by(versions.c.version.desc()))
    return [Version(row.version, row.at, row.author, row.document) for row in rows]
