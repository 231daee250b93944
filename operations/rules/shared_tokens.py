"""Shops of one seller authorization have one token pair: new tokens of one shop are stored at the others too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from records.db.secret_box import SecretBox
from records.rules import tokens
from schemas.apply_file import Declaration
from schemas.secret import Secret
from schemas.shop import Shop


def share_tokens(
    connection: Connection,
    declaration: Declaration,
    before: Mapping[str, Shop],
    stored: Mapping[str, Shop],
    box: SecretBox,
    *,
    now: datetime,
) -> tuple[str, ...]:
    """Replace superseded pairs at every shop that still has one; return the keys of these shops.

    `before` and `stored` are the shops before and after those of the declaration were saved. A pair is superseded if
    a declared shop has another one by now: because a person entered new tokens, or because a file still has the pair
    that has been renewed since. A shop that became another TikTok shop may be another seller's, so it supersedes none.
    """
    changed: set[str] = set()
    for declared in sorted(declaration.shops, key=lambda shop: shop.key):
        old, new = before.get(declared.key), stored[declared.key]
        if old is None or not _same_tiktok_shop(old, new):
            continue
        current = tokens.load(connection, declared.key, box).pair
        for superseded in _superseded(declared, old, new):
            changed.update(
                tokens.store(connection, new.tiktok.app_key, box, current, spent=superseded, now=now)
            )
    return tuple(sorted(changed))


def _same_tiktok_shop(old: Shop, new: Shop) -> bool:
    return (
        old.tiktok.connected
        and new.tiktok.connected
        and (old.tiktok.app_key, old.tiktok.shop_cipher) == (new.tiktok.app_key, new.tiktok.shop_cipher)
    )


def _superseded(declared: Shop, old: Shop, new: Shop) -> Iterator[Secret]:
    for pair in (old.tiktok, declared.tiktok):
        if pair.connected and pair.refresh_token != new.tiktok.refresh_token:
            yield pair.refresh_token
