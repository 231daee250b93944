"""The signed-in user's own account: password and second factor."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.accounts import passwords, reauthentication
from console.accounts.sign_in import signed_in
from console.web import audit
from console.web.access import me, requires, session_token
from console.web.context import console_context
from records.accounts import second_factors, users
from records.accounts.users import Role

pages = Blueprint("account", __name__)


@pages.get("/me")
def mine() -> ResponseReturnValue:
    """Show the account of the signed-in user."""
    return shown()


@pages.post("/me")
@requires(Role.VIEWER)
def change_password() -> ResponseReturnValue:
    """Change the password, and end all other sessions of the user.

    A session that began with a sign-in link needs no current password: the user may have lost it.
    """
    new, status = request.form.get("new", ""), 422
    errors: dict[str, list[str]] = {}
    with console_context().database.read() as connection:
        has_password, asks_for_it = _password(connection)
    if asks_for_it and (fault := reauthentication.password_fault(request.form.get("old", ""))) is not None:
        errors["old"], status = [fault[0]], fault[1]
    if (why := passwords.fault(new, me().name)) is not None:
        errors["new"] = [why]
    if errors:
        return shown(errors), status
    with console_context().database.write() as connection:
        users.set_password(connection, me().id, passwords.hashed(new))
    answer = signed_in(me().id, url_for("account.mine"))
    audit.record_secret(f"password of {me().name}", had_value=has_password)
    flash("Your password was changed. Your other sessions have ended.", "success")
    return answer


def shown(errors: dict[str, list[str]] | None = None) -> str:
    """Return the page, with `errors` by the fields of its forms."""
    with console_context().database.read() as connection:
        has_password, asks_for_old = _password(connection)
        stored = second_factors.load(connection, me().id, console_context().box)
        left = second_factors.codes_left(connection, me().id)
    return render_template(
        "accounts/account.html",
        errors=errors or {},
        has_password=has_password,
        asks_for_old=asks_for_old,
        second_factor=stored,
        codes_left=left,
        most_failures=second_factors.MOST_FAILURES,
    )


def _password(connection: Connection) -> tuple[bool, bool]:
    """Return whether the user has a password, and whether it must be typed: not in a session that a link began."""
    user = users.by_id(connection, me().id)
    found = users.of_session(connection, session_token(), now=console_context().clock())
    has_password = user is not None and user.password_hash is not None
    return has_password, has_password and not (found is not None and found.by_link)
