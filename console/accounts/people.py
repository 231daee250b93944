"""Users: invite them, change roles, disable access; and the audit log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.web import audit
from console.web.access import me, requires
from console.web.context import console_context
from console.web.exporting import MOST_ROWS, as_file, asked_format
from console.web.url_ids import row_id
from records.accounts import audit as console_audit
from records.accounts import second_factors, users
from records.accounts.audit import UNENDED, AuditRow
from records.accounts.users import Role, User
from records.db.statements import alone

pages = Blueprint("people", __name__)

ENTER_WITHIN: Final = timedelta(hours=24)
LONGEST_NAME: Final = 100
PAGE: Final = 50
ROLES: Final = {
    Role.VIEWER: "sees everything, changes nothing",
    Role.EDITOR: "edits policies and listing templates, and starts syncs",
    Role.ADMIN: "everything, including shops, secrets and users",
}
LAST_ADMIN: Final = "This is the last admin. Make another user an admin first."
AUDITED: Final = ("at", "author", "address", "action", "target", "status", "changes")


@pages.get("/people")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show all users, and the form to invite one."""
    return _index()


@pages.post("/people")
@requires(Role.ADMIN)
def add() -> ResponseReturnValue:
    """Create a user, and show a sign-in link that works once. The link is never shown again."""
    name, role = request.form.get("name", "").strip(), request.form.get("role", "")
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        errors["name"] = [f"enter a name of 1 to {LONGEST_NAME} printable characters"]
    if role not in set(Role):
        errors["role"] = [f"choose one of {', '.join(Role)}"]
    now = console_context().clock()
    if not errors:
        with console_context().database.write() as connection:
            alone(connection)
            if users.by_name(connection, name) is not None:
                errors["name"] = [f"the name {name} is taken; choose another"]
            else:
                user_id = users.add(connection, name, Role(role), None, now=now)
                token = users.issue_ticket(connection, user_id, until=now + ENTER_WITHIN)
    if errors:
        return _index(name, role, errors), 422
    audit.record(f"person {name}", "", f"added, {role}")
    return _link(name, token)


@pages.get("/people/<int:user_id>")
@requires(Role.ADMIN)
def show(user_id: int) -> ResponseReturnValue:
    """Show a user, with what can be changed."""
    with console_context().database.read() as connection:
        user = _user(connection, user_id)
        since = second_factors.owners(connection).get(user_id)
        last = users.admins_left(connection, user_id) == 0 and _counts_as_admin(user)
    return render_template(
        "accounts/person.html",
        user=user,
        last=last,
        last_words=LAST_ADMIN,
        roles=ROLES,
        second_factor_since=since,
        own=user_id == me().id,
    )


@pages.post("/people/<int:user_id>/role")
@requires(Role.ADMIN)
def change_role(user_id: int) -> ResponseReturnValue:
    """Change a user's role. It applies from the user's next request."""
    role = request.form.get("role", "")
    if role not in set(Role):
        abort(400, f"There is no role {role!r}.")
    with console_context().database.write() as connection:
        alone(connection)
        user = _user(connection, user_id)
        if Role(role) is not Role.ADMIN and _is_last_admin(connection, user):
            return _refused(user)
        users.set_role(connection, user_id, Role(role))
    audit.record(f"role of {user.name}", user.role.value, role)
    flash(f"{user.name} is {'an' if role[0] in 'ae' else 'a'} {role} now.", "success")
    return _back(user)


@pages.post("/people/<int:user_id>/disable")
@requires(Role.ADMIN)
def disable(user_id: int) -> ResponseReturnValue:
    """Disable a user's access and end all of the user's sessions."""
    with console_context().database.write() as connection:
        alone(connection)
        user = _user(connection, user_id)
        if _is_last_admin(connection, user):
            return _refused(user)
        users.disable(connection, user_id, console_context().clock())
    _noted(user, disabled=True)
    flash(f"{user.name} can't sign in any more; their sessions have ended.", "success")
    return redirect(url_for("people.index"), 303)


@pages.post("/people/<int:user_id>/enable")
@requires(Role.ADMIN)
def enable(user_id: int) -> ResponseReturnValue:
    """Enable a user's access again."""
    with console_context().database.write() as connection:
        user = _user(connection, user_id)
        users.disable(connection, user_id, None)
    _noted(user, disabled=False)
    flash(f"{user.name} can sign in again.", "success")
    return _back(user)


@pages.post("/people/<int:user_id>/link")
@requires(Role.ADMIN)
def new_link(user_id: int) -> ResponseReturnValue:
    """Create another sign-in link, for a user who lost the password or whose first link expired."""
    with console_context().database.write() as connection:
        user = _user(connection, user_id)
        if user.disabled_at is not None:
            abort(409, f"{user.name} has no access; enable it before you create a link.")
        token = users.issue_ticket(connection, user_id, until=console_context().clock() + ENTER_WITHIN)
    return _link(user.name, token)


@pages.get("/people/audit")
@requires(Role.ADMIN)
def what_was_changed() -> ResponseReturnValue:
    """Show the audit log, newest first."""
    wanted, before = asked_format(), request.args.get("before", type=row_id)
    with console_context().database.read() as connection:
        found = console_audit.page(connection, MOST_ROWS if wanted else PAGE + 1, before)
    if wanted:
        return as_file(wanted, "console-audit", AUDITED, [_cells(row) for row in found.values()])
    shown = dict(list(found.items())[:PAGE])
    older = min(shown) if len(found) > PAGE else None
    return render_template("accounts/audit.html", rows=shown, older=older, before=before, unended=UNENDED)


def _cells(row: AuditRow) -> dict[str, object]:
    """Return a row of the exported file: its changes are in one cell, a line each."""
    text = "\n".join(f"{change.field}: {change.old or '-'} -> {change.new or '-'}" for change in row.changes)
    return {**asdict(row), "changes": text}


def _index(name: str = "", role: str = Role.VIEWER, errors: dict[str, list[str]] | None = None) -> str:
    with console_context().database.read() as connection:
        everybody, owners = users.load_all(connection), second_factors.owners(connection)
    return render_template(
        "accounts/people.html",
        people=everybody,
        with_second_factor=owners,
        name=name,
        role=role,
        roles=ROLES,
        errors=errors or {},
    )


def _link(name: str, token: str) -> str:
    audit.record(
        f"link for {name}", "", f"created, valid once within {ENTER_WITHIN.total_seconds() // 3600:.0f} h"
    )
    link = url_for("sign_in.once", token=token, _external=True)
    return render_template("accounts/link.html", name=name, link=link, within=ENTER_WITHIN)


def _user(connection: Connection, user_id: int) -> User:
    return users.by_id(connection, user_id) or abort(404, "There is no such user.")


def _noted(user: User, *, disabled: bool) -> None:
    if disabled != (user.disabled_at is not None):
        words = ("may come in", "disabled")
        audit.record(f"state of {user.name}", words[not disabled], words[disabled])


def _counts_as_admin(user: User) -> bool:
    return user.role is Role.ADMIN and user.disabled_at is None


def _is_last_admin(connection: Connection, user: User) -> bool:
    return _counts_as_admin(user) and users.admins_left(connection, user.id) == 0


def _refused(user: User) -> ResponseReturnValue:
    flash(LAST_ADMIN, "error")
    return _back(user)


def _back(user: User) -> ResponseReturnValue:
    """Redirect to the user's page; to the overview if the signed-in user has just given up the admin role."""
    with console_context().database.read() as connection:
        mine = users.by_id(connection, me().id)
    may = mine is not None and mine.role is Role.ADMIN
    return redirect(url_for("people.show", user_id=user.id) if may else "/", 303)
