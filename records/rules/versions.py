"""Versions of what the merchant edits: author, time and the whole document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, tuple_, update

from records.db.tables import metadata
from records.rules.tables import versions


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a document."""

    version: int
    at: datetime
    author: str
    document: Mapping[str, Any]


def put(
    connection: Connection,
    table: Table,
    document: Mapping[str, object],
    *,
    now: datetime,
    author: str,
    **columns: object,
) -> bool:
    """Store the document under its title, as a new version; return False if it has not changed.

    After a removal, numbers continue, so that a number is never used twice for a title.
    """
    title = str(document["title"])
    found = connection.execute(
        select(table.c.document, table.c.version).where(table.c.title == title)
    ).one_or_none()
    if found is not None and found.document == document:
        return False
    version = (_last(connection, table.name, title) if found is None else found.version) + 1
    values = {"document": document, "version": version, **columns}
    if found is None:
        connection.execute(insert(table).values(title=title, **values))
    else:
        connection.execute(update(table).where(table.c.title == title).values(**values))
    connection.execute(
        insert(versions).values(
            kind=table.name, title=title, version=version, at=now, author=author, document=document
        )
    )
    return True


def remove(connection: Connection, kind: str, title: str) -> bool:
    """Delete the document but not its versions; return False if there is none."""
    table = metadata.tables[kind]
    return bool(connection.execute(delete(table).where(table.c.title == title)).rowcount)


def in_force(connection: Connection, kind: str, title: str) -> tuple[int, Mapping[str, Any]] | None:
    """Return the version and the document in force, both of one row; None if no document has this title."""
    table = metadata.tables[kind]
    query = select(table.c.version, table.c.document).where(table.c.title == title)
    found = connection.execute(query).one_or_none()
    return None if found is None else (found.version, found.document)


def titles(connection: Connection, kind: str) -> list[str]:
    """Return the titles of the documents of this kind (the name of its table)."""
    table = metadata.tables[kind]
    return list(connection.execute(select(table.c.title).order_by(table.c.title)).scalars())


def removed(connection: Connection, kind: str) -> list[str]:
    """Return the titles of the documents of this kind that were removed."""
    ever_saved = select(versions.c.title).where(versions.c.kind == kind).distinct().order_by(versions.c.title)
    there = set(titles(connection, kind))
    return [title for title in connection.execute(ever_saved).scalars() if title not in there]


def newest(connection: Connection, kind: str) -> dict[str, Version]:
    """Return the newest version of each document of this kind by title, removed ones too."""
    last = select(versions.c.title, func.max(versions.c.version)).where(versions.c.kind == kind)
    query = select(versions).where(
        versions.c.kind == kind,
        tuple_(versions.c.title, versions.c.version).in_(last.group_by(versions.c.title)),
    )
    return {row.title: _version(row) for row in connection.execute(query)}


def history(connection: Connection, kind: str, title: str) -> list[Version]:
    """Return every version of a document, newest first; the first is in force unless the document was removed."""
    query = select(versions).where(versions.c.kind == kind, versions.c.title == title)
    return [_version(row) for row in connection.execute(query.order_by(versions.c.version.desc()))]


def _last(connection: Connection, kind: str, title: str) -> int:
    """Return the number of the last version; 0 before the first."""
    query = select(func.max(versions.c.version)).where(versions.c.kind == kind, versions.c.title == title)
    return connection.execute(query).scalar() or 0


def _version(row: Any) -> Version:
    return Version(row.version, row.at, row.author, row.document)
