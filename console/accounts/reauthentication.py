"""Asking again who sits there: an open window changes no password and no second factor. Braked as signing in is."""

from __future__ import annotations

from datetime import datetime

from flask import request
from sqlalchemy import Connection

from console.accounts import passwords
from console.web.access import me
from console.web.context import desk
from records.accounts import users

NOT_YOURS = "Wrong password. Try again."


def braked(connection: Connection, now: datetime) -> bool:
    """Too many failures of this person, or from this address: nothing is tried."""
    return passwords.braked(connection, me().name, request.remote_addr or "", now)


def note_failure(now: datetime) -> None:
    """What was typed did not fit."""
    with desk().database.write() as connection:
        users.note_failure(connection, me().name, request.remote_addr or "", now=now)


def password_fault(typed: str) -> tuple[str, int] | None:
    """Why this is not the password of who sits there, with the answer's status; None where it is."""
    now = desk().clock()
    with desk().database.read() as connection:
        user, too_many = users.by_id(connection, me().id), braked(connection, now)
    if too_many:
        return passwords.BRAKED, 429
    if passwords.opens(user, typed):
        return None
    note_failure(now)
    return NOT_YOURS, 422
