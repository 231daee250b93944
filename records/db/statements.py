"""Statements that are built once: put together anew for each batch, a statement costs several times what it runs.

A list of values is one parameter (`values`), so that the statement is the same however many there are. Keys of two
columns are asked for shop by shop: SQLite finds a pair in a list of pairs by reading the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, text

CHUNK: Final = 500
"""The most values of one statement."""

_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext('m2t edits'))")

Value = TypeVar("Value")
Statement = TypeVar("Statement")


def values(name: str) -> BindParameter[Any]:
    """The parameter of an `in_` whose values come with each execution."""
    return bindparam(name, expanding=True)


def chunks(all_values: Sequence[Value]) -> Iterable[Sequence[Value]]:
    """The values, no more at once than one statement takes."""
    return (all_values[start : start + CHUNK] for start in range(0, len(all_values), CHUNK))


def by_shop(keys: Iterable[tuple[str, str]]) -> Iterable[Mapping[str, Any]]:
    """The parameters (`of_shop`, `keys`) that ask for these (shop, key), no more at once than one statement takes."""
    of_shops: dict[str, set[str]] = {}
    for shop, key in keys:
        of_shops.setdefault(shop, set()).add(key)
    for shop, item in of_shops.items():
        for chunk in chunks(sorted(item)):
            yield {"of_shop": shop, "keys": chunk}


def alone(connection: Connection) -> None:
    """Of those who look first and then write what everything goes by, one does so until its transaction ends.

    For what people edit: policies, templates, shops, who may come in. On SQLite each writer is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)
