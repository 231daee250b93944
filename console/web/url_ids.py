"""Bounds for ids in URLs: a number that is larger than any row's id never reaches the database, which would fail."""

from __future__ import annotations

from typing import Final

from flask import Flask, abort
from werkzeug.routing import IntegerConverter, Map

LARGEST: Final = 2**63 - 1
"""The largest id that a database can hold."""


class _Ids(IntegerConverter):
    """The converter of `<int:...>` in routes, up to the largest id."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


def bound(app: Flask) -> None:
    """Use the bounded converter for every route. Must run before the blueprints are registered."""
    app.url_map.converters["int"] = _Ids


def row_id(text: str) -> int:
    """Parse an id, as in `request.args.get("before", type=row_id)`. Aborts with 404 if no row can have it."""
    number = int(text)
    if not -LARGEST <= number <= LARGEST:
        abort(404, "There is no row with this number.")
    return number
