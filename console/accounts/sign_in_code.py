"""The second step of signing in: a code of the authenticator app, or a recovery code, within five minutes."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from console.accounts import passwords
from console.accounts.second_factor import fits
from console.accounts.sign_in import HALF, next_page, signed_in
from console.web.access import public
from console.web.context import desk
from records.accounts import second_factors, users
from records.accounts.second_factors import HalfSession

pages = Blueprint("sign_in_code", __name__)

TOO_LATE: Final = "Sign in again: enter the code within five minutes of the password."


@pages.get("/sign-in/code")
@public
def form() -> Any:
    """The form, for who has given the first factor."""
    return _form({}) if _half_way() is not None else _again()


@pages.post("/sign-in/code")
@public
def enter() -> Any:
    """A whole session, if the code fits; the same brake and the same words as at the password."""
    half, now, address = _half_way(), desk().clock(), request.remote_addr or ""
    if half is None:
        return _again()
    user = half.user
    with desk().database.read() as connection:
        braked = passwords.braked(connection, user.name, address, now)
    if not braked:
        with desk().database.write() as connection:
            fitting = fits(connection, user.id, request.form.get("code", ""), now)
            if fitting:
                second_factors.close_half_session(connection, session[HALF])
            else:
                users.note_failure(connection, user.name, address, now=now)
        if fitting:
            return signed_in(user.id, next_page(), by_link=half.by_link)
    return _form({"code": [passwords.BRAKED if braked else passwords.WRONG]}), 429 if braked else 401


def _half_way() -> HalfSession | None:
    with desk().database.read() as connection:
        return second_factors.of_half_session(connection, session.get(HALF, ""), now=desk().clock())


def _form(errors: dict[str, list[str]]) -> str:
    return render_template("accounts/sign_in_code.html", errors=errors, next=next_page())


def _again() -> Any:
    flash(TOO_LATE, "warning")
    wanted = next_page()
    return redirect(url_for("sign_in.form", next=wanted if wanted != "/" else None), 303)
