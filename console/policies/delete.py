"""Delete a policy or a template: the page shows what uses it, and asks for its title."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from console.policies.review import WORDS, in_force_by_title, kind_of, list_url
from console.web import audit
from console.web.access import author, requires
from console.web.context import console_context
from console.web.wait_for_job import looking_again
from operations.rules.count_affected import Due, TimeBudget, count_affected
from operations.rules.remove import removal, remove
from operations.rules.rule_versions import Edited, used_by
from records.accounts.users import Role
from records.rules import versions
from topics.errors import Refused


def add_to(pages: Blueprint) -> None:
    """Add the two views to the pages of the policies."""
    pages.get("/policies/<kind>/delete")(ask_delete)
    pages.post("/policies/<kind>/delete")(delete)


@requires(Role.EDITOR)
def ask_delete(kind: str) -> ResponseReturnValue:
    """Show what uses it, and ask for its title."""
    return _page(kind_of(kind), request.args.get("title", ""), {})


def delete(kind: str) -> ResponseReturnValue:
    """Delete it, where the title was typed in and nothing uses it; its versions stay."""
    of, title, now = kind_of(kind), request.form.get("title", ""), console_context().clock()
    if request.form.get("typed", "").strip() != title.strip():
        return _page(of, title, {"typed": [f"Type the title exactly as it is: {title}"]}), 422
    try:
        with console_context().database.write() as connection:
            before = in_force_by_title(of, console_context().rulebooks.read(connection)).get(title)
            job = remove(connection, console_context().box, of, title, now=now, author=author())
    except Refused as refused:
        return _page(of, title, {"typed": [f"{refused} {refused.next_step}"]}), 422
    audit.record_fields(f"{WORDS[of.name].lower()} {title!r}", before, None)
    words, place = looking_again(job, list_url(of))
    flash(f"{WORDS[of.name]} {title!r} was deleted; its history is kept. {words}".strip(), "success")
    return redirect(place, 303)


def _page(kind: Edited, title: str, errors: dict[str, list[str]]) -> str:
    with console_context().database.read() as connection:
        rulebooks = console_context().rulebooks.read(connection)
        if title not in versions.titles(connection, kind.listed):
            abort(404, f"There is no {WORDS[kind.name].lower()} {title!r}.")
        users = list(used_by(connection, rulebooks, kind, title))
        due, refused = Due(0, 0), ""
        try:
            change = removal(connection, rulebooks, kind, title)
            due = count_affected(connection, change, console_context().clock(), TimeBudget.for_a_person())
        except Refused as error:
            refused = f"{error} {error.next_step}"
    return render_template(
        "policies/delete.html",
        kind=kind,
        words=WORDS[kind.name],
        list_url=list_url(kind),
        title=title,
        users=users,
        due=due,
        refused=refused,
        errors=errors,
    )
