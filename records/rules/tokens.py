"""The tokens of the shops: the current pair, which process renews it, and why TikTok refused to renew it.

A seller authorizes an app for all of their shops at once, so several shops may have the same token pair. Each shop's
row has a copy of it, and what is written is written to every row with that pair, in one transaction: TikTok may end the
old refresh token when it issues a new one (36004001 for whoever sends the old one).

A refresh token is assumed to work once, so only one process may renew a pair at a time. It claims the renewal in a
short transaction on the locked rows (SQLite: BEGIN IMMEDIATE; PostgreSQL: FOR UPDATE); the claim outlasts the call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

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


def load(connection: Connection, key: str, box: SecretBox) -> StoredTokens:
    """Return the tokens of this shop. Raises `NoResultFound` if there is no such shop, and `CannotOpenSecret`."""
    return _stored_tokens(connection.execute(select(shops).where(shops.c.key == key)).one(), box)


def load_all(connection: Connection, box: SecretBox) -> Mapping[str, StoredTokens]:
    """Return every shop's tokens by its key. Raises `CannotOpenSecret`."""
    return {row.key: _stored_tokens(row, box) for row in connection.execute(select(shops))}


def load_to_renew(connection: Connection, key: str, box: SecretBox) -> tuple[StoredTokens, tuple[str, ...]]:
    """Lock the rows of all shops that have this shop's pair; return its tokens and the keys of these shops.

    A claim or a refusal of any of them counts for all. Raises as `load`.
    """
    while True:
        row = connection.execute(select(shops).where(shops.c.key == key)).one()
        rows = _lock_rows(connection, _app_key(row), box.open(row.refresh_token), box)
        found = {row.key: _stored_tokens(row, box) for row in rows}
        # Its own pair may have been replaced between the two statements, or it has no connection to TikTok yet.
        if key in found or _app_key(row) is None:
            break
    own = found.pop(key, None) or _stored_tokens(row, box)
    claims = [other.renewing_until for other in (own, *found.values()) if other.renewing_until is not None]
    refusals = [other.refused for other in (own, *found.values()) if other.refused is not None]
    stored = replace(own, renewing_until=max(claims, default=None), refused=next(iter(refusals), None))
    return stored, (key, *sorted(found))


def claim(connection: Connection, keys: Collection[str], *, owner: str, until: datetime) -> None:
    """Claim the renewal of the pair of these shops for this owner, until then."""
    values = {"renewing_by": owner, "renewing_until": until}
    connection.execute(update(shops).where(shops.c.key.in_(keys)).values(**values))


def unclaim(connection: Connection, keys: Collection[str], *, owner: str) -> None:
    """Release this owner's claim, so that any process can renew at once."""
    mine = shops.c.key.in_(keys) & (shops.c.renewing_by == owner)
    connection.execute(update(shops).where(mine).values(renewing_by=None, renewing_until=None))


def store(
    connection: Connection, app_key: str, box: SecretBox, pair: TokenPair, *, spent: Secret, now: datetime
) -> tuple[str, ...]:
    """Replace the pair whose refresh token was `spent` at every shop of the app that has it; return their keys."""
    rows = _lock_rows(connection, app_key, spent, box)
    return _replace(connection, rows, **_columns(pair, box), changed_at=now)


def refuse(
    connection: Connection, app_key: str, box: SecretBox, *, spent: Secret, why: str
) -> tuple[str, ...]:
    """Record why TikTok refused to renew the pair, at every shop of the app that has it; return their keys."""
    return _replace(connection, _lock_rows(connection, app_key, spent, box), tokens_refused=why)


def store_for_authorization(
    connection: Connection,
    app_key: str,
    box: SecretBox,
    pair: TokenPair,
    *,
    ciphers: Collection[str],
    now: datetime,
) -> tuple[str, ...]:
    """Store the pair of a new authorization at every shop of the app that it covers; return their keys.

    `ciphers` are the shops that TikTok returned for it (Get Authorized Shops).
    """
    covered = [
        row.key
        for row in connection.execute(select(shops))
        if _app_key(row) == app_key and row.document["tiktok"].get("shop_cipher") in ciphers
    ]
    return _replace(connection, _lock(connection, covered), **_columns(pair, box), changed_at=now)


def _lock_rows(
    connection: Connection, app_key: str | None, refresh_token: Secret, box: SecretBox
) -> Sequence[Row[Any]]:
    """Lock and return the rows of the app's shops that have this refresh token.

    Sealed texts can't be compared (each has a nonce of its own), so the rows are opened; there are few shops.
    """

    def has_it(row: Row[Any]) -> bool:
        return _app_key(row) == app_key and box.open(row.refresh_token) == refresh_token

    if app_key is None:
        return []
    keys = [row.key for row in connection.execute(select(shops)) if has_it(row)]
    return [row for row in _lock(connection, keys) if has_it(row)]


def _lock(connection: Connection, keys: Collection[str]) -> Sequence[Row[Any]]:
    # In the order of keys: two transactions that lock the same rows in different orders would deadlock.
    query = select(shops).where(shops.c.key.in_(keys)).order_by(shops.c.key).with_for_update()
    return connection.execute(query).all() if keys else []


def _app_key(row: Row[Any]) -> str | None:
    """Return the app of the shop, None if the shop is not connected to TikTok."""
    return row.document["tiktok"]["app_key"] if "tiktok" in row.document else None


def _columns(pair: TokenPair, box: SecretBox) -> dict[str, object]:
    return {
        "access_token": box.seal(pair.access_token),
        "refresh_token": box.seal(pair.refresh_token),
        "tokens_given_at": pair.given_at,
        "access_until": pair.access_until,
        "refresh_until": pair.refresh_until,
        "tokens_refused": None,
    }


def _replace(connection: Connection, rows: Sequence[Row[Any]], **values: object) -> tuple[str, ...]:
    keys = tuple(row.key for row in rows)
    values = {**values, "renewing_by": None, "renewing_until": None}
    if keys:
        connection.execute(update(shops).where(shops.c.key.in_(keys)).values(**values))
    return keys


def _stored_tokens(row: Row[Any], box: SecretBox) -> StoredTokens:
    pair = TokenPair(
        box.open(row.access_token),
        box.open(row.refresh_token),
        row.tokens_given_at,
        row.access_until,
        row.refresh_until,
    )
    return StoredTokens(pair, row.renewing_until, row.tokens_refused)
