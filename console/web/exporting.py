"""Export a page's list as a file: `?format=csv` or `?format=json`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

from flask import Response, abort, request

from console.web.masking import masked

MOST_ROWS = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def asked_format() -> str | None:
    """Return the requested file format, or None for the page itself. Aborts with 404 for another format."""
    wanted = request.args.get("format")
    if wanted not in (None, "csv", "json"):
        abort(404, "A list can be exported as csv or json.")
    return wanted


def as_file(wanted: str, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Response:
    """Return the rows as a file, with secrets in messages masked.

    In CSV, a text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    rows = [{column: _masked(column, row.get(column)) for column in columns} for row in rows]
    if wanted == "json":
        content = json.dumps(rows, ensure_ascii=False, default=str)
    else:
        found = io.StringIO(newline="")
        writer = csv.writer(found)
        writer.writerow(columns)
        writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
        content = found.getvalue()
    kind = "text/csv; charset=utf-8" if wanted == "csv" else "application/json"
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return answer


def _masked(column: str, value: object) -> object:
    return masked(value) if column.endswith("message") and isinstance(value, str) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str).strip('"')
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int | float) else text
