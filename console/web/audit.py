"""The audit: each request that may change something, by whom, from where, and what it changed, field by field.

The row is there before the view begins, so that nothing can change without one; a view notes what it has changed once
that is stored, and the row gets its answer and its changes when the request ends. One that was cut off says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Flask, Response, g, request

from console.web.context import desk
from console.web.masking import MASK, masked
from operations.rules.differences import Field, edited_fields
from records.accounts import audit
from records.accounts.audit import UNENDED, AuditRow, Change

NAMED: Final = ("kind", "title", "version", "paused")
"""Fields of forms that say what a change is about; no content, and never a secret."""
SECRET_ARGUMENTS: Final = frozenset({"token"})
"""Parts of addresses that let somebody in."""
LOOKING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST: Final = 60
LONGEST: Final = 300
CHANGED: Final = "changed"
"""What is said of a secret's new value."""


def keep(app: Flask) -> None:
    """Write down every request of a person that may change something, and every one that did."""
    app.before_request(_begin)
    app.after_request(_end)


def noted(field: str, old: object, new: object) -> None:
    """This request has changed this field; "" or None where there was or is nothing."""
    if "changes" not in g:
        g.changes = []
    found = Change(field[:LONGEST], _words(old), _words(new))
    if found.old == found.new and MASK in found.new:
        found = Change(found.field, found.old, CHANGED)
    g.changes.append(found)


def noted_secret(field: str, *, held: bool) -> None:
    """This request has changed this secret, or given the first one."""
    noted(field, "kept" if held else "", CHANGED if held else "given")


def noted_fields(of: str, before: Any, after: Any) -> None:
    """The fields that differ between two of a kind; None where there was or is none."""
    noted_edits({of: edited_fields(before, after)})


def noted_edits(edits: Mapping[str, Sequence[Field]]) -> None:
    """Fields by what they belong to, as `Applied` has them."""
    for of, fields in edits.items():
        for name, old, new in fields:
            noted(f"{of} {name}", old, new)


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
        with desk().database.write() as connection:
            audit.end(connection, g.audit_id, g.person.name, response.status_code, changes)
    elif (request.method not in LOOKING or changes) and _is_somebodys():
        _put(response.status_code, changes)
    return response


def _is_somebodys() -> bool:
    return request.endpoint is not None and g.get("person") is not None


def _put(status: int, changes: Sequence[Change]) -> int:
    fields = {
        **{name: one for name, one in (request.view_args or {}).items() if name not in SECRET_ARGUMENTS},
        **{name: request.form[name] for name in NAMED if name in request.form},
    }
    row = AuditRow(
        at=desk().clock(),
        author=g.person.name,
        address=(request.remote_addr or "")[:60],
        action=(request.endpoint or "")[:80],
        target=", ".join(f"{name} {value}" for name, value in fields.items())[:200],
        status=status,
        changes=tuple(changes),
    )
    with desk().database.write() as connection:
        return audit.put(connection, row)
