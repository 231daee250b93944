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
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.web import audit
from console.web.access import author
from console.web.context import console_context
from console.web.labels import PolicyOrTemplate, changes, every_value
from console.web.wait_for_job import looking_again
from operations.products.preview_sync import one_document
from operations.rules.apply import Applied, apply, declared, existing_titles
from operations.rules.check_declaration import check_declaration
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

KINDS: Final[Mapping[str, Edited]] = {kind.name: kind for kind in (*POLICIES, TEMPLATE)}
WORDS: Final = {
    "synchronization": "Synchronization policy",
    "pricing": "Pricing policy",
    "inventory": "Inventory policy",
    "image": "Image policy",
    "listing": "Listing template",
}
"""What people call each kind."""

DELETED: Final = "{} {!r} was deleted since this form was opened: saving creates it again."
NEWER: Final = (
    "Somebody has saved version {} since this form was opened. The differences from it are shown here."
)

_IN_A_LIST: Final = re.compile(r"\A\[[0-9]+\]\Z")
"""An index in a list of words. It is left out of messages: the error quotes the word itself."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy or template in force with its version; version 0 and None if there is none."""

    version: int
    edited: PolicyOrTemplate | None


class _Overtaken(Exception):
    """Another version was saved since the review."""


def kind_of(name: str) -> Edited:
    """Return the kind of this name. Aborts with 404 if there is none."""
    return KINDS.get(name) or abort(404, "There is no such kind of policy.")


def list_url(kind: Edited) -> str:
    """Return the address of the page that lists this kind."""
    return url_for("listing_templates.index" if kind is TEMPLATE else "policies.index")


def in_force_by_title(kind: Edited, rulebooks: Rulebooks) -> Mapping[str, PolicyOrTemplate]:
    """Return what is in force of this kind, by title."""
    if kind is TEMPLATE:
        return {template.title: template for template in rulebooks.templates}
    if kind.listed == "synchronization_policies":
        return {title: policy.policy for title, policy in rulebooks.policies.items()}
    found: Mapping[str, PolicyOrTemplate] = getattr(rulebooks.template_policies, kind.listed)
    return found


def faults_by_field(invalid: InvalidDocument, listed: str) -> dict[str, list[str]]:
    """Return the errors of a file with one document, by field in the order of the document."""
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
    return InForce(version, loaded(kind, document))


def loaded(kind: Edited, document: Mapping[str, object]) -> PolicyOrTemplate:
    """Return the policy or template of a stored document. Raises `ValidationError` if this m2t can't read it."""
    found: PolicyOrTemplate = kind.schema().load(document)
    return found


def stored(kind: Edited, title: str) -> InForce:
    """Return what is in force under this title, read in a transaction of its own."""
    with console_context().database.read() as connection:
        return in_force(connection, kind, title)


def check_base(kind: Edited, title: str, base: int | None) -> list[str]:
    """Compare the version that a form is based on with the version in force, before its review.

    `base` is the version that the form was filled in from; None for a form of a new document. Returns the errors of
    the title: a new document must not take the title of another. Warns in a message on the page where somebody has
    saved another version, or deleted it, since the form was opened.
    """
    now = stored(kind, title).version
    if base is None:
        name = WORDS[kind.name].lower()
        return [f"There is a {name} of this title already: choose another title"] if now else []
    if now != base:
        flash(NEWER.format(now) if now else DELETED.format(WORDS[kind.name], title), "warning")
    return []


def review(
    kind: Edited, document: Mapping[str, object], back: str, *, form: bool = True, counted: Due | None = None
) -> ResponseReturnValue:
    """Return the page that shows what the document would change. Raises `InvalidDocument`.

    `back` is the URL of the form, which gets the document back; without `form` it is a plain link. `counted` is the
    number of listings to check again, if a job has counted them.
    """
    now, load = console_context().clock(), one_document(kind.listed, document)
    with console_context().database.read() as connection:
        rulebooks = console_context().rulebooks.read(connection)
        declaration = load(existing_titles(rulebooks), rulebooks.shops)
        warned = check_declaration(connection, declaration, rulebooks)
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
        notes=(*lints(after), *(warning.message for warning in warned)),
        due=due,
        back=back,
        form=form,
    )


def store() -> ResponseReturnValue:
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
    audit.record_edits(applied.edits)
    if not applied.changes:
        flash(f"{WORDS[kind.name]} {document['title']!r} is unchanged: nothing was saved.", "info")
        return redirect(list_url(kind), 303)
    words, place = looking_again(applied.job, list_url(kind))
    flash(f"{WORDS[kind.name]} {document['title']!r} is saved. {words}".strip(), "success")
    return redirect(place, 303)


def lints(edited: PolicyOrTemplate) -> tuple[str, ...]:
    """Return warnings about settings that are allowed, but may surprise a merchant."""
    if isinstance(edited, InventoryPolicy):
        return inventory.lints(edited)
    if isinstance(edited, PricingPolicy):
        return price.lints(edited)
    return warnings(edited) if isinstance(edited, SynchronizationPolicy) else ()


def _apply(kind: Edited, document: Mapping[str, Any], base: int) -> Applied:
    """Apply the document. Raises `_Overtaken` if another version than `base` is in force."""
    now, load = console_context().clock(), one_document(kind.listed, document)
    with console_context().database.write() as connection:
        alone(connection)
        there = versions.in_force(connection, kind.listed, document["title"])
        if (0 if there is None else there[0]) != base:
            raise _Overtaken
        return apply(connection, load, console_context().box, now=now, author=author())


def reviewed() -> dict[str, Any]:
    """Return the document of the review page's form. Aborts with 400 if it is damaged."""
    try:
        document = orjson.loads(request.form.get("document", ""))
    except orjson.JSONDecodeError:
        abort(400, "The review was incomplete. Start again from the form.")
    if not isinstance(document, dict) or not isinstance(document.get("title"), str):
        abort(400, "The review was incomplete. Start again from the form.")
    return document
