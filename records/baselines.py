"""The baselines: each product as it was at the last decision that made its listing due."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from records.tables import baselines
from schemas.attributes import Attributes

CHUNK = 500


def load(connection: Connection, product_ids: Collection[int]) -> dict[int, Attributes]:
    """The baselines of these products; one that never was due has none."""
    loaded: dict[int, Attributes] = {}
    ids = sorted(product_ids)
    for start in range(0, len(ids), CHUNK):
        query = select(baselines).where(baselines.c.product_id.in_(ids[start : start + CHUNK]))
        loaded.update({row.product_id: row.attributes for row in connection.execute(query)})
    return loaded


def save(connection: Connection, moved: Mapping[int, Attributes]) -> None:
    """These products' baselines are now these attributes."""
    if not moved:
        return
    ids = sorted(moved)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        connection.execute(delete(baselines).where(baselines.c.product_id.in_(chunk)))
        connection.execute(
            insert(baselines), [{"product_id": one, "attributes": dict(moved[one])} for one in chunk]
        )
