"""Signing in and out; a link that lets in once; one's own password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for

from console import passwords
from console.access import cookie_name, me, public, requires
from console.desk import desk
from records import console_users
from records.console_users import LONGEST, Role

pages = Blueprint("sign_in", __name__)

WRONG = "That name and password don't go together."
BRAKED = "Too many failed sign-ins. Wait a minute, then try again."


@pages.get("/sign-in")
@public
def form() -> Any:
    """The form; with nobody registered yet, the set-up."""
    if g.person is not None:
        return redirect(_next())
    with desk().database.read() as connection:
        if console_users.count(connection) == 0:
            return redirect(url_for("setup.register"), 303)
    return render_template("sign_in/form.html", name="", errors={}, next=_next())


@pages.post("/sign-in")
@public
def enter() -> Any:
    """A new session, if name and password go together."""
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    address, now = request.remote_addr or "", desk().clock()
    with desk().database.read() as connection:
        braked = passwords.braked(connection, name, address, now)
        user = console_users.by_name(connection, name)
    if not braked and passwords.opens(user, password):
        assert user is not None  # noqa: S101
        return signed_in(user.id, _next())
    if not braked:
        with desk().database.write() as connection:
            console_users.note_failure(connection, name, address, now=now)
    errors = {"name": [BRAKED if braked else WRONG]}
    return (
        render_template("sign_in/form.html", name=name, errors=errors, next=_next()),
        429 if braked else 401,
    )


@pages.get("/enter/<token>")
@public
def once(token: str) -> Any:
    """A link that lets its person in, once."""
    with desk().database.write() as connection:
        user = console_users.use_ticket(connection, token, now=desk().clock())
    if user is None:
        flash("That link was used before, or is too old. Ask for a new one: m2t console --link NAME", "error")
        return redirect(url_for("sign_in.form"), 303)
    return signed_in(user.id, "/")


@pages.post("/sign-out")
@requires(Role.VIEWER)
def leave() -> Any:
    """The session ends, here and on the server."""
    with desk().database.write() as connection:
        console_users.close_session(connection, request.cookies.get(cookie_name(), ""))
    session.clear()
    answer = redirect(url_for("sign_in.form"), 303)
    answer.delete_cookie(cookie_name(), path="/", secure=request.is_secure)
    return answer


@pages.get("/me")
def mine() -> Any:
    """One's own password."""
    return render_template("sign_in/me.html", errors={})


@pages.post("/me")
@requires(Role.VIEWER)
def change_password() -> Any:
    """Another password; every other session of this person ends."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    errors: dict[str, list[str]] = {}
    with desk().database.read() as connection:
        user = console_users.by_id(connection, me().id)
    if user is not None and user.password_hash is not None and not passwords.opens(user, old):
        errors["old"] = ["That is not your password of now."]
    if (why := passwords.fault(new, me().name)) is not None:
        errors["new"] = [why]
    if errors:
        return render_template("sign_in/me.html", errors=errors), 422
    with desk().database.write() as connection:
        console_users.set_password(connection, me().id, passwords.hashed(new))
    answer = signed_in(me().id, url_for("sign_in.mine"))
    flash("Your password is changed, and every other session of yours has ended.", "success")
    return answer


def signed_in(user_id: int, there: str) -> Response:
    """On to there, with a new session in a cookie of its own; nothing of an earlier one is kept."""
    with desk().database.write() as connection:
        if old := request.cookies.get(cookie_name()):
            console_users.close_session(connection, old)
        token = console_users.open_session(connection, user_id, now=desk().clock())
    session.clear()
    answer: Any = redirect(there, 303)
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
        path="/",
    )
    return answer  # type: ignore[no-any-return]


def _next() -> str:
    """Where to go afterwards: a path of this console, never another host."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    fits = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if fits and not any(ord(sign) < 32 or sign == "\\" for sign in wanted) else "/"
