"""A shop's tokens in its row: the pair that holds, whose turn it is to renew it, and why TikTok gives no other.

A refresh token is taken to work once, so renewing it takes turns: a turn is claimed in a short transaction on the
locked row (SQLite: its BEGIN IMMEDIATE; PostgreSQL: FOR UPDATE), and it outlasts the call that is then made.
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
    """The pair; until when somebody renews it; TikTok's words where it gave no other for this refresh token."""

    pair: TokenPair
    renewing_until: datetime | None = None
    refused: str | None = None

    def being_renewed(self, now: datetime) -> bool:
        """Somebody's turn to renew it still runs."""
        return self.renewing_until is not None and now < self.renewing_until


def load(connection: Connection, key: str, box: SecretBox, *, to_renew: bool = False) -> StoredTokens:
    """The tokens of this shop; `to_renew` locks its row until the transaction ends.

    Raises `NoResultFound` where the shop is not there, `CannotOpenSecret`.
    """
    query = select(shops).where(shops.c.key == key)
    return _held(connection.execute(query.with_for_update() if to_renew else query).one(), box)


def load_all(connection: Connection, box: SecretBox) -> Mapping[str, StoredTokens]:
    """Every shop's tokens, by its key. Raises `CannotOpenSecret`."""
    return {row.key: _held(row, box) for row in connection.execute(select(shops))}


def claim(connection: Connection, key: str, *, owner: str, until: datetime) -> None:
    """It is this owner's turn to renew them, for so long."""
    values = {"renewing_by": owner, "renewing_until": until}
    connection.execute(update(shops).where(shops.c.key == key).values(**values))


def unclaim(connection: Connection, key: str, *, owner: str) -> None:
    """This owner got no answer: it may be anybody's turn at once."""
    mine = (shops.c.key == key) & (shops.c.renewing_by == owner)
    connection.execute(update(shops).where(mine).values(renewing_by=None, renewing_until=None))


def store(
    connection: Connection, key: str, box: SecretBox, pair: TokenPair, *, spent: Secret, now: datetime
) -> bool:
    """Put the new pair in the place of the one whose refresh token was spent; False where that is not held any more."""
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
    """TikTok gives no other pair for this refresh token; False where it is not the one that is held any more."""
    return _replace(connection, key, box, spent, tokens_refused=why)


def _replace(connection: Connection, key: str, box: SecretBox, spent: Secret, **values: Any) -> bool:
    if load(connection, key, box, to_renew=True).pair.refresh_token != spent:
        return False
    values = {**values, "renewing_by": None, "renewing_until": None}
    connection.execute(update(shops).where(shops.c.key == key).values(**values))
    return True


def _held(row: Any, box: SecretBox) -> StoredTokens:
    pair = TokenPair(
        box.open(row.access_token),
        box.open(row.refresh_token),
        row.tokens_given_at,
        row.access_until,
        row.refresh_until,
    )
    return StoredTokens(pair, row.renewing_until, row.tokens_refused)
