"""Users of the console, with their roles, sessions, one-time links (tickets) and failed sign-ins.

Of the token of a session or a ticket only the SHA-256 is stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, RowMapping, delete, func, insert, or_, select, update

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
    """What a user may do: view; also edit policies and templates and request syncs; or everything."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Return whether this role may do what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class User:
    """A user. `password_hash` is argon2's; None if the user can sign in with links only."""

    id: int
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """A session: its user, when it was last used, and whether its token must be replaced at this request.

    `by_link`: it began with a link instead of a password, so a lost password can be replaced in it.
    """

    user: User
    seen_at: datetime
    renew: bool
    by_link: bool


def count(connection: Connection) -> int:
    """Return the number of users."""
    return int(connection.execute(select(func.count()).select_from(console_users)).scalar_one())


def load_all(connection: Connection) -> list[User]:
    """Return all users, ordered by name."""
    rows = connection.execute(select(console_users).order_by(console_users.c.name)).mappings()
    return [_user(row) for row in rows]


def by_name(connection: Connection, name: str) -> User | None:
    """Return the user with this name, or None."""
    row = (
        connection.execute(select(console_users).where(console_users.c.name == name)).mappings().one_or_none()
    )
    return None if row is None else _user(row)


def by_id(connection: Connection, user_id: int) -> User | None:
    """Return the user with this id, or None."""
    row = (
        connection.execute(select(console_users).where(console_users.c.id == user_id))
        .mappings()
        .one_or_none()
    )
    return None if row is None else _user(row)


def add(connection: Connection, name: str, role: Role, password_hash: str | None, *, now: datetime) -> int:
    """Store a new user; return its id. Raises `IntegrityError` if the name is taken."""
    values = {"name": name, "role": role.value, "password_hash": password_hash, "created_at": now}
    return int(
        connection.execute(insert(console_users).values(**values).returning(console_users.c.id)).scalar_one()
    )


def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    """Set the user's password, and end every session of the user."""
    connection.execute(
        update(console_users).where(console_users.c.id == user_id).values(password_hash=password_hash)
    )
    end_sessions(connection, user_id)


def set_role(connection: Connection, user_id: int, role: Role) -> None:
    """Set the user's role. It applies from the next request on, at which each session also gets a new token."""
    connection.execute(update(console_users).where(console_users.c.id == user_id).values(role=role.value))
    connection.execute(
        update(console_sessions).where(console_sessions.c.user_id == user_id).values(renew=True)
    )


def disable(connection: Connection, user_id: int, at: datetime | None) -> None:
    """Disable the user since `at`, and end the user's sessions; None enables the user again."""
    connection.execute(update(console_users).where(console_users.c.id == user_id).values(disabled_at=at))
    if at is not None:
        end_sessions(connection, user_id)


def admins_left(connection: Connection, without: int) -> int:
    """Return the number of enabled admins other than this user."""
    query = select(func.count()).where(
        console_users.c.role == Role.ADMIN.value,
        console_users.c.disabled_at.is_(None),
        console_users.c.id != without,
    )
    return int(connection.execute(query).scalar_one())


# Sessions


def open_session(connection: Connection, user_id: int, *, now: datetime, by_link: bool = False) -> str:
    """Store a new session; return its token, which is not stored."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": _hash(token), "user_id": user_id, "created_at": now, "seen_at": now}
    connection.execute(insert(console_sessions).values(**values, by_link=by_link))
    _forget(connection, now)
    return token


def of_session(connection: Connection, token: str, *, now: datetime) -> Session | None:
    """Return the session of this token; None if it has ended."""
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
    """Replace the session's token; return the new one, or None if another request has replaced it already."""
    another = secrets.token_urlsafe(32)
    due = (console_sessions.c.token_hash == _hash(token)) & console_sessions.c.renew.is_(True)
    values = {"token_hash": _hash(another), "renew": False}
    return (
        another if connection.execute(update(console_sessions).where(due).values(**values)).rowcount else None
    )


def see(connection: Connection, token: str, *, now: datetime) -> None:
    """Record that the session was used now."""
    connection.execute(
        update(console_sessions).where(console_sessions.c.token_hash == _hash(token)).values(seen_at=now)
    )


def close_session(connection: Connection, token: str) -> None:
    """Delete the session."""
    connection.execute(delete(console_sessions).where(console_sessions.c.token_hash == _hash(token)))


def end_sessions(connection: Connection, user_id: int) -> None:
    """Delete every session and ticket of the user."""
    for table in (console_sessions, console_half_sessions, console_tickets):
        connection.execute(delete(table).where(table.c.user_id == user_id))


# Tickets: links that sign in once


def issue_ticket(connection: Connection, user_id: int | None, *, until: datetime) -> str:
    """Store a new ticket for the user, or (None) for the registration of the first admin; return its token."""
    token = secrets.token_urlsafe(32)
    connection.execute(insert(console_tickets).values(token_hash=_hash(token), user_id=user_id, until=until))
    return token


def holds_ticket(connection: Connection, token: str, *, now: datetime) -> bool:
    """Return whether the token is an unused ticket for registration."""
    query = select(console_tickets.c.token_hash).where(
        console_tickets.c.token_hash == _hash(token),
        console_tickets.c.until > now,
        console_tickets.c.user_id.is_(None),
    )
    return connection.execute(query).one_or_none() is not None


def use_ticket(connection: Connection, token: str, *, now: datetime) -> User | None:
    """Delete the ticket; return the user whom it signs in, None if it has expired or is for registration."""
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
    """Delete a ticket for registration; return False if it was used already or has expired."""
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


# Failed sign-ins


def failures(connection: Connection, name: str, address: str, *, now: datetime) -> int:
    """Return the number of failed sign-ins within the last minute, with this name or from this address."""
    query = select(func.count()).where(
        sign_in_failures.c.at > now - BRAKE,
        or_(sign_in_failures.c.name == name, sign_in_failures.c.address == address),
    )
    return int(connection.execute(query).scalar_one())


def note_failure(connection: Connection, name: str, address: str, *, now: datetime) -> None:
    """Store a failed sign-in."""
    connection.execute(insert(sign_in_failures).values(name=name[:120], address=address[:60], at=now))


def _forget(connection: Connection, now: datetime) -> None:
    """Delete expired sessions, tickets and failures."""
    connection.execute(delete(console_sessions).where(console_sessions.c.seen_at <= now - IDLE))
    connection.execute(delete(console_sessions).where(console_sessions.c.created_at <= now - LONGEST))
    connection.execute(delete(console_tickets).where(console_tickets.c.until <= now))
    connection.execute(delete(sign_in_failures).where(sign_in_failures.c.at <= now - BRAKE))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _user(row: RowMapping) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        password_hash=row["password_hash"],
    )
