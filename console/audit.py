"""The audit: each request that may change something, by whom, from where, and what it changed, field by field.

A view notes what it has changed once that is stored; the row is written when the request ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Flask, Response, g, request

from console.desk import desk
from console.masking import MASK, masked
from operations.differences import Field, edited_fields
from records import console_audit
from records.console_audit import AuditRow, Change

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
    app.after_request(_write_down)


def noted(field: str, old: object, new: object) -> None:
    """This request has changed this field; "" or None where there was or is nothing."""
    if "changes" not in g:
        g.changes = []
    told = Change(field[:LONGEST], _words(old), _words(new))
    if told.old == told.new and MASK in told.new:
        told = Change(told.field, told.old, CHANGED)
    g.changes.append(told)


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
    told = masked("" if value is None else str(value))
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 2]} …"


def _write_down(response: Response) -> Response:
    changes: list[Change] = g.get("changes", [])
    if (request.method in LOOKING and not changes) or request.endpoint is None or g.get("person") is None:
        return response
    told = {
        **{name: one for name, one in (request.view_args or {}).items() if name not in SECRET_ARGUMENTS},
        **{name: request.form[name] for name in NAMED if name in request.form},
    }
    target = ", ".join(f"{name} {value}" for name, value in told.items())
    if len(changes) > MOST:
        changes = [*changes[:MOST], Change(f"and {len(changes) - MOST} more", "", "")]
    with desk().database.write() as connection:
        console_audit.put(
            connection,
            AuditRow(
                at=desk().clock(),
                author=g.person.name,
                address=(request.remote_addr or "")[:60],
                action=request.endpoint[:80],
                target=target[:200],
                status=response.status_code,
                changes=tuple(changes),
            ),
        )
    return response
