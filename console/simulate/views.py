"""Simulate: what a draft would have decided for the recorded events, compared with the current rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import yaml
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.jobs.simulate import KIND
from console.policies import review
from console.web import audit, current_shop, job_runner
from console.web.access import author
from console.web.context import console_context
from magento import senders
from operations.rules.apply import existing_titles
from operations.rules.rule_versions import POLICIES, TEMPLATE
from records.jobs import jobs
from records.rules import documents
from schemas.apply_file import InvalidDocument, load_declaration

pages = Blueprint("simulate", __name__)

WINDOWS: Final = ((24, "the last day"), (7 * 24, "the last 7 days"), (30 * 24, "the last 30 days"))
LONGEST: Final = 100_000
LISTED: Final = {kind.listed: kind for kind in (*POLICIES, TEMPLATE)}


@pages.get("/simulate")
def index() -> ResponseReturnValue:
    """Show the form with a draft: the policy or template named in the URL, else the shop's policy."""
    shop = current_shop.chosen_shop()
    if shop is None:
        return render_template("simulate/index.html", draft=None)
    rulebooks = current_shop.rulebooks()
    title = request.args.get("policy") or rulebooks.shops[shop].synchronization_policy
    listed, wanted = "synchronization_policies", title
    if template := request.args.get("template"):
        listed, wanted = "listing_templates", template
    with console_context().database.read() as connection:
        stored = documents.load_all(connection, "kept")
    draft = {listed: [entry for entry in stored[listed] if entry["title"] == wanted]}
    return _page(yaml.safe_dump(draft, sort_keys=False, allow_unicode=True, width=100), {})


@pages.post("/simulate")
def begin() -> ResponseReturnValue:
    """Start the simulation as a job, or take the draft to its review."""
    text = request.form.get("draft", "")[:LONGEST]
    errors: dict[str, list[str]] = {}
    document = _parsed(text, errors)
    if document is not None:
        errors |= _faults(document)
    if errors or document is None:
        return _page(text, errors), 422
    if request.form.get("op") == "store":
        return _store(text, document)
    hours = request.form.get("hours", 7 * 24, type=int)
    job = {
        "declaration": document,
        "shop": current_shop.the_shop(),
        "hours": hours if hours in dict(WINDOWS) else 7 * 24,
    }
    job_id = job_runner.ask(KIND, job, author())
    drafts = ", ".join(
        f"{listed} {entry.get('title')!r}" for listed, some in document.items() for entry in some
    )
    audit.record(f"job {job_id}, {KIND}", "", f"asked for: {drafts}, {job['hours']} h")
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _parsed(text: str, errors: dict[str, list[str]]) -> Mapping[str, Sequence[Mapping[str, object]]] | None:
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        errors["draft"] = [f"{where}{getattr(error, 'problem', None) or 'it is not YAML'}"]
        return None
    if (
        not isinstance(document, Mapping)
        or not document.keys() <= LISTED.keys()
        or not any(document.values())
    ):
        errors["draft"] = [f"A draft contains one or more of: {', '.join(LISTED)}."]
        return None
    return document


def _faults(document: Mapping[str, Sequence[Mapping[str, object]]]) -> dict[str, list[str]]:
    try:
        load_declaration(document, existing_titles(current_shop.rulebooks()), senders.settings())
    except InvalidDocument as invalid:
        return {"draft": [str(fault) for fault in invalid.faults]}
    return {}


def _store(text: str, document: Mapping[str, Sequence[Mapping[str, object]]]) -> ResponseReturnValue:
    """Show the review of the draft's only document."""
    rows = [(listed, entry) for listed, some in document.items() for entry in some]
    if len(rows) != 1:
        return _page(
            text, {"draft": ["Only one policy or template can be saved at a time. Leave one in the draft."]}
        ), 422
    ((listed, entry),) = rows
    return review.review(LISTED[listed], entry, url_for("simulate.index"), form=False)


def _page(draft: str, errors: dict[str, list[str]]) -> str:
    with console_context().database.read() as connection:
        earlier = jobs.latest(connection, KIND, 5)
    if errors:
        flash("Nothing was simulated: the draft is invalid.", "error")
    return render_template(
        "simulate/index.html", draft=draft, errors=errors, windows=WINDOWS, earlier=earlier, hours=7 * 24
    )
