"""The policies: what there is, what hangs on each, who left it so; restored, paused and deleted from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from console import shop_switch, storing
from console.access import author
from console.desk import desk
from console.exporting import as_file, asked_format
from console.storing import WORDS, kind_of
from operations.applying import apply
from operations.edited import POLICIES, Edited, history_of, used_by
from operations.foretelling import one_document
from operations.refusals import Refused
from operations.removing import foresee_removal, remove
from records import versions
from records.versions import Version
from schemas.apply_file import InvalidDocument
from schemas.synchronization_policy import SynchronizationPolicy

pages = Blueprint("policies", __name__)

COLUMNS = ("type", "title", "state", "on", "used_by", "version", "at", "author")


@dataclass(frozen=True, slots=True)
class Line:
    """A policy as the list shows it; `state` is active, paused or off (nothing hangs on it)."""

    kind: Edited
    title: str
    state: str
    on: tuple[str, ...]
    observed: int | None
    used_by: tuple[str, ...]
    version: Version


@pages.get("/policies")
def index() -> Any:
    """TikTok Policies."""
    lines = list(_lines())
    if (wanted := asked_format()) is not None:
        return as_file(wanted, "policies", COLUMNS, [_plain(line) for line in lines])
    return render_template("policies/index.html", lines=lines, words=WORDS)


@pages.post("/policies/save")
def save() -> Any:
    """The second press of a form: what was reviewed is stored."""
    return storing.store()


@pages.get("/policies/<kind>/history")
def history(kind: str) -> Any:
    """Every version of one: who, when, and what it changed."""
    edited, title = kind_of(kind), request.args.get("title", "")
    with desk().database.read() as connection:
        every = versions.history(connection, edited.listed, title)
        in_force = title in versions.titles(connection, edited.listed)
    if not every:
        abort(404, f"There never was a {WORDS[kind].lower()} {title!r}.")
    return render_template(
        "policies/history.html",
        kind=edited,
        words=WORDS[kind],
        title=title,
        told=list(history_of(edited, every)),
        in_force=in_force,
    )


@pages.post("/policies/<kind>/restore")
def restore(kind: str) -> Any:
    """An earlier version is reviewed, as if it had been typed in."""
    edited, title = kind_of(kind), request.form.get("title", "")
    number = request.form.get("version", type=int)
    with desk().database.read() as connection:
        every = versions.history(connection, edited.listed, title)
    wanted = next((one for one in every if one.version == number), None)
    if wanted is None:
        abort(404, f"{title!r} has no version {number}.")
    back = url_for("policies.history", kind=kind, title=title)
    try:
        return storing.review(edited, wanted.document, back)
    except InvalidDocument as invalid:
        flash(f"Version {number} can't be restored as it is: {invalid}", "error")
        return redirect(back, 303)


@pages.post("/policies/synchronization/pause")
def pause() -> Any:
    """Deliveries of its shops stop, or go on; decisions always go on."""
    title, paused = request.form.get("title", ""), request.form.get("paused") == "true"
    held = shop_switch.governing().policies.get(title) or abort(404, f"There is no policy {title!r}.")
    document = {**asdict(held.policy), "observed_attributes": list(held.policy.observed_attributes)}
    document["paused"] = paused
    with desk().database.write() as connection:
        load = one_document("synchronization_policies", document)
        apply(connection, load, desk().box, now=desk().clock(), author=author())
    words = "is paused: what is due waits" if paused else "goes on: what has waited is looked at once"
    flash(f"{title!r} {words}.", "success")
    return redirect(url_for("policies.index"), 303)


@pages.get("/policies/<kind>/delete")
def ask_delete(kind: str) -> Any:
    """What hangs on it, and a title to type in."""
    return _delete_page(kind_of(kind), request.args.get("title", ""), {})


@pages.post("/policies/<kind>/delete")
def delete(kind: str) -> Any:
    """Gone, if the title was typed in and nothing hangs on it; its versions stay."""
    edited, title = kind_of(kind), request.form.get("title", "")
    if request.form.get("typed", "").strip() != title:
        return _delete_page(edited, title, {"typed": [f"Type {title} to delete it."]}), 422
    try:
        with desk().database.write() as connection:
            due = remove(connection, desk().box, edited, title, now=desk().clock())
    except Refused as refused:
        return _delete_page(edited, title, {"typed": [f"{refused} {refused.next_step}"]}), 422
    told = f" {due} listings are looked at again." if due else ""
    flash(f"{WORDS[kind]} {title!r} is deleted; its history stays.{told}", "success")
    return redirect(url_for("listing_templates.index" if kind == "listing" else "policies.index"), 303)


def _delete_page(edited: Edited, title: str, errors: dict[str, list[str]]) -> Any:
    with desk().database.read() as connection:
        governing = desk().governing.read(connection)
        if title not in versions.titles(connection, edited.listed):
            abort(404, f"There is no {WORDS[edited.name].lower()} {title!r}.")
        users, due, refused = list(used_by(connection, governing, edited, title)), 0, ""
        try:
            due = len(foresee_removal(connection, governing, edited, title, desk().clock()).product_ids)
        except Refused as error:
            refused = f"{error} {error.next_step}"
    return render_template(
        "policies/delete.html",
        kind=edited,
        words=WORDS[edited.name],
        title=title,
        users=users,
        due=due,
        refused=refused,
        errors=errors,
    )


def _lines() -> Iterator[Line]:
    with desk().database.read() as connection:
        governing = desk().governing.read(connection)
        for kind in POLICIES:
            for title, version in versions.newest(connection, kind.listed).items():
                users = tuple(used_by(connection, governing, kind, title))
                policy = governing.policies[title].policy if kind.name == "synchronization" else None
                state = "paused" if policy is not None and policy.paused else "active" if users else "off"
                yield Line(
                    kind,
                    title,
                    state,
                    tuple(_on(policy)) if policy is not None else tuple(_sayings(version.document)),
                    len(policy.observed_attributes) if policy and policy.only_specific_attributes else None,
                    users,
                    version,
                )


def _on(policy: SynchronizationPolicy) -> Iterator[str]:
    for name, words in (
        ("product_upload", "Upload"),
        ("product_update", "Update"),
        ("inventory_price_sync", "Inventory/Price"),
        ("product_assign", "Assign"),
        ("sync_not_visible_individually", "Not Visible Individually"),
    ):
        if getattr(policy, name):
            yield words


def _sayings(document: Any) -> Iterator[str]:
    """A policy of a template in a few words: what is not as it is by itself."""
    for name in (
        "source",
        "buffer",
        "maximum",
        "adjustment",
        "rounding",
        "floor",
        "guard_percent",
        "gallery_maximum",
    ):
        value = document.get(name)
        if value not in (None, "", 0, "0", "none", False):
            yield f"{name.replace('_', ' ')} {value}".replace("stock_item", "stock item")


def _plain(line: Line) -> dict[str, Any]:
    return {
        "type": line.kind.name,
        "title": line.title,
        "state": line.state,
        "on": ", ".join(line.on),
        "used_by": ", ".join(line.used_by),
        "version": line.version.version,
        "at": line.version.at.isoformat(),
        "author": line.version.author,
    }
