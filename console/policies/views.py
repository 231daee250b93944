"""The list of policies with what uses each, and their history; pause, restore and delete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlalchemy import Connection

from console.jobs import count_due
from console.policies import delete, review
from console.policies.preview import hidden_now
from console.policies.review import KINDS, WORDS, in_force_by_title, kind_of, list_url, loaded
from console.web import audit, current_shop, job_runner
from console.web.access import author, requires
from console.web.context import console_context
from console.web.exporting import as_file, asked_format
from console.web.labels import Changed, PolicyOrTemplate, changes, every_value
from operations.rules.count_affected import Due
from operations.rules.rule_versions import POLICIES, TEMPLATE, UNREADABLE, Edited, used_by
from policies.field_specs import chips
from policies.policy_summary import will_do
from policies.rulebook import Rulebooks
from records.accounts.users import Role
from records.jobs import jobs
from records.rules import policies, versions
from records.rules.versions import Version
from schemas.apply_file import InvalidDocument
from schemas.synchronization_policy import SynchronizationPolicy

pages = Blueprint("policies", __name__)
delete.add_to(pages)

MOST_VERSIONS: Final = 100
COLUMNS = ("title", "type", "state", "on", "observed", "used_by", "version", "changed_at", "changed_by")


@dataclass(frozen=True, slots=True)
class Row:
    """A policy in the list. `observed`: the number of observed attributes, None if it observes all."""

    kind: Edited
    title: str
    level: str
    state: str
    on: tuple[str, ...]
    observed: int | None
    used_by: tuple[str, ...]
    last: Version


@dataclass(frozen=True, slots=True)
class Entry:
    """A version in the history with the fields that it changed, or `words` instead of fields."""

    version: Version
    changed: tuple[Changed, ...]
    words: str


@pages.get("/policies")
def index() -> ResponseReturnValue:
    """Show the list of policies."""
    wanted, only = asked_format(), request.args.get("type", "")
    rulebooks = current_shop.rulebooks()
    with console_context().database.read() as connection:
        rows = [row for kind in POLICIES for row in _rows(connection, rulebooks, kind)]
        removed = [
            (kind, document) for kind in POLICIES for document in versions.removed(connection, kind.listed)
        ]
    shown = [row for row in rows if only in ("", row.kind.name)]
    if wanted:
        return as_file(wanted, "policies", COLUMNS, [_cells(row) for row in shown])
    return render_template(
        "policies/index.html",
        rows=shown,
        kinds=[kind.name for kind in POLICIES],
        removed=removed,
        words=WORDS,
        only=only,
        any_at_all=bool(rows),
    )


@pages.post("/policies/save")
def save() -> ResponseReturnValue:
    """Save what was reviewed."""
    return review.store()


@pages.post("/policies/count")
def count() -> ResponseReturnValue:
    """Start a job that counts the listings that the reviewed document would make due."""
    kind, document = kind_of(request.form.get("kind", "")), review.reviewed()
    job_id = job_runner.ask(count_due.KIND, {"listed": kind.listed, "reviewed": document}, author())
    audit.record(
        f"job {job_id}, {count_due.KIND}",
        "",
        f"asked for: {WORDS[kind.name].lower()} {document['title']!r}",
    )
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@pages.get("/policies/counted/<int:job_id>")
@requires(Role.EDITOR)
def counted(job_id: int) -> ResponseReturnValue:
    """Show the review again, with the number that the job has counted."""
    with console_context().database.read() as connection:
        job = jobs.get(connection, job_id)
    came = job.result if job is not None and job.kind == count_due.KIND else None
    if job is None or came is None or "due" not in came:
        abort(404, "This job has not counted any listings.")
    kind = next(edited for edited in KINDS.values() if edited.listed == job.document["listed"])
    found = Due(came["walked"], came["due"])
    try:
        return review.review(kind, job.document["reviewed"], list_url(kind), form=False, counted=found)
    except InvalidDocument as invalid:
        flash(f"It can no longer be saved: {invalid}", "error")
        return redirect(list_url(kind), 303)


@pages.get("/policies/<kind>/history")
def history(kind: str) -> ResponseReturnValue:
    """Show every version of a policy: who, when, and what it changed."""
    of, title = kind_of(kind), request.args.get("title", "")
    every, now = _every(of, title), in_force_by_title(of, current_shop.rulebooks()).get(title)
    used: list[str] = []
    if now is not None and of is not TEMPLATE:
        with console_context().database.read() as connection:
            used = list(used_by(connection, current_shop.rulebooks(), of, title))
    return render_template(
        "policies/history.html",
        kind=of,
        words=WORDS[kind],
        list_url=list_url(of),
        title=title,
        now=now,
        used_by=used,
        sentences=will_do(now, hidden_now(title)) if isinstance(now, SynchronizationPolicy) else (),
        whole=every_value(of, now) if now is not None else [],
        entries=list(_entries(of, every[: MOST_VERSIONS + 1]))[:MOST_VERSIONS],
        more=max(len(every) - MOST_VERSIONS, 0),
    )


@pages.post("/policies/<kind>/restore")
def restore(kind: str) -> ResponseReturnValue:
    """Review an earlier version, as if it had been typed in."""
    of, title = kind_of(kind), request.form.get("title", "")
    number = request.form.get("version", type=int)
    wanted = next((version for version in _every(of, title) if version.version == number), None)
    if wanted is None:
        abort(404, f"{title!r} has no version {number}.")
    back = url_for("policies.history", kind=kind, title=title)
    try:
        return review.review(of, wanted.document, back, form=False)
    except InvalidDocument as invalid:
        flash(f"Version {number} can't be restored as it is: {invalid}", "error")
        return redirect(back, 303)


@pages.post("/policies/synchronization/pause")
def pause() -> ResponseReturnValue:
    """Pause or resume the deliveries of its shops. No listing is checked: a paused policy decides as before."""
    title, paused = request.form.get("title", ""), request.form.get("paused") == "true"
    with console_context().database.write() as connection:
        there = console_context().rulebooks.read(connection).policies.get(title)
        if there is None:
            abort(404, f"There is no synchronization policy {title!r}.")
        policy = replace(there.policy, paused=paused)
        policies.save(connection, policy, now=console_context().clock(), author=author())
    audit.record_fields(f"policy {title!r}", there.policy, policy)
    if paused:
        flash(f"{title!r} is paused: changes are queued, and nothing is sent until it is resumed.", "success")
    else:
        flash(f"{title!r} is resumed: each queued listing is synced once.", "success")
    return redirect(url_for("policies.index"), 303)


def _rows(connection: Connection, rulebooks: Rulebooks, kind: Edited) -> Iterator[Row]:
    last = versions.newest(connection, kind.listed)
    for title, policy in sorted(in_force_by_title(kind, rulebooks).items()):
        used = tuple(used_by(connection, rulebooks, kind, title))
        level, state = ("success", "active") if used else ("off", "off")
        observed = None
        if isinstance(policy, SynchronizationPolicy):
            if policy.paused:
                level, state = "warning", "paused"
            observed = len(policy.observed_attributes) if policy.only_specific_attributes else None
        yield Row(kind, title, level, state, chips(policy), observed, used, last[title])


def _cells(row: Row) -> dict[str, object]:
    return {
        "title": row.title,
        "type": row.kind.name,
        "state": row.state,
        "on": ", ".join(row.on),
        "observed": row.observed,
        "used_by": ", ".join(row.used_by),
        "version": row.last.version,
        "changed_at": row.last.at.isoformat(),
        "changed_by": row.last.author,
    }


def _entries(kind: Edited, every: Sequence[Version]) -> Iterator[Entry]:
    loaded = [_loaded(kind, version) for version in every]
    earlier = zip([*every[1:], None], [*loaded[1:], None], strict=True)
    for version, edited, (last, before) in zip(every, loaded, earlier, strict=True):
        if last is None:
            yield Entry(version, (), "is new")
        elif edited is None or before is None:
            yield Entry(version, (), UNREADABLE)
        else:
            changed = tuple(changes(kind, before, edited))
            yield Entry(version, changed, "" if changed else "created again unchanged, after it was deleted")


def _loaded(kind: Edited, version: Version) -> PolicyOrTemplate | None:
    """Return the policy of a version; None if this m2t can't read it."""
    try:
        return loaded(kind, version.document)
    except ValidationError:
        return None


def _every(kind: Edited, title: str) -> list[Version]:
    with console_context().database.read() as connection:
        found = versions.history(connection, kind.listed, title)
    return found or abort(404, f"There is no history of a {WORDS[kind.name].lower()} {title!r}.")
