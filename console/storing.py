"""Storing what people edit: first what would change, then, with a second press, the change itself.

The form becomes a document as an apply file has it; the schemas judge it, and their faults go back to the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import abort, flash, redirect, render_template, request, url_for

from console.access import author
from console.desk import desk
from operations.applying import apply
from operations.edited import POLICIES, TEMPLATE, Edited
from operations.foretelling import foretell, one_document
from records import versions
from schemas.apply_file import InvalidDocument

KINDS: Final[Mapping[str, Edited]] = {one.name: one for one in (*POLICIES, TEMPLATE)}
WORDS: Final = {
    "synchronization": "Synchronization policy",
    "pricing": "Pricing policy",
    "inventory": "Inventory policy",
    "image": "Image policy",
    "listing": "Listing template",
}


def kind_of(name: str) -> Edited:
    """The kind of this name; 404 for another."""
    return KINDS.get(name) or abort(404, "There is no such kind of policy.")


def faults_by_field(invalid: InvalidDocument, listed: str) -> dict[str, list[str]]:
    """The faults of the one document under its fields, in its own order."""
    found: dict[str, list[str]] = {}
    for fault in invalid.faults:
        path = fault.where.removeprefix(f"{listed}[0]").lstrip(".")
        name = path.partition(".")[0].partition("[")[0] or "title"
        words = str(fault).removeprefix(fault.where).removeprefix(": ")
        inner = path.removeprefix(name)
        found.setdefault(name, []).append(f"{inner.lstrip('.')}: {words}" if inner else words)
    return found


def version_of(kind: Edited, title: str) -> int:
    """The version in force of this title; 0 where there is none."""
    with desk().database.read() as connection:
        held = versions.newest(connection, kind.listed).get(title)
    return held.version if held is not None else 0


def review(kind: Edited, document: Mapping[str, Any], back: str) -> Any:
    """The page that says what the document would change. Raises `InvalidDocument`."""
    with desk().database.read() as connection:
        governing = desk().governing.read(connection)
        told = foretell(connection, governing, one_document(kind.listed, document), now=desk().clock())
    return render_template(
        "review.html",
        kind=kind,
        words=WORDS[kind.name],
        document=document,
        packed=orjson.dumps(document).decode(),
        base=version_of(kind, document["title"]),
        told=told,
        back=back,
    )


def store() -> Any:
    """The second press: the document that was reviewed, if nothing else was stored since."""
    kind = kind_of(request.form.get("kind", ""))
    document = _unpacked()
    now = desk().clock()
    if (held := version_of(kind, document["title"])) != request.form.get("base", type=int):
        flash(f"Somebody has stored version {held} meanwhile. Look at what would change now.", "warning")
        return review(kind, document, url_for("policies.index"))
    load = one_document(kind.listed, document)
    try:
        with desk().database.read() as connection:
            told = foretell(connection, desk().governing.read(connection), load, now=now)
        with desk().database.write() as connection:
            applied = apply(connection, load, desk().box, now=now, author=author(), foreseen=told.foreseen)
    except InvalidDocument as invalid:
        abort(422, str(invalid))
    due = f" {applied.due} listings are looked at again." if applied.due else ""
    flash(f"{WORDS[kind.name]} {document['title']!r} is stored.{due}", "success")
    return redirect(url_for("listing_templates.index" if kind is TEMPLATE else "policies.index"), 303)


def _unpacked() -> dict[str, Any]:
    try:
        document = orjson.loads(request.form.get("document", ""))
    except orjson.JSONDecodeError:
        abort(400, "The reviewed document did not come back whole. Begin again at the form.")
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        abort(400, "The reviewed document did not come back whole. Begin again at the form.")
    return document
