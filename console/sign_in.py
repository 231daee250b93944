"""Signing in and out; a link that lets in once; one's own password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from sqlalchemy import Connection

from console import audit, passwords
from console.access import as_person, cookie_name, give_session, me, public, requires, session_token
from console.desk import desk
from records import console_users, second_factors
from records.console_users import Role
from records.second_factors import MOST_FAILURES

pages = Blueprint("sign_in", __name__)

WRONG = "That did not let you in. Check what you typed, and try again."
"""The same at each step, whatever did not fit."""
HALF = "half_session"
BRAKED = "Too many failed sign-ins. Wait a minute, then try again."


@pages.get("/sign-in")
@public
def form() -> Any:
    """The form; with nobody registered yet, the set-up."""
    if g.person is not None:
        return redirect(next_page())
    with desk().database.read() as connection:
        if console_users.count(connection) == 0:
            return redirect(url_for("setup.register"), 303)
    return render_template("sign_in/form.html", name="", errors={}, next=next_page())


@pages.post("/sign-in")
@public
def enter() -> Any:
    """A new session, if name and password go together; a half one where this person has a second factor."""
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    address, now = request.remote_addr or "", desk().clock()
    with desk().database.read() as connection:
        braked = passwords.braked(connection, name, address, now)
        user = console_users.by_name(connection, name)
    if not braked and passwords.opens(user, password):
        assert user is not None  # noqa: S101
        return let_in(user.id, next_page())
    if not braked:
        with desk().database.write() as connection:
            console_users.note_failure(connection, name, address, now=now)
    errors = {"name": [BRAKED if braked else WRONG]}
    return (
        render_template("sign_in/form.html", name=name, errors=errors, next=next_page()),
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
    return let_in(user.id, "/", by_link=True)


@pages.post("/sign-out")
@requires(Role.VIEWER)
def leave() -> Any:
    """The session ends, here and on the server."""
    with desk().database.write() as connection:
        console_users.close_session(connection, session_token())
    audit.noted("session", "open", "ended")
    g.pop("renewed", None)
    session.clear()
    answer = redirect(url_for("sign_in.form"), 303)
    answer.delete_cookie(cookie_name(), path="/", secure=request.is_secure)
    return answer


@pages.get("/me")
def mine() -> Any:
    """One's own password, and one's second factor."""
    return account()


@pages.post("/me")
@requires(Role.VIEWER)
def change_password() -> Any:
    """Another password; every other session of this person ends. Behind a link nobody is asked for the lost one."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    errors: dict[str, list[str]] = {}
    with desk().database.read() as connection:
        user = console_users.by_id(connection, me().id)
        by_link = _by_link(connection)
    had_one = user is not None and user.password_hash is not None
    if had_one and not by_link and not passwords.opens(user, old):
        errors["old"] = ["That is not your password of now."]
    if (why := passwords.fault(new, me().name)) is not None:
        errors["new"] = [why]
    if errors:
        return account(errors), 422
    with desk().database.write() as connection:
        console_users.set_password(connection, me().id, passwords.hashed(new))
    answer = signed_in(me().id, url_for("sign_in.mine"))
    audit.noted_secret(f"password of {me().name}", held=had_one)
    flash("Your password is changed, and every other session of yours has ended.", "success")
    return answer


def account(errors: dict[str, list[str]] | None = None) -> str:
    """The page of who sits there; `errors` by the fields of its forms."""
    with desk().database.read() as connection:
        user = console_users.by_id(connection, me().id)
        held = second_factors.load(connection, me().id, desk().box)
        left = second_factors.codes_left(connection, me().id)
        by_link = _by_link(connection)
    return render_template(
        "sign_in/me.html",
        errors=errors or {},
        has_password=user is not None and user.password_hash is not None,
        asks_for_old=user is not None and user.password_hash is not None and not by_link,
        second_factor=held,
        codes_left=left,
        most_failures=MOST_FAILURES,
    )


def let_in(user_id: int, there: str, *, by_link: bool = False) -> Response:
    """The first factor fitted: on to there, or to the second factor of who has one."""
    with desk().database.write() as connection:
        if user_id not in second_factors.owners(connection):
            half = None
        else:
            half = second_factors.open_half_session(connection, user_id, now=desk().clock(), by_link=by_link)
    if half is None:
        return signed_in(user_id, there, by_link=by_link)
    session[HALF] = half
    answer: Any = redirect(url_for("sign_in_code.form", next=there if there != "/" else None), 303)
    return answer  # type: ignore[no-any-return]


def signed_in(user_id: int, there: str, *, by_link: bool = False) -> Response:
    """On to there, with a new session."""
    answer: Any = redirect(there, 303)
    give_session(answer, begin_session(user_id, by_link=by_link))
    audit.noted("session", "", "opened")
    return answer  # type: ignore[no-any-return]


def begin_session(user_id: int, *, by_link: bool = False) -> str:
    """The token of a new session, for `give_session`; nothing of an earlier one is kept."""
    with desk().database.write() as connection:
        if old := session_token():
            console_users.close_session(connection, old)
        token = console_users.open_session(connection, user_id, now=desk().clock(), by_link=by_link)
        user = console_users.by_id(connection, user_id)
    session.clear()
    g.pop("renewed", None)
    if user is not None:
        g.person = as_person(user)
    return token


def _by_link(connection: Connection) -> bool:
    found = console_users.of_session(connection, session_token(), now=desk().clock())
    return found is not None and found.by_link


def next_page() -> str:
    """Where to go afterwards: a path of this console, never another host."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    fits = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if fits and not any(ord(sign) < 32 or sign == "\\" for sign in wanted) else "/"
