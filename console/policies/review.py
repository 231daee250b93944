"""Save what people edit: a review shows what would change, and its button saves it.

The form becomes a document as in an apply file; the schemas validate it, and their errors go back to the fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Connection

from console.web import audit
from console.web.access import author
from console.web.context import desk
from console.web.labels import changes, every_value
from console.web.wait_for_job import looking_again
from operations.products.preview_sync import one_document
from operations.rules.apply import Applied, apply, declared, existing_titles
from operations.rules.count_affected import Due, TimeBudget, count_affected
from operations.rules.rule_versions import POLICIES, TEMPLATE, Edited
from policies.policy_summary import warnings
from policies.rulebook import Rulebooks
from policies.template_policies import inventory, price
from records.db.statements import alone
from records.rules import versions
from schemas.apply_file import InvalidDocument
from schemas.inventory_policy import InventoryPolicy
from schemas.pricing_policy import PricingPolicy
from schemas.synchronization_policy import SynchronizationPolicy
from sync.affected_listings import RuleChange

KINDS: Final[Mapping[str, Edited]] = {one.name: one for one in (*POLICIES, TEMPLATE)}
WORDS: Final = {
    "synchronization": "Synchronization policy",
    "pricing": "Pricing policy",
    "inventory": "Inventory policy",
    "image": "Image policy",
    "listing": "Listing template",
}
"""What people call each kind."""

_IN_A_LIST: Final = re.compile(r"\A\[[0-9]+\]\Z")
"""The place in a list of plain words: the error quotes the word, which says more than its number."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy or template in force, and its version; version 0 and None where there is none."""

    version: int
    edited: Any


class _Overtaken(Exception):
    """Another version was saved since the review."""


def kind_of(name: str) -> Edited:
    """Return the kind of this name; 404 for another."""
    return KINDS.get(name) or abort(404, "There is no such kind of policy.")


def list_url(kind: Edited) -> str:
    """Return the address of the page that lists this kind."""
    return url_for("listing_templates.index" if kind is TEMPLATE else "policies.index")


def in_force_by_title(kind: Edited, rulebooks: Rulebooks) -> Mapping[str, Any]:
    """Return what is in force of this kind, by title."""
    if kind is TEMPLATE:
        return {one.title: one for one in rulebooks.templates}
    if kind.listed == "synchronization_policies":
        return {title: one.policy for title, one in rulebooks.policies.items()}
    found: Mapping[str, Any] = getattr(rulebooks.template_policies, kind.listed)
    return found


def faults_by_field(invalid: InvalidDocument, listed: str) -> dict[str, list[str]]:
    """Return the errors of the one document by field, in its order; the form itself shows the value."""
    found: dict[str, list[str]] = {}
    for fault in invalid.faults:
        path = fault.where.removeprefix(f"{listed}[0]").lstrip(".")
        name = path.partition(".")[0].partition("[")[0] or "title"
        inner = _IN_A_LIST.sub("", path.removeprefix(name))
        found.setdefault(name, []).append(f"{inner.lstrip('.')}: {fault.message}" if inner else fault.message)
    return found


def in_force(connection: Connection, kind: Edited, title: str) -> InForce:
    """Return what is in force under this title, and its version: one row, so that they belong together."""
    found = versions.in_force(connection, kind.listed, title)
    if found is None:
        return InForce(0, None)
    version, document = found
    return InForce(version, kind.schema().load(document))


def stored(kind: Edited, title: str) -> InForce:
    """Return what is in force under this title, read in a transaction of its own."""
    with desk().database.read() as connection:
        return in_force(connection, kind, title)


def review(
    kind: Edited, document: Mapping[str, Any], back: str, *, form: bool = True, counted: Due | None = None
) -> Any:
    """Return the page that shows what the document would change. Raises `InvalidDocument`.

    `back` is the address of the form that made it, which gets the document back; without `form` it is a plain link.
    `counted` is the number of listings, where a job has counted them.
    """
    now, load = desk().clock(), one_document(kind.listed, document)
    with desk().database.read() as connection:
        rulebooks = desk().rulebooks.read(connection)
        declaration = load(existing_titles(rulebooks), rulebooks.shops)
        (after,) = getattr(declaration, kind.listed)
        now_stored = in_force(connection, kind, after.title)
        before = now_stored.edited
        differs = changes(kind, before, after) if before is not None else []
        change = RuleChange(rulebooks, declared(rulebooks, declaration, now))
        due = None
        if differs or not before:
            due = counted or count_affected(connection, change, now, TimeBudget.for_a_person())
    return render_template(
        "policies/review.html",
        kind=kind,
        words=WORDS[kind.name],
        list_url=list_url(kind),
        document=document,
        packed=orjson.dumps(document).decode(),
        base=now_stored.version,
        differs=differs,
        whole=every_value(kind, after) if before is None else [],
        notes=lints(after),
        due=due,
        back=back,
        form=form,
    )


def store() -> Any:
    """Save the document that was reviewed, unless another version was saved since."""
    kind = kind_of(request.form.get("kind", ""))
    document = reviewed()
    try:
        applied = _apply(kind, document, request.form.get("base", -1, type=int))
    except _Overtaken:
        flash("Somebody has saved another version meanwhile. Review the changes again.", "warning")
        return review(kind, document, list_url(kind), form=False)
    except InvalidDocument as invalid:
        abort(422, str(invalid))
    audit.noted_edits(applied.edits)
    if not applied.changes:
        flash(f"{WORDS[kind.name]} {document['title']!r} is unchanged: nothing was saved.", "info")
        return redirect(list_url(kind), 303)
    words, place = looking_again(applied.job, list_url(kind))
    flash(f"{WORDS[kind.name]} {document['title']!r} is saved. {words}".strip(), "success")
    return redirect(place, 303)


def lints(edited: Any) -> tuple[str, ...]:
    """Return warnings about settings that are allowed, but may surprise a merchant."""
    if isinstance(edited, InventoryPolicy):
        return inventory.lints(edited)
    if isinstance(edited, PricingPolicy):
        return price.lints(edited)
    return warnings(edited) if isinstance(edited, SynchronizationPolicy) else ()


def _apply(kind: Edited, document: Mapping[str, Any], base: int) -> Applied:
    """Raises `_Overtaken` where another version than `base` is in force."""
    now, load = desk().clock(), one_document(kind.listed, document)
    with desk().database.write() as connection:
        alone(connection)
        there = versions.in_force(connection, kind.listed, document["title"])
        if (0 if there is None else there[0]) != base:
            raise _Overtaken
        return apply(connection, load, desk().box, now=now, author=author())


def reviewed() -> dict[str, Any]:
    """Return the document that a review page carries; 400 where it is damaged."""
    try:
        document = orjson.loads(request.form.get("document", ""))
    except orjson.JSONDecodeError:
        abort(400, "The review was incomplete. Start again from the form.")
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        abort(400, "The review was incomplete. Start again from the form.")
    return document
