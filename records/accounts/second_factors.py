"""Second factors: sealed secrets of authenticator apps, recovery codes, and half sessions.

A secret is offered first and is in force once confirmed. Of a recovery code and of a half session's token only the
SHA-256 is stored, which is enough because both are long and random.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from records.accounts import users
from records.accounts.tables import console_half_sessions as half_sessions
from records.accounts.tables import console_recovery_codes as recovery_codes
from records.accounts.tables import console_second_factors as table
from records.accounts.users import User
from records.db.secret_box import SecretBox
from schemas.secret import Secret

OFFERED_FOR: Final = timedelta(minutes=15)
HALF_OPEN_FOR: Final = timedelta(minutes=5)
MOST_FAILURES: Final = 100
"""Wrong one-time codes in a row, after which only a recovery code is accepted (NIST SP 800-63B 5.2.2: at most 100)."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user's second factor. `since`: when it was confirmed, None while it is only offered.

    `last_step`: the newest time step whose code was used, in steps of 30 s since 1970. `failures`: wrong one-time
    codes since the last right one.
    """

    secret: Secret
    since: datetime | None
    last_step: int | None
    failures: int

    @property
    def worn_out(self) -> bool:
        """Whether too many wrong codes were entered, so that none is accepted any more."""
        return self.failures >= MOST_FAILURES


def load(connection: Connection, user_id: int, box: SecretBox) -> SecondFactor | None:
    """Return the user's confirmed second factor, or None. Raises `CannotOpenSecret`."""
    found = _row(connection, user_id)
    return None if found is None or found.confirmed_at is None else _second_factor(found, box)


def offered(connection: Connection, user_id: int, box: SecretBox, *, now: datetime) -> SecondFactor | None:
    """Return the user's offered second factor, or None if none was offered recently. Raises `CannotOpenSecret`."""
    found = _row(connection, user_id)
    waits = found is not None and found.confirmed_at is None and found.offered_at > now - OFFERED_FOR
    return _second_factor(found, box) if waits else None


def owners(connection: Connection) -> dict[int, datetime]:
    """Return since when each user has a confirmed second factor, by user id."""
    query = select(table.c.user_id, table.c.confirmed_at).where(table.c.confirmed_at.is_not(None))
    return {row.user_id: row.confirmed_at for row in connection.execute(query)}


def offer(connection: Connection, user_id: int, secret: Secret, box: SecretBox, *, now: datetime) -> bool:
    """Store an offered secret in place of an earlier offer; return False if the user has a confirmed one."""
    connection.execute(delete(table).where(table.c.user_id == user_id, table.c.confirmed_at.is_(None)))
    if _row(connection, user_id) is not None:
        return False
    connection.execute(insert(table).values(user_id=user_id, secret=box.seal(secret), offered_at=now))
    return True


def confirm(connection: Connection, user_id: int, step: int, *, now: datetime) -> bool:
    """Confirm the offered second factor with the code of this step; return False if none is offered."""
    waits = (table.c.user_id == user_id) & table.c.confirmed_at.is_(None)
    values = {"confirmed_at": now, "last_step": step}
    return bool(connection.execute(update(table).where(waits).values(**values)).rowcount)


def accept(connection: Connection, user_id: int, step: int) -> bool:
    """Use up the code of this step; return False if it, or a later one, was used before."""
    unused = (table.c.user_id == user_id) & (table.c.last_step < step)
    return bool(connection.execute(update(table).where(unused).values(last_step=step, failures=0)).rowcount)


def note_failure(connection: Connection, user_id: int) -> None:
    """Count a wrong one-time code."""
    connection.execute(update(table).where(table.c.user_id == user_id).values(failures=table.c.failures + 1))


def remove(connection: Connection, user_id: int) -> bool:
    """Delete the user's second factor and recovery codes; return whether one was confirmed."""
    value = user_id in owners(connection)
    connection.execute(delete(table).where(table.c.user_id == user_id))
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    return value


# Recovery codes


def replace_codes(connection: Connection, user_id: int, codes: Iterable[str]) -> None:
    """Store these recovery codes in place of the user's earlier ones."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": _hash(f"{user_id} {code}")} for code in codes]
    connection.execute(insert(recovery_codes), rows)


def use_code(connection: Connection, user_id: int, code: str) -> bool:
    """Use up a recovery code; return False if the user has no such code."""
    mine = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.code_hash == _hash(f"{user_id} {code}"))
    return bool(connection.execute(delete(recovery_codes).where(mine)).rowcount)


def codes_left(connection: Connection, user_id: int) -> int:
    """Return how many recovery codes the user has left."""
    query = select(func.count()).where(recovery_codes.c.user_id == user_id)
    return int(connection.execute(query).scalar_one())


# Half sessions: the first factor was accepted, the second is not entered yet


@dataclass(frozen=True, slots=True)
class HalfSession:
    """A user whose first factor was accepted; `by_link`: it was a link instead of a password."""

    user: User
    by_link: bool


def open_half_session(connection: Connection, user_id: int, *, now: datetime, by_link: bool = False) -> str:
    """Store a new half session; return its token, which is not stored."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(half_sessions).where(half_sessions.c.until <= now))
    values = {"token_hash": _hash(token), "user_id": user_id, "until": now + HALF_OPEN_FOR}
    connection.execute(insert(half_sessions).values(**values, by_link=by_link))
    return token


def of_half_session(connection: Connection, token: str, *, now: datetime) -> HalfSession | None:
    """Return the half session of this token; None if it has expired or its user is disabled."""
    query = select(half_sessions.c.user_id, half_sessions.c.by_link).where(
        half_sessions.c.token_hash == _hash(token), half_sessions.c.until > now
    )
    found = connection.execute(query).one_or_none()
    user = None if found is None else users.by_id(connection, found.user_id)
    if found is None or user is None or user.disabled_at is not None:
        return None
    return HalfSession(user, found.by_link)


def close_half_session(connection: Connection, token: str) -> bool:
    """Delete the half session, which becomes a session; return False if it is gone already."""
    this = half_sessions.c.token_hash == _hash(token)
    return bool(connection.execute(delete(half_sessions).where(this)).rowcount)


def _row(connection: Connection, user_id: int) -> Any:
    return connection.execute(select(table).where(table.c.user_id == user_id)).one_or_none()


def _second_factor(row: Any, box: SecretBox) -> SecondFactor:
    return SecondFactor(box.open(row.secret), row.confirmed_at, row.last_step, row.failures)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
