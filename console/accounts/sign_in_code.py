"""The second step of signing in: a code of the authenticator app, or a recovery code, within five minutes."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from console.accounts import passwords
from console.accounts.second_factor import fits
from console.accounts.sign_in import HALF, next_page, signed_in
from console.web.access import public
from console.web.context import console_context
from records.accounts import second_factors, users
from records.accounts.second_factors import HalfSession

pages = Blueprint("sign_in_code", __name__)

TOO_LATE: Final = "Sign in again: enter the code within five minutes of the password."


@pages.get("/sign-in/code")
@public
def form() -> ResponseReturnValue:
    """Show the form, for a user who has passed the first factor."""
    return _form({}) if _half_way() is not None else _again()


@pages.post("/sign-in/code")
@public
def enter() -> ResponseReturnValue:
    """Check the code and begin the session. Rate limit and error message are those of the password."""
    half, now, address = _half_way(), console_context().clock(), request.remote_addr or ""
    if half is None:
        return _again()
    user = half.user
    with console_context().database.read() as connection:
        braked = passwords.braked(connection, user.name, address, now)
    if not braked:
        with console_context().database.write() as connection:
            fitting = fits(connection, user.id, request.form.get("code", ""), now)
            if fitting:
                second_factors.close_half_session(connection, session[HALF])
            else:
                users.note_failure(connection, user.name, address, now=now)
        if fitting:
            return signed_in(user.id, next_page(), by_link=half.by_link)
    return _form({"code": [passwords.BRAKED if braked else passwords.WRONG]}), 429 if braked else 401


def _half_way() -> HalfSession | None:
    with console_context().database.read() as connection:
        return second_factors.of_half_session(
            connection, session.get(HALF, ""), now=console_context().clock()
        )


def _form(errors: dict[str, list[str]]) -> str:
    return render_template("accounts/sign_in_code.html", errors=errors, next=next_page())


def _again() -> ResponseReturnValue:
    flash(TOO_LATE, "warning")
    wanted = next_page()
    return redirect(url_for("sign_in.form", next=wanted if wanted != "/" else None), 303)
