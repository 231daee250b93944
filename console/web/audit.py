"""The audit log: each request that may change something, with its user, address and changed fields.

The row is written before the view runs, so that nothing changes without a row. A view records each change after it is
stored. When the request ends, the row gets its status and changes; the row of a request that was cut off stays marked
as unfinished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask, Response, g, request

from console.web.context import console_context
from console.web.masking import MASK, masked
from operations.rules.differences import Field, edited_fields
from records.accounts import audit
from records.accounts.audit import UNENDED, AuditRow, Change

NAMED: Final = ("kind", "title", "version", "paused")
"""Form fields that name what a request is about. Not content, and never a secret."""
SECRET_ARGUMENTS: Final = frozenset({"token"})
"""URL arguments that grant access, so they must not be stored."""
LOOKING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST: Final = 60
LONGEST: Final = 300
CHANGED: Final = "changed"
"""Shown in place of the new value of a secret."""


def keep(app: Flask) -> None:
    """Write an audit row for every request of a signed-in user that may change something, or that did."""
    app.before_request(_begin)
    app.after_request(_end)


def record(field: str, old: object, new: object) -> None:
    """Record that this request changed a field. `old` and `new` are "" or None where there is no value."""
    if "changes" not in g:
        g.changes = []
    found = Change(field[:LONGEST], _words(old), _words(new))
    if found.old == found.new and MASK in found.new:
        found = Change(found.field, found.old, CHANGED)
    g.changes.append(found)


def record_secret(field: str, *, had_value: bool) -> None:
    """Record that this request changed a secret, or set it for the first time. The value is not recorded."""
    record(field, "kept" if had_value else "", CHANGED if had_value else "given")


def record_fields(of: str, before: object, after: object) -> None:
    """Record the fields that differ between two policies or templates; None for a created or deleted one."""
    record_edits({of: edited_fields(before, after)})


def record_edits(edits: Mapping[str, Sequence[Field]]) -> None:
    """Record changed fields, grouped by policy, template or shop as in `Applied.edits`."""
    for of, fields in edits.items():
        for name, old, new in fields:
            record(f"{of} {name}", old, new)


def _words(value: object) -> str:
    found = masked("" if value is None else str(value))
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 2]} …"


def _begin() -> None:
    if request.method not in LOOKING and _is_somebodys():
        g.audit_id = _put(UNENDED, ())


def _end(response: Response) -> Response:
    changes: Sequence[Change] = g.get("changes", ())
    if len(changes) > MOST:
        changes = [*changes[:MOST], Change(f"and {len(changes) - MOST} more", "", "")]
    if "audit_id" in g:
        with console_context().database.write() as connection:
            audit.end(connection, g.audit_id, g.person.name, response.status_code, changes)
    elif (request.method not in LOOKING or changes) and _is_somebodys():
        _put(response.status_code, changes)
    return response


def _is_somebodys() -> bool:
    return request.endpoint is not None and g.get("person") is not None


def _put(status: int, changes: Sequence[Change]) -> int:
    fields = {
        **{name: value for name, value in (request.view_args or {}).items() if name not in SECRET_ARGUMENTS},
        **{name: request.form[name] for name in NAMED if name in request.form},
    }
    row = AuditRow(
        at=console_context().clock(),
        author=g.person.name,
        address=(request.remote_addr or "")[:60],
        action=(request.endpoint or "")[:80],
        target=", ".join(f"{name} {value}" for name, value in fields.items())[:200],
        status=status,
        changes=tuple(changes),
    )
    with console_context().database.write() as connection:
        return audit.put(connection, row)
