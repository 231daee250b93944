"""Ask for the password or a code again before a change of password or second factor.

An unattended browser must not be enough for such a change. Failures are rate-limited as at sign-in.
"""

from __future__ import annotations

from datetime import datetime

from flask import request
from sqlalchemy import Connection

from console.accounts import passwords
from console.web.access import me
from console.web.context import console_context
from records.accounts import users

NOT_YOURS = "Wrong password. Try again."


def braked(connection: Connection, now: datetime) -> bool:
    """Return whether the user, or this address, had too many failures recently."""
    return passwords.braked(connection, me().name, request.remote_addr or "", now)


def note_failure(now: datetime) -> None:
    """Count a failure."""
    with console_context().database.write() as connection:
        users.note_failure(connection, me().name, request.remote_addr or "", now=now)


def password_fault(typed: str) -> tuple[str, int] | None:
    """Check the current password. Return None if it is right, else an error and the response's status."""
    now = console_context().clock()
    with console_context().database.read() as connection:
        user, too_many = users.by_id(connection, me().id), braked(connection, now)
    if too_many:
        return passwords.BRAKED, 429
    if passwords.opens(user, typed):
        return None
    note_failure(now)
    return NOT_YOURS, 422
