"""Storing what is declared: the listings are walked before the writing transaction, so that it stays short."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from console import audit
from console.access import author
from console.desk import desk
from console.due import due_of
from operations.applying import Applied, apply, declared, known_titles
from records import tokens
from schemas.apply_file import Declaration, Known, load_declaration
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

    def load(known: Known, _: Mapping[str, Shop]) -> Declaration:
        return load_declaration(document, known)

    with desk().database.read() as connection:
        governing = desk().governing.read(connection)
    foreseen = due_of(
        governing, declared(governing, load(known_titles(governing), governing.shops), now), now, whole=True
    ).foreseen
    with desk().database.write() as connection:
        before(connection)
        applied = apply(
            connection,
            load,
            desk().box,
            now=now,
            author=author(),
            replace_tokens=replace_tokens,
            foreseen=foreseen,
        )
        after(connection)
    audit.noted_edits(applied.edits)
    return applied


def given(key: str, pair: TokenPair) -> Callable[[Connection], None]:
    """Afterwards: the shop's tokens have these ends, which TikTok told with them."""

    def note(connection: Connection) -> None:
        spent = pair.refresh_token
        tokens.store(connection, key, desk().box, pair, spent=spent, now=desk().clock())

    return note
