"""Sign in and out, sign-in links that work once, and the start of a session."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from console.accounts import passwords
from console.web import audit
from console.web.access import as_person, cookie_name, give_session, public, requires, session_token
from console.web.context import console_context
from records.accounts import second_factors, users
from records.accounts.users import Role

pages = Blueprint("sign_in", __name__)

HALF = "half_session"


@pages.get("/sign-in")
@public
def form() -> ResponseReturnValue:
    """Show the sign-in form; redirect to the set-up while no user is registered."""
    if g.person is not None:
        return redirect(next_page())
    with console_context().database.read() as connection:
        if users.count(connection) == 0:
            return redirect(url_for("setup.register"), 303)
    return render_template("accounts/sign_in.html", name="", errors={}, next=next_page())


@pages.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Check name and password and begin a session; a half session if the user has a second factor."""
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    address, now = request.remote_addr or "", console_context().clock()
    with console_context().database.read() as connection:
        braked = passwords.braked(connection, name, address, now)
        user = users.by_name(connection, name)
    if not braked and passwords.opens(user, password):
        assert user is not None  # noqa: S101
        return let_in(user.id, next_page())
    if not braked:
        with console_context().database.write() as connection:
            users.note_failure(connection, name, address, now=now)
    errors = {"name": [passwords.BRAKED if braked else passwords.WRONG]}
    return (
        render_template("accounts/sign_in.html", name=name, errors=errors, next=next_page()),
        429 if braked else 401,
    )


@pages.get("/enter/<token>")
@public
def once(token: str) -> ResponseReturnValue:
    """Sign in by a link, which then becomes invalid."""
    with console_context().database.write() as connection:
        user = users.use_ticket(connection, token, now=console_context().clock())
    if user is None:
        flash(
            "This link was already used, or has expired. Ask for a new one: m2t console --link NAME", "error"
        )
        return redirect(url_for("sign_in.form"), 303)
    return let_in(user.id, "/", by_link=True)


@pages.post("/sign-out")
@requires(Role.VIEWER)
def leave() -> ResponseReturnValue:
    """Sign out: end the session in the browser and in the database."""
    with console_context().database.write() as connection:
        users.close_session(connection, session_token())
    audit.record("session", "open", "ended")
    g.pop("renewed", None)
    session.clear()
    answer = redirect(url_for("sign_in.form"), 303)
    answer.delete_cookie(cookie_name(), path="/", secure=request.is_secure)
    return answer


def let_in(user_id: int, there: str, *, by_link: bool = False) -> Response:
    """Return a redirect to `there` in a new session, or to the second factor if the user has one."""
    with console_context().database.write() as connection:
        if user_id not in second_factors.owners(connection):
            half = None
        else:
            half = second_factors.open_half_session(
                connection, user_id, now=console_context().clock(), by_link=by_link
            )
    if half is None:
        return signed_in(user_id, there, by_link=by_link)
    session[HALF] = half
    return redirect(url_for("sign_in_code.form", next=there if there != "/" else None), 303)


def signed_in(user_id: int, there: str, *, by_link: bool = False) -> Response:
    """Return a redirect to `there` in a new session."""
    answer = redirect(there, 303)
    give_session(answer, begin_session(user_id, by_link=by_link))
    audit.record("session", "", "opened")
    return answer


def begin_session(user_id: int, *, by_link: bool = False) -> str:
    """Begin a session and return its token for `give_session`. The browser's earlier session ends."""
    with console_context().database.write() as connection:
        if old := session_token():
            users.close_session(connection, old)
        token = users.open_session(connection, user_id, now=console_context().clock(), by_link=by_link)
        user = users.by_id(connection, user_id)
    session.clear()
    g.pop("renewed", None)
    if user is not None:
        g.person = as_person(user)
    return token


def next_page() -> str:
    """Return the path to redirect to after signing in: always on this console, never another host."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    fits = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if fits and not any(ord(sign) < 32 or sign == "\\" for sign in wanted) else "/"
