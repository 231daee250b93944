"""The second factor: switch it on and off with a code of the app; recovery codes, which are shown once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.accounts import account, one_time_codes, passwords, reauthentication
from console.accounts.sign_in import begin_session
from console.web import audit
from console.web.access import give_session, me, requires
from console.web.context import console_context
from records.accounts import second_factors, users
from records.accounts.users import Role

pages = Blueprint("second_factor", __name__)

NO_OFFER: Final = "This key is older than 15 minutes, or was replaced. Start again."
NOT_OF_NOW: Final = "Wrong code. Wait for the next one and try again."
FIRST_THINGS_FIRST: Final = "Choose a password first, then switch on the second factor."
OWN_BY_CODE: Final = "Switch your own second factor off on your account page, with a code."


@pages.post("/me/second-factor/offer")
@requires(Role.VIEWER)
def offer() -> ResponseReturnValue:
    """Check the password, and show a new key for the app. The key is never shown again."""
    key, now = one_time_codes.new_key(), console_context().clock()
    with console_context().database.read() as connection:
        user = users.by_id(connection, me().id)
    if user is None or user.password_hash is None:
        return account.shown({"password": [FIRST_THINGS_FIRST]}), 422
    if (fault := reauthentication.password_fault(request.form.get("password", ""))) is not None:
        return account.shown({"password": [fault[0]]}), fault[1]
    with console_context().database.write() as connection:
        if not second_factors.offer(connection, me().id, key, console_context().box, now=now):
            abort(409, "Your second factor is already on. Switch it off first to move to another app.")
    audit.record(f"second factor of {me().name}", "off", "offered")
    address = one_time_codes.uri(key, me().name, request.host)
    return render_template(
        "accounts/second_factor.html",
        key=key.reveal(),
        address=address.reveal(),
        picture=one_time_codes.picture(address),
        errors={},
    )


@pages.post("/me/second-factor/confirm")
@requires(Role.VIEWER)
def confirm() -> ResponseReturnValue:
    """Switch the second factor on if the app's code is right.

    All other sessions of the user end, and this one gets a new token.
    """
    code, now = one_time_codes.plain(request.form.get("code", "")), console_context().clock()
    with console_context().database.read() as connection:
        offered = second_factors.offered(connection, me().id, console_context().box, now=now)
        braked = reauthentication.braked(connection, now)
    if offered is None:
        flash(NO_OFFER, "warning")
        return redirect(url_for("account.mine"), 303)
    step = None if braked else one_time_codes.step_of(offered.secret, code, now)
    if step is None:
        if not braked:
            reauthentication.note_failure(now)
        errors = {"code": [passwords.BRAKED if braked else NOT_OF_NOW]}
        return render_template("accounts/second_factor.html", key=None, errors=errors), 429 if braked else 422
    codes = one_time_codes.new_recovery_codes()
    with console_context().database.write() as connection:
        if not second_factors.confirm(connection, me().id, step, now=now):
            abort(409, NO_OFFER)
        second_factors.replace_codes(connection, me().id, codes)
        users.end_sessions(connection, me().id)
    audit.record(f"second factor of {me().name}", "off", "on")
    return _codes(codes, begin_session(me().id))


@pages.post("/me/second-factor/codes")
@requires(Role.VIEWER)
def renew_codes() -> ResponseReturnValue:
    """Check a code, and create new recovery codes. The earlier ones become invalid."""
    if (refused := _asked_for_code("codes_code")) is not None:
        return refused
    codes = one_time_codes.new_recovery_codes()
    with console_context().database.write() as connection:
        left = second_factors.codes_left(connection, me().id)
        second_factors.replace_codes(connection, me().id, codes)
    audit.record(f"recovery codes of {me().name}", f"{left} left", f"{len(codes)} new")
    return _codes(codes, None)


@pages.post("/me/second-factor/off")
@requires(Role.VIEWER)
def switch_off() -> ResponseReturnValue:
    """Check a code, and switch the second factor off. All other sessions end, and this one gets a new token."""
    if (refused := _asked_for_code("off_code")) is not None:
        return refused
    with console_context().database.write() as connection:
        second_factors.remove(connection, me().id)
        users.end_sessions(connection, me().id)
    audit.record(f"second factor of {me().name}", "on", "off")
    answer = redirect(url_for("account.mine"), 303)
    give_session(answer, begin_session(me().id))
    flash("Your second factor is off. Your other sessions have ended.", "success")
    return answer


@pages.post("/people/<int:user_id>/second-factor/off")
@requires(Role.ADMIN)
def switch_off_of(user_id: int) -> ResponseReturnValue:
    """Switch off another user's second factor, after the app and recovery codes were lost. The user's sessions end."""
    if user_id == me().id:
        abort(409, OWN_BY_CODE)
    with console_context().database.write() as connection:
        user = users.by_id(connection, user_id) or abort(404, "There is no such user.")
        found = second_factors.remove(connection, user_id)
        if found:
            users.end_sessions(connection, user_id)
    if found:
        audit.record(f"second factor of {user.name}", "on", "off")
        flash(f"The second factor of {user.name} is off; their sessions have ended.", "success")
    else:
        flash(f"{user.name} has no second factor.", "info")
    return redirect(url_for("people.show", user_id=user_id), 303)


def fits(connection: Connection, user_id: int, typed: str, now: datetime) -> bool:
    """Return whether this is an app's code that was not used yet, or a recovery code, which is then used up.

    Needs a writing transaction.
    """
    found, code = second_factors.load(connection, user_id, console_context().box), one_time_codes.plain(typed)
    if found is None:
        return False
    if not one_time_codes.is_one_time(code):
        return second_factors.use_code(connection, user_id, code)
    step = None if found.worn_out else one_time_codes.step_of(found.secret, code, now)
    if step is not None and second_factors.accept(connection, user_id, step):
        return True
    second_factors.note_failure(connection, user_id)
    return False


def _asked_for_code(field: str) -> ResponseReturnValue | None:
    """Check the code in this field of the form. Return None if it is right, else the page with the error."""
    now = console_context().clock()
    with console_context().database.read() as connection:
        if second_factors.load(connection, me().id, console_context().box) is None:
            abort(409, "Your second factor is off.")
        braked = reauthentication.braked(connection, now)
    if not braked:
        with console_context().database.write() as connection:
            if fits(connection, me().id, request.form.get(field, ""), now):
                return None
        reauthentication.note_failure(now)
    words = passwords.BRAKED if braked else passwords.WRONG
    return account.shown({field: [words]}), 429 if braked else 422


def _codes(codes: tuple[str, ...], token: str | None) -> ResponseReturnValue:
    """Return the page that shows the recovery codes, with the cookie of a new session if `token` is given."""
    shown = [one_time_codes.grouped(code) for code in codes]
    answer = make_response(
        render_template("accounts/recovery_codes.html", codes=shown, first=token is not None)
    )
    if token is not None:
        give_session(answer, token)
    return answer
