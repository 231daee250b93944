"""Baselines: each product as it was at the last decision that queued its listing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from records.catalog.tables import baselines
from records.db.statements import chunks, values
from records.db.upsert import upsert
from schemas.attributes import Attributes

_LOAD = select(baselines).where(baselines.c.product_id.in_(values("ids")))


_SAVE = upsert(baselines)


def load(connection: Connection, product_ids: Collection[int]) -> dict[int, Attributes]:
    """Return the baselines of these products by id; a product that was never queued has none."""
    loaded: dict[int, Attributes] = {}
    for chunk in chunks(sorted(product_ids)):
        rows = connection.execute(_LOAD, {"ids": chunk}).all()
        loaded.update({row.product_id: row.attributes for row in rows})
    return loaded


def save(connection: Connection, moved: Mapping[int, Attributes]) -> None:
    """Store these attributes as the products' baselines."""
    if moved:
        connection.execute(
            _SAVE(connection),
            [
                {"product_id": product_id, "attributes": dict(moved[product_id])}
                for product_id in sorted(moved)
            ],
        )
