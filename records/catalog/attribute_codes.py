"""Attribute codes that Magento has sent, read from the stored products."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import Connection, LargeBinary, select, type_coerce

from records.catalog.tables import product_layers

LOOKED_AT: Final = 500
"""How many of the newest products are read. A store has far fewer attribute sets than that."""
SECONDS: Final = 2.0
"""How long a person waits for a search in all products."""


@dataclass(frozen=True, slots=True)
class Search:
    """The result of a search in the stored products: the codes that any of them has.

    `certain`: there are products, and none has any of the other codes. False where the time ended before the search.
    """

    codes: frozenset[str]
    certain: bool


def seen_recently(connection: Connection, products: int = LOOKED_AT) -> set[str]:
    """Return every attribute code of this many newest products."""
    table = product_layers
    query = select(table.c.default_layer, table.c.store_view_layer).order_by(table.c.product_id.desc())
    codes: set[str] = set()
    for default, store_view in connection.execute(query.limit(products)):
        codes.update(default, store_view)
    return codes


def search(connection: Connection, codes: Collection[str], *, seconds: float = SECONDS) -> Search:
    """Look for these codes in all products, newest first."""
    keys = {code: orjson.dumps(code) + b":" for code in codes}
    found: set[str] = set()
    before, deadline = None, time.monotonic() + seconds
    while len(found) < len(keys) and time.monotonic() < deadline:
        rows = _layers(connection, before)
        if not rows:
            return Search(frozenset(found), certain=before is not None)
        for _, default, store_view in rows:
            # The documents are searched as bytes: to parse those of a whole catalogue takes longer than a person waits.
            found.update(code for code, key in keys.items() if key in default or key in store_view)
        before = rows[-1][0]
    return Search(frozenset(found), certain=False)


def _layers(connection: Connection, before: int | None) -> list[tuple[int, bytes, bytes]]:
    table = product_layers
    query = select(
        table.c.product_id,
        type_coerce(table.c.default_layer, LargeBinary),
        type_coerce(table.c.store_view_layer, LargeBinary),
    )
    if before is not None:
        query = query.where(table.c.product_id < before)
    rows = connection.execute(query.order_by(table.c.product_id.desc()).limit(LOOKED_AT))
    return [(product_id, bytes(default), bytes(store_view)) for product_id, default, store_view in rows]
