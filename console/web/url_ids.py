"""Numbers in an address: none that is larger than any row's reaches the database."""

from __future__ import annotations

from typing import Final

from flask import Flask, abort
from werkzeug.routing import IntegerConverter, Map

LARGEST: Final = 2**63 - 1
"""The largest id that a database can hold."""


class _Ids(IntegerConverter):
    """`<int:...>` of a route, up to the largest id."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


def bound(app: Flask) -> None:
    """For every route of the app; before its blueprints are registered."""
    app.url_map.converters["int"] = _Ids


def row_id(text: str) -> int:
    """The id in an argument, as `request.args.get("before", type=row_id)`; 404 for one that no row can have."""
    number = int(text)
    if not -LARGEST <= number <= LARGEST:
        abort(404, "There is no row with this number.")
    return number
