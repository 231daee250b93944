"""The forms of the policies: explained while they are filled in, and reviewed before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import orjson
from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.policies import review
from console.policies.form_fields import controls, document_from, off_form
from console.policies.preview import attribute_choices, explanation, worked
from console.policies.replay import replay
from console.policies.review import WORDS, check_base, faults_by_field, in_force_by_title, kind_of, stored
from console.web import current_shop
from console.web.access import requires
from console.web.context import console_context
from console.web.labels import labels_of
from operations.rules.rule_versions import TEMPLATE, Edited
from policies.observed_attributes import PRICE, QUANTITY
from records.accounts.users import Role
from schemas.apply_file import InvalidDocument
from schemas.field_spec import PolicySchema, document_of
from topics.errors import Refused

pages = Blueprint("policy_forms", __name__)

LONGEST_TITLE: Final = 120


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it is filled in, based on version `base` (0 for a new policy). `fixed`: the title can't be changed."""

    kind: Edited
    document: Mapping[str, Any]
    base: int = 0
    fixed: bool = False
    errors: Mapping[str, list[str]] = field(default_factory=dict)


@pages.get("/policies/<kind>/new")
@requires(Role.EDITOR)
def new(kind: str) -> ResponseReturnValue:
    """Show an empty form, or one filled in like another policy."""
    of = _kind(kind)
    like = in_force_by_title(of, current_shop.rulebooks()).get(request.args.get("like", ""))
    if like is None:
        return _form(Draft(of, document_of(of.schema().load({"title": "-"})) | {"title": ""}))
    document = document_of(like) | {"title": f"{like.title[: LONGEST_TITLE - 7]} (copy)"}
    # A duplicate is a policy of its own: it is not paused because the other one is.
    return _form(Draft(of, document | off_form(_schema(of), None)))


@pages.get("/policies/<kind>/edit")
@requires(Role.EDITOR)
def edit(kind: str) -> ResponseReturnValue:
    """Show the form of a policy in force."""
    of, title = _kind(kind), request.args.get("title", "")
    found = stored(of, title)
    if found.edited is None:
        abort(404, f"There is no {WORDS[of.name].lower()} {title!r}.")
    return _form(Draft(of, document_of(found.edited), found.version, fixed=True))


@pages.post("/policies/<kind>/form")
def form(kind: str) -> ResponseReturnValue:
    """Answer a button of the form, or the way back from the review. Nothing is saved here."""
    of = _kind(kind)
    draft = _back_from_review(of) if request.form.get("again") else _filled_in(of)
    pressed = request.form.get("step", "review")
    if request.form.get("again"):
        return _form(draft)
    if pressed == "replay":
        return _form(draft, **_replayed(draft.document))
    if pressed == "observe_both":
        observed = dict.fromkeys([*draft.document.get("observed_attributes", ()), PRICE, QUANTITY])
        return _form(replace(draft, document={**draft.document, "observed_attributes": list(observed)}))
    return _review(draft)


@pages.get("/policies/<kind>/explanation")
@requires(Role.EDITOR)
def explain(kind: str) -> ResponseReturnValue:
    """Show what the policy does so far, in words, and the fields that depend on another field."""
    of, document = _kind(kind), _form_document(kind)
    return render_template(
        "policies/explained.html",
        kind=of,
        values=document,
        groups=controls(_schema(of)),
        labels=labels_of(of),
        **_beside(of, document),
    )


@pages.get("/policies/<kind>/replay")
@requires(Role.EDITOR)
def what_it_would_have_done(kind: str) -> ResponseReturnValue:
    """Show what the policy would have done with the saves of the last days."""
    if kind != "synchronization":
        abort(404, "Only a synchronization policy has a preview on recorded saves.")
    return render_template("policies/replay.html", **_replayed(_form_document(kind)))


def _review(draft: Draft) -> ResponseReturnValue:
    """Show what changes and how many listings are checked again; the form again if a field is wrong."""
    of, title = draft.kind, draft.document["title"]
    if wrong := check_base(of, title, draft.base if draft.fixed else None):
        return _form(replace(draft, errors={"title": wrong})), 422
    try:
        return review.review(of, draft.document, url_for("policy_forms.form", kind=of.name))
    except InvalidDocument as invalid:
        return _form(replace(draft, errors=faults_by_field(invalid, of.listed))), 422


def _filled_in(kind: Edited) -> Draft:
    fixed, title = request.form.get("fixed") == "1", request.form.get("title", "").strip()
    document = document_from(_schema(kind), request.form, _off_form(kind, title if fixed else ""))
    return Draft(kind, document, request.form.get("base", 0, type=int), fixed)


def _back_from_review(kind: Edited) -> Draft:
    try:
        document = orjson.loads(request.form.get("document", ""))
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict) or not document.keys() <= kind.schema().fields.keys():
        abort(400, "The review was incomplete. Start again from the form.")
    base = request.form.get("base", 0, type=int)
    return Draft(kind, {"title": "", **document}, base, fixed=base > 0)


def _form(draft: Draft, **more: object) -> str:
    kind = draft.kind
    return render_template(
        "policies/form.html",
        draft=draft,
        kind=kind,
        words=WORDS[kind.name],
        values=draft.document,
        errors=draft.errors,
        labels=labels_of(kind),
        groups=controls(_schema(kind)),
        attributes=attribute_choices(draft.document.get("observed_attributes", ()))
        if kind.name == "synchronization"
        else (),
        **_beside(kind, draft.document),
        **more,
    )


def _beside(kind: Edited, document: Mapping[str, object]) -> dict[str, object]:
    """Return what is shown beside the form."""
    if kind.name == "synchronization":
        return {"explained": explanation(document)}
    return {"worked": worked(kind, document)}


def _replayed(document: Mapping[str, object]) -> dict[str, object]:
    policy = explanation({**document, "title": document.get("title") or "This draft"}).policy
    try:
        found = replay(console_context(), current_shop.rulebooks(), policy, current_shop.chosen_shop())
    except Refused as refused:
        return {"replayed": None, "out_of_reach": refused}
    return {"replayed": found, "out_of_reach": None}


def _form_document(kind: str) -> dict[str, object]:
    """Return the document of the form as it is filled in, sent in the query string."""
    fixed, title = request.args.get("fixed") == "1", request.args.get("title", "").strip()
    of = _kind(kind)
    return document_from(_schema(of), request.args, _off_form(of, title if fixed else ""))


def _off_form(kind: Edited, title: str) -> dict[str, object]:
    """Return the fields that have no control, as the policy of this title has them."""
    return off_form(_schema(kind), in_force_by_title(kind, current_shop.rulebooks()).get(title))


def _schema(kind: Edited) -> type[PolicySchema]:
    """Return the schema of a kind from `_kind`, which is never a listing template's."""
    return cast(type[PolicySchema], kind.schema)


def _kind(name: str) -> Edited:
    """Return the kind of policy of this name. Aborts with 404, for a listing template too: it has its own form."""
    kind = kind_of(name)
    return kind if kind is not TEMPLATE else abort(404, "There is no such kind of policy.")
