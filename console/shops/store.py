"""Store shops, policies and templates, with the job that checks their listings again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Connection

from console.web import audit
from console.web.access import author
from console.web.context import console_context
from console.web.job_runner import runner
from magento import senders
from operations.rules.apply import Applied, apply
from records.rules import tokens
from schemas.apply_file import Declaration, ExistingTitles, Fault, InvalidDocument, load_declaration
from schemas.shop import Shop
from schemas.tokens import TokenPair


def store(
    document: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    unread: Sequence[Fault] = (),
    replace_tokens: bool = False,
    before: Callable[[Connection], None] = lambda _: None,
    after: Callable[[Connection], None] = lambda _: None,
) -> Applied:
    """Store the shops, policies and templates of this document. Raises `InvalidDocument`.

    `unread` are the faults of what is in the form and can't be in a document: with any, nothing is stored. `before` and
    `after` run in the same transaction; `before` may refuse by raising.
    """
    now = console_context().clock()

    def load(existing: ExistingTitles, _: Mapping[str, Shop]) -> Declaration:
        faults = list(unread)
        try:
            declaration = load_declaration(document, existing, senders.settings())
        except InvalidDocument as invalid:
            raise InvalidDocument([*invalid.faults, *faults]) from invalid
        if faults:
            raise InvalidDocument(faults)
        return declaration

    with console_context().database.write() as connection:
        before(connection)
        applied = apply(
            connection,
            load,
            console_context().box,
            now=now,
            author=author(),
            replace_tokens=replace_tokens,
        )
        after(connection)
    audit.record_edits(applied.edits)
    runner().wake()
    return applied


def with_expiry(app_key: str, pair: TokenPair, ciphers: Collection[str]) -> Callable[[Connection], None]:
    """Return an `after` function that stores a new authorization's pair, with its expiry, at every shop it covers.

    `ciphers` are the shops that TikTok returned for it.
    """

    def store_pair(connection: Connection) -> None:
        context = console_context()
        tokens.store_for_authorization(
            connection, app_key, context.box, pair, ciphers=ciphers, now=context.clock()
        )

    return store_pair
