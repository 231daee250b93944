"""Shops, with sealed secrets. Tokens have columns of their own, because they are renewed automatically."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, update

from records.db.secret_box import SecretBox
from records.rules.tables import shops
from schemas.secret import Secret
from schemas.shop import Shop, ShopSchema

_SCHEMA = ShopSchema()
NOT_CONNECTED_YET = "TikTok Shop is not connected yet"
"""Why sync is stopped for a shop that is connected to Magento only."""
_TOKENS = ("access_token", "refresh_token")
_OF_TOKENS = (
    "tokens_given_at",
    "access_until",
    "refresh_until",
    "renewing_until",
    "renewing_by",
    "tokens_refused",
)


def load_all(connection: Connection, box: SecretBox) -> dict[str, Shop]:
    """Return every shop by its key. Raises `CannotOpenSecret`."""
    return {row.key: _open(row, box) for row in connection.execute(select(shops))}


def lock_all(connection: Connection) -> None:
    """Lock every shop's row until the transaction ends, in the order of keys as whoever locks several of them."""
    connection.execute(select(shops.c.key).order_by(shops.c.key).with_for_update()).all()


def save(
    connection: Connection, shop: Shop, box: SecretBox, *, now: datetime, replace_tokens: bool = False
) -> bool:
    """Store the shop; return False if nothing has changed.

    Stored tokens are kept unless `replace_tokens`. A shop without a TikTok connection keeps the stored one.
    """
    row = connection.execute(select(shops).where(shops.c.key == shop.key)).one_or_none()
    value = _open(row, box) if row is not None else None
    if value is not None and not shop.tiktok.connected:
        shop = replace(shop, tiktok=value.tiktok)
    stored_tokens = None
    document = _document(shop)
    tokens = {name: document["tiktok"].pop(name) for name in _TOKENS}
    if value is not None:
        before = _document(value)
        stored_tokens = {name: before["tiktok"].pop(name) for name in _TOKENS}
        if value.tiktok.connected and not replace_tokens:
            tokens = stored_tokens
        if before == document and tokens == stored_tokens:
            return False
    if not shop.tiktok.connected:
        del document["tiktok"]
    values = {"document": _sealed(document, box), "changed_at": now, **_standing(value, shop, now)}
    if value is None or tokens != stored_tokens:
        # The expiry of tokens that a person entered is not known, and TikTok has not refused them.
        values |= {name: box.seal(token) for name, token in tokens.items()} | dict.fromkeys(_OF_TOKENS)
    if value is None:
        connection.execute(insert(shops).values(key=shop.key, **values))
    else:
        connection.execute(update(shops).where(shops.c.key == shop.key).values(**values))
    return True


def _standing(value: Shop | None, shop: Shop, now: datetime) -> dict[str, object]:
    """Return the columns of a stop that change because the shop is, or is not, connected to TikTok."""
    if value is None and not shop.tiktok.connected:
        return {"stopped": NOT_CONNECTED_YET, "stopped_since": now}
    if value is not None and shop.tiktok.connected and not value.tiktok.connected:
        return {"stopped": None, "stopped_since": None}
    return {}


def stop(connection: Connection, key: str, why: str, *, now: datetime) -> bool:
    """Stop the shop, whose calls fail until a person acts; return False if it is stopped for this reason already."""
    stands = (shops.c.key == key) & (shops.c.stopped.is_distinct_from(why))
    since = func.coalesce(shops.c.stopped_since, literal(now, shops.c.stopped_since.type))
    return bool(
        connection.execute(update(shops).where(stands).values(stopped=why, stopped_since=since)).rowcount
    )


def clear_stopped(connection: Connection, key: str) -> bool:
    """Clear the shop's stop; return False if it was not stopped."""
    stopped = (shops.c.key == key) & shops.c.stopped.is_not(None)
    values = {"stopped": None, "stopped_since": None}
    return bool(connection.execute(update(shops).where(stopped).values(**values)).rowcount)


def stopped(connection: Connection) -> dict[str, tuple[str, datetime]]:
    """Return the stopped shops: by key, why and since when."""
    query = select(shops.c.key, shops.c.stopped, shops.c.stopped_since).where(shops.c.stopped.is_not(None))
    return {row.key: (row.stopped, row.stopped_since) for row in connection.execute(query)}


def _document(shop: Shop) -> dict[str, Any]:
    document = {
        **asdict(shop),
        "magento": _plain(asdict(shop.magento)),
        "tiktok": _plain(asdict(shop.tiktok)),
    }
    document["magento"]["attribute_types"] = dict(shop.magento.attribute_types)
    document["magento"]["attribute_scopes"] = dict(shop.magento.attribute_scopes)
    return document


def _plain(part: dict[str, object]) -> dict[str, object]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in part.items()
        if value is not None
    }


def _sealed(value: object, box: SecretBox) -> object:
    if isinstance(value, Secret):
        return {"sealed": box.seal(value)}
    if isinstance(value, dict):
        return {name: _sealed(inner, box) for name, inner in value.items()}
    return [_sealed(inner, box) for inner in value] if isinstance(value, list) else value


def _opened(value: Any, box: SecretBox) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"sealed"}:
            return box.open(value["sealed"])
        return {name: _opened(inner, box) for name, inner in value.items()}
    return [_opened(inner, box) for inner in value] if isinstance(value, list) else value


def _open(row: Any, box: SecretBox) -> Shop:
    document = _opened(row.document, box)
    tokens = {name: box.open(getattr(row, name)) for name in _TOKENS}
    if "tiktok" in document:
        document["tiktok"] |= tokens
    shop: Shop = _SCHEMA.load(document)
    return shop
