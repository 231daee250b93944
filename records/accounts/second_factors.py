"""Second factors: the sealed secret of a person's authenticator app, recovery codes, and sessions that are half open.

A secret is offered first and holds from its confirmation on. A recovery code and the token of a half session are never
stored, only their SHA-256: each is random enough that nobody finds it from that.
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
"""Wrong one-time codes in a row after which only a recovery code fits (NIST SP 800-63B 5.2.2: no more than 100)."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """`since` is when it was confirmed, None while it is only offered; `last_step` the newest time step that was used.

    A step is 30 s since 1970. `failures` are wrong one-time codes since the last right one.
    """

    secret: Secret
    since: datetime | None
    last_step: int | None
    failures: int

    @property
    def worn_out(self) -> bool:
        """Too many codes were tried: none is looked at any more."""
        return self.failures >= MOST_FAILURES


def load(connection: Connection, user_id: int, box: SecretBox) -> SecondFactor | None:
    """The one that holds. Raises `CannotOpenSecret`."""
    found = _row(connection, user_id)
    return None if found is None or found.confirmed_at is None else _second_factor(found, box)


def offered(connection: Connection, user_id: int, box: SecretBox, *, now: datetime) -> SecondFactor | None:
    """The one that waits for its confirmation. Raises `CannotOpenSecret`."""
    found = _row(connection, user_id)
    waits = found is not None and found.confirmed_at is None and found.offered_at > now - OFFERED_FOR
    return _second_factor(found, box) if waits else None


def owners(connection: Connection) -> dict[int, datetime]:
    """Who has one that holds, and since when."""
    query = select(table.c.user_id, table.c.confirmed_at).where(table.c.confirmed_at.is_not(None))
    return {row.user_id: row.confirmed_at for row in connection.execute(query)}


def offer(connection: Connection, user_id: int, secret: Secret, box: SecretBox, *, now: datetime) -> bool:
    """In the place of an earlier offer; False where one holds already."""
    connection.execute(delete(table).where(table.c.user_id == user_id, table.c.confirmed_at.is_(None)))
    if _row(connection, user_id) is not None:
        return False
    connection.execute(insert(table).values(user_id=user_id, secret=box.seal(secret), offered_at=now))
    return True


def confirm(connection: Connection, user_id: int, step: int, *, now: datetime) -> bool:
    """It holds from now on, and this step is used; False where none is offered."""
    waits = (table.c.user_id == user_id) & table.c.confirmed_at.is_(None)
    values = {"confirmed_at": now, "last_step": step}
    return bool(connection.execute(update(table).where(waits).values(**values)).rowcount)


def accept(connection: Connection, user_id: int, step: int) -> bool:
    """The code of this step lets in; False where that step, or one after it, was used before."""
    unused = (table.c.user_id == user_id) & (table.c.last_step < step)
    return bool(connection.execute(update(table).where(unused).values(last_step=step, failures=0)).rowcount)


def note_failure(connection: Connection, user_id: int) -> None:
    """A one-time code did not fit."""
    connection.execute(update(table).where(table.c.user_id == user_id).values(failures=table.c.failures + 1))


def remove(connection: Connection, user_id: int) -> bool:
    """Away with it and its recovery codes; False where none held."""
    value = user_id in owners(connection)
    connection.execute(delete(table).where(table.c.user_id == user_id))
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    return value


# Recovery codes


def replace_codes(connection: Connection, user_id: int, codes: Iterable[str]) -> None:
    """These recovery codes, and no earlier one."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": _hash(f"{user_id} {code}")} for code in codes]
    connection.execute(insert(recovery_codes), rows)


def use_code(connection: Connection, user_id: int, code: str) -> bool:
    """A recovery code of this person, which is gone then."""
    mine = (recovery_codes.c.user_id == user_id) & (recovery_codes.c.code_hash == _hash(f"{user_id} {code}"))
    return bool(connection.execute(delete(recovery_codes).where(mine)).rowcount)


def codes_left(connection: Connection, user_id: int) -> int:
    """How many recovery codes this person has."""
    query = select(func.count()).where(recovery_codes.c.user_id == user_id)
    return int(connection.execute(query).scalar_one())


# Half sessions: the first factor fitted, the second is asked for


@dataclass(frozen=True, slots=True)
class HalfSession:
    """Whose first factor fitted; `by_link` where that was a link, and no password."""

    user: User
    by_link: bool


def open_half_session(connection: Connection, user_id: int, *, now: datetime, by_link: bool = False) -> str:
    """Its token, which is told once."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(half_sessions).where(half_sessions.c.until <= now))
    values = {"token_hash": _hash(token), "user_id": user_id, "until": now + HALF_OPEN_FOR}
    connection.execute(insert(half_sessions).values(**values, by_link=by_link))
    return token


def of_half_session(connection: Connection, token: str, *, now: datetime) -> HalfSession | None:
    """None where the first factor fitted too long ago, or its person is disabled."""
    query = select(half_sessions.c.user_id, half_sessions.c.by_link).where(
        half_sessions.c.token_hash == _hash(token), half_sessions.c.until > now
    )
    found = connection.execute(query).one_or_none()
    user = None if found is None else users.by_id(connection, found.user_id)
    if found is None or user is None or user.disabled_at is not None:
        return None
    return HalfSession(user, found.by_link)


def close_half_session(connection: Connection, token: str) -> bool:
    """It has become a whole one; False where that was done before."""
    this = half_sessions.c.token_hash == _hash(token)
    return bool(connection.execute(delete(half_sessions).where(this)).rowcount)


def _row(connection: Connection, user_id: int) -> Any:
    return connection.execute(select(table).where(table.c.user_id == user_id)).one_or_none()


def _second_factor(row: Any, box: SecretBox) -> SecondFactor:
    return SecondFactor(box.open(row.secret), row.confirmed_at, row.last_step, row.failures)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
