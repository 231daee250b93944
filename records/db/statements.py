"""Helpers for statements that are built once at import: building one costs several times as much as running it.

A list of values is a single parameter (`values`), so that the statement is the same for any number of them. Keys of two
columns are queried shop by shop, because SQLite reads the whole table to find pairs in a list of pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, text

CHUNK: Final = 500
"""The most values in one statement."""

_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext('m2t edits'))")

Value = TypeVar("Value")
Statement = TypeVar("Statement")


def values(name: str) -> BindParameter[object]:
    """Return the parameter of an `in_`, whose values are given with each execution."""
    return bindparam(name, expanding=True)


def chunks(all_values: Sequence[Value]) -> Iterable[Sequence[Value]]:
    """Split the values into sequences of at most `CHUNK`."""
    return (all_values[start : start + CHUNK] for start in range(0, len(all_values), CHUNK))


def by_shop(keys: Iterable[tuple[str, str]]) -> Iterable[Mapping[str, object]]:
    """Yield parameters (`of_shop`, `keys`) that together cover these (shop, key), at most `CHUNK` keys at a time."""
    of_shops: dict[str, set[str]] = {}
    for shop, key in keys:
        of_shops.setdefault(shop, set()).add(key)
    for shop, item in of_shops.items():
        for chunk in chunks(sorted(item)):
            yield {"of_shop": shop, "keys": chunk}


def alone(connection: Connection) -> None:
    """Let only one transaction at a time read and then write what people edit: policies, templates, shops and users.

    The lock is held until the transaction ends. SQLite needs none: it has one writer at a time.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)
