"""A shop's tokens: the current pair, which process renews it, and why TikTok refused to renew it.

A refresh token is assumed to work once, so only one process may renew a pair at a time. It claims the renewal in a
short transaction on the locked row (SQLite: BEGIN IMMEDIATE; PostgreSQL: FOR UPDATE); the claim outlasts the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from records.db.secret_box import SecretBox
from records.rules.tables import shops
from schemas.secret import Secret
from schemas.tokens import TokenPair


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """A token pair; until when a process has claimed its renewal; TikTok's message if it refused to renew it."""

    pair: TokenPair
    renewing_until: datetime | None = None
    refused: str | None = None

    def being_renewed(self, now: datetime) -> bool:
        """Return whether a process is renewing the pair now."""
        return self.renewing_until is not None and now < self.renewing_until


def load(connection: Connection, key: str, box: SecretBox, *, to_renew: bool = False) -> StoredTokens:
    """Return the tokens of this shop; `to_renew` locks its row until the transaction ends.

    Raises `NoResultFound` if there is no such shop, and `CannotOpenSecret`.
    """
    query = select(shops).where(shops.c.key == key)
    return _stored_tokens(connection.execute(query.with_for_update() if to_renew else query).one(), box)


def load_all(connection: Connection, box: SecretBox) -> Mapping[str, StoredTokens]:
    """Return every shop's tokens by its key. Raises `CannotOpenSecret`."""
    return {row.key: _stored_tokens(row, box) for row in connection.execute(select(shops))}


def claim(connection: Connection, key: str, *, owner: str, until: datetime) -> None:
    """Claim the renewal of the shop's tokens for this owner, until then."""
    values = {"renewing_by": owner, "renewing_until": until}
    connection.execute(update(shops).where(shops.c.key == key).values(**values))


def unclaim(connection: Connection, key: str, *, owner: str) -> None:
    """Release this owner's claim, so that any process can renew at once."""
    mine = (shops.c.key == key) & (shops.c.renewing_by == owner)
    connection.execute(update(shops).where(mine).values(renewing_by=None, renewing_until=None))


def store(
    connection: Connection, key: str, box: SecretBox, pair: TokenPair, *, spent: Secret, now: datetime
) -> bool:
    """Replace the pair whose refresh token was `spent`; return False if another pair is stored by now."""
    return _replace(
        connection,
        key,
        box,
        spent,
        access_token=box.seal(pair.access_token),
        refresh_token=box.seal(pair.refresh_token),
        tokens_given_at=pair.given_at,
        access_until=pair.access_until,
        refresh_until=pair.refresh_until,
        tokens_refused=None,
        changed_at=now,
    )


def refuse(connection: Connection, key: str, box: SecretBox, *, spent: Secret, why: str) -> bool:
    """Record why TikTok refused to renew the pair; return False if another pair is stored by now."""
    return _replace(connection, key, box, spent, tokens_refused=why)


def _replace(connection: Connection, key: str, box: SecretBox, spent: Secret, **values: object) -> bool:
    if load(connection, key, box, to_renew=True).pair.refresh_token != spent:
        return False
    values = {**values, "renewing_by": None, "renewing_until": None}
    connection.execute(update(shops).where(shops.c.key == key).values(**values))
    return True


def _stored_tokens(row: Any, box: SecretBox) -> StoredTokens:
    pair = TokenPair(
        box.open(row.access_token),
        box.open(row.refresh_token),
        row.tokens_given_at,
        row.access_until,
        row.refresh_until,
    )
    return StoredTokens(pair, row.renewing_until, row.tokens_refused)
