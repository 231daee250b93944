"""Who may look into the console: people with a role, their sessions, the tickets that let them in once, and failures.

A session's or ticket's token is never stored, only its SHA-256.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from records.accounts.tables import (
    console_half_sessions,
    console_sessions,
    console_tickets,
    console_users,
    sign_in_failures,
)

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
SEEN_EVERY: Final = timedelta(minutes=1)
BRAKE: Final = timedelta(minutes=1)


class Role(StrEnum):
    """What a person may do: look; edit policies, templates and ask for syncs; or everything."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """An editor may do what a viewer may, an admin what both may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """A person. `password_hash` is argon2's; None where only tickets let this person in."""

    id: int
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, when it was last seen, whether its token is to be replaced at this request.

    `by_link`: a link began it, and no password, so that a lost one can be chosen anew in it.
    """

    user: User
    seen_at: datetime
    renew: bool
    by_link: bool


def count(connection: Connection) -> int:
    """How many people there are."""
    return int(connection.execute(select(func.count()).select_from(console_users)).scalar_one())


def load_all(connection: Connection) -> list[User]:
    """Everybody, by name."""
    rows = connection.execute(select(console_users).order_by(console_users.c.name)).mappings()
    return [_user(row) for row in rows]


def by_name(connection: Connection, name: str) -> User | None:
    """The person of this name."""
    row = (
        connection.execute(select(console_users).where(console_users.c.name == name)).mappings().one_or_none()
    )
    return None if row is None else _user(row)


def by_id(connection: Connection, user_id: int) -> User | None:
    """The person of this row."""
    row = (
        connection.execute(select(console_users).where(console_users.c.id == user_id))
        .mappings()
        .one_or_none()
    )
    return None if row is None else _user(row)


def add(connection: Connection, name: str, role: Role, password_hash: str | None, *, now: datetime) -> int:
    """A new person; the row's id. IntegrityError where the name is taken."""
    values = {"name": name, "role": role.value, "password_hash": password_hash, "created_at": now}
    return int(
        connection.execute(insert(console_users).values(**values).returning(console_users.c.id)).scalar_one()
    )


def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    """Another password: every session of this person ends."""
    connection.execute(
        update(console_users).where(console_users.c.id == user_id).values(password_hash=password_hash)
    )
    end_sessions(connection, user_id)


def set_role(connection: Connection, user_id: int, role: Role) -> None:
    """Another role, from the next request on, at which each session of this person gets another token too."""
    connection.execute(update(console_users).where(console_users.c.id == user_id).values(role=role.value))
    connection.execute(
        update(console_sessions).where(console_sessions.c.user_id == user_id).values(renew=True)
    )


def disable(connection: Connection, user_id: int, at: datetime | None) -> None:
    """Let this person in no more (None: again); what is open ends at once."""
    connection.execute(update(console_users).where(console_users.c.id == user_id).values(disabled_at=at))
    if at is not None:
        end_sessions(connection, user_id)


def admins_left(connection: Connection, without: int) -> int:
    """How many admins may come in beside this one."""
    query = select(func.count()).where(
        console_users.c.role == Role.ADMIN.value,
        console_users.c.disabled_at.is_(None),
        console_users.c.id != without,
    )
    return int(connection.execute(query).scalar_one())


# Sessions


def open_session(connection: Connection, user_id: int, *, now: datetime, by_link: bool = False) -> str:
    """A new session of this person; its token, which is told once."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _hash(token), "user_id": user_id, "created_at": now, "seen_at": now}
    connection.execute(insert(console_sessions).values(**values, by_link=by_link))
    _forget(connection, now)
    return token


def of_session(connection: Connection, token: str, *, now: datetime) -> Session | None:
    """The session that this token opens; None where it has ended."""
    query = (
        select(
            console_users, console_sessions.c.seen_at, console_sessions.c.renew, console_sessions.c.by_link
        )
        .join(console_sessions, console_sessions.c.user_id == console_users.c.id)
        .where(
            console_sessions.c.token_hash == _hash(token),
            console_sessions.c.seen_at > now - IDLE,
            console_sessions.c.created_at > now - LONGEST,
            console_users.c.disabled_at.is_(None),
        )
    )
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Session(_user(row), row["seen_at"], row["renew"], row["by_link"])


def renew(connection: Connection, token: str) -> str | None:
    """Another token for the session, which goes on as it is; None where another request was faster."""
    another = secrets.token_urlsafe(32)
    due = (console_sessions.c.token_hash == _hash(token)) & console_sessions.c.renew.is_(True)
    values = {"token_hash": _hash(another), "renew": False}
    return (
        another if connection.execute(update(console_sessions).where(due).values(**values)).rowcount else None
    )


def see(connection: Connection, token: str, *, now: datetime) -> None:
    """The session is in use."""
    connection.execute(
        update(console_sessions).where(console_sessions.c.token_hash == _hash(token)).values(seen_at=now)
    )


def close_session(connection: Connection, token: str) -> None:
    """The session has ended, on the server too."""
    connection.execute(delete(console_sessions).where(console_sessions.c.token_hash == _hash(token)))


def end_sessions(connection: Connection, user_id: int) -> None:
    """Every session and ticket of this person has ended."""
    for table in (console_sessions, console_half_sessions, console_tickets):
        connection.execute(delete(table).where(table.c.user_id == user_id))


# Tickets: a link that lets in once


def issue_ticket(connection: Connection, user_id: int | None, *, until: datetime) -> str:
    """A link's token, good once: for this person, or (None) for whoever registers as the first admin."""
    token = secrets.token_urlsafe(32)
    connection.execute(insert(console_tickets).values(token_hash=_hash(token), user_id=user_id, until=until))
    return token


def holds_ticket(connection: Connection, token: str, *, now: datetime) -> bool:
    """The token is one for registration that was not used yet."""
    query = select(console_tickets.c.token_hash).where(
        console_tickets.c.token_hash == _hash(token),
        console_tickets.c.until > now,
        console_tickets.c.user_id.is_(None),
    )
    return connection.execute(query).one_or_none() is not None


def use_ticket(connection: Connection, token: str, *, now: datetime) -> User | None:
    """Whom the ticket lets in; it is gone then, whatever it was good for."""
    query = (
        delete(console_tickets)
        .where(console_tickets.c.token_hash == _hash(token))
        .returning(console_tickets.c.user_id, console_tickets.c.until)
    )
    row = connection.execute(query).one_or_none()
    if row is None or row.until <= now or row.user_id is None:
        return None
    user = by_id(connection, row.user_id)
    return None if user is None or user.disabled_at is not None else user


def spend_ticket(connection: Connection, token: str, *, now: datetime) -> bool:
    """A ticket for registration is used up; False where somebody else has used it, or it is too old."""
    query = (
        delete(console_tickets)
        .where(
            console_tickets.c.token_hash == _hash(token),
            console_tickets.c.until > now,
            console_tickets.c.user_id.is_(None),
        )
        .returning(console_tickets.c.token_hash)
    )
    return connection.execute(query).one_or_none() is not None


# The brake


def failures(connection: Connection, name: str, address: str, *, now: datetime) -> int:
    """How often a sign-in failed within the last minute, by this name or from this address."""
    query = select(func.count()).where(
        sign_in_failures.c.at > now - BRAKE,
        or_(sign_in_failures.c.name == name, sign_in_failures.c.address == address),
    )
    return int(connection.execute(query).scalar_one())


def note_failure(connection: Connection, name: str, address: str, *, now: datetime) -> None:
    """A sign-in failed."""
    connection.execute(insert(sign_in_failures).values(name=name[:120], address=address[:60], at=now))


def _forget(connection: Connection, now: datetime) -> None:
    """What can let nobody in any more."""
    connection.execute(delete(console_sessions).where(console_sessions.c.seen_at <= now - IDLE))
    connection.execute(delete(console_sessions).where(console_sessions.c.created_at <= now - LONGEST))
    connection.execute(delete(console_tickets).where(console_tickets.c.until <= now))
    connection.execute(delete(sign_in_failures).where(sign_in_failures.c.at <= now - BRAKE))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _user(row: Mapping[Any, Any]) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        password_hash=row["password_hash"],
    )
