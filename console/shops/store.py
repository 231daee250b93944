"""Storing what is declared, with the job that looks again at the listings that it touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from console.web import audit
from console.web.access import author
from console.web.context import desk
from console.web.job_runner import runner
from magento import senders
from operations.rules.apply import Applied, apply
from records.rules import tokens
from schemas.apply_file import Declaration, ExistingTitles, load_declaration
from schemas.shop import Shop
from schemas.tokens import TokenPair


def store(
    document: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    replace_tokens: bool = False,
    before: Callable[[Connection], None] = lambda _: None,
    after: Callable[[Connection], None] = lambda _: None,
) -> Applied:
    """Store the shops, policies and templates of this document. Raises `InvalidDocument`.

    `before` and `after` run in the same transaction; `before` may refuse by raising.
    """
    now = desk().clock()

    def load(existing: ExistingTitles, _: Mapping[str, Shop]) -> Declaration:
        return load_declaration(document, existing, senders.settings())

    with desk().database.write() as connection:
        before(connection)
        applied = apply(
            connection,
            load,
            desk().box,
            now=now,
            author=author(),
            replace_tokens=replace_tokens,
        )
        after(connection)
    audit.noted_edits(applied.edits)
    runner().wake()
    return applied


def given(key: str, pair: TokenPair) -> Callable[[Connection], None]:
    """Afterwards: the shop's tokens have these ends, which TikTok told with them."""

    def note(connection: Connection) -> None:
        spent = pair.refresh_token
        tokens.store(connection, key, desk().box, pair, spent=spent, now=desk().clock())

    return note
