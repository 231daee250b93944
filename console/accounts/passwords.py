"""Passwords: argon2 hashes, and a rate limit on failed attempts by user name and by IP address."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from records.accounts import users
from records.accounts.users import User

WRONG: Final = "Wrong name or password. Check both and try again."
"""The same message at each step of signing in, so that it doesn't reveal which part was wrong."""
BRAKED: Final = "Too many failed sign-ins. Wait a minute, then try again."
SHORTEST: Final = 12
LONGEST: Final = 256
MOST_FAILURES: Final = 10
_HASHER: Final = PasswordHasher()
# The hash of no password: checking an unknown name must take as long as checking a wrong password.
_DUMMY_HASH: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5J3Mgc2FsdA$eGV0sGGkKBmOyYyzgGmP2AXy0ZHDCEAtmzmjS4wwJ1Q"
)


def fault(password: str, name: str) -> str | None:
    """Return why this can't be a password; None if it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}."
    if password.lower() == name.lower() or len(set(password)) < 5:
        return "This password is too easy to guess: not the name, and not the same few characters."
    return None


def hashed(password: str) -> str:
    """Return the argon2 hash to store."""
    return _HASHER.hash(password)


def braked(connection: Connection, name: str, address: str, now: datetime) -> bool:
    """Return whether there were too many failures within the last minute, for this name or from this address."""
    return users.failures(connection, name, address, now=now) >= MOST_FAILURES


def opens(user: User | None, password: str) -> bool:
    """Return whether the password is the user's. Takes as long for a user that does not exist."""
    value = user.password_hash if user is not None and user.password_hash else _DUMMY_HASH
    try:
        fits = _HASHER.verify(value, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return fits and user is not None and user.password_hash is not None and user.disabled_at is None
