"""Reading a log: what `m2t activity` and `m2t feeds` share. Newest first, page by page; or followed as it grows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import click
from sqlalchemy import Connection

from commands.cli.arguments import shops_named
from commands.cli.context import database, settings
from commands.cli.durations import Span
from commands.cli.errors import Failed
from commands.cli.signals import stops_on_signals
from policies.rulebook import Rulebooks
from records.catalog import products
from records.db.secret_box import SecretBox
from records.log.log_page import LogPage
from records.rules.load_rulebook import RulebookReader
from schemas.synchronization_policy import SynchronizationPolicy

POLL_SECONDS: Final = 0.5
OVERLAP: Final = 500
"""Ids that are looked at again while following: on PostgreSQL a lower id may be committed after a higher one."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Log(Generic[Row]):
    """One of the two logs: how a page of it is read, how a row is told, and which switch it hangs on."""

    title: str
    page: Callable[[Connection, LogPage], dict[int, Row]]
    line: Callable[[Row], str]
    document: Callable[[Row], Mapping[str, Any]]
    enabled: Callable[[SynchronizationPolicy], bool]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the command line asks of a log; `before` is the id that the page ends above."""

    sku: str | None
    shop: str | None
    since: timedelta | None
    limit: int
    before: int | None
    follow: bool
    as_json: bool


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both logs have."""
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, help="Print JSON alone; with --follow one row a line."
        ),
        click.option(
            "--follow", is_flag=True, help="Oldest first, then each row as it is written, until Ctrl-C."
        ),
        click.option(
            "--before", type=click.IntRange(1), metavar="ID", help="Only rows before this one: the next page."
        ),
        click.option(
            "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
        ),
        click.option(
            "--since", type=Span(), metavar="SPAN", help="Only what is not older: 90s, 30m, 2h, 7d."
        ),
        click.option("--shop", metavar="KEY", help="Only of this shop. Default: of every shop."),
        click.argument("sku", required=False),
    ):
        command = option(command)
    return command


def tell(log: Log[Row], asked: Reading) -> None:
    """Print what the command line asks for."""
    opened = settings()
    with database(opened) as open_database:
        with open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
            page = _page(connection, rulebooks, asked)
            rows = log.page(connection, page)
        off = [key for key in page.shops if not log.enabled(rulebooks.policy_of(key).policy)]
        if not asked.follow:
            click.echo("\n".join(_whole(log, rows, off, asked)))
            return
        for line in _off(log, off):
            click.echo(line, err=True)
        with stops_on_signals():
            for row_id, row in _followed(log, rows, page, open_database.read):
                click.echo(_json(log, row_id, row) if asked.as_json else log.line(row))


def _page(connection: Connection, rulebooks: Rulebooks, asked: Reading) -> LogPage:
    shops, ids = shops_named(rulebooks.shops, asked.shop), None
    if asked.sku is not None:
        ids = [one.id for one in products.by_sku(connection, asked.shop, asked.sku)]
        if not ids:
            raise Failed(f"No product {asked.sku!r} is known.", "check the SKU and --shop")
    since = datetime.now(UTC) - asked.since if asked.since is not None else None
    return LogPage(shops, asked.limit, ids, since, asked.before)


def _whole(log: Log[Row], rows: Mapping[int, Row], off: Sequence[str], asked: Reading) -> Iterator[str]:
    more = min(rows) if len(rows) == asked.limit else None
    if asked.as_json:
        items = [{"id": row_id, **log.document(row)} for row_id, row in rows.items()]
        yield json.dumps({"rows": items, "before": more, "off": off}, ensure_ascii=False, default=str)
        return
    yield from (log.line(row) for row in rows.values())
    if not rows:
        yield f"{log.title}: nothing was written{' that meets what you asked' if asked.since or asked.sku else ''}."
    yield from _off(log, off)
    if more is not None:
        yield f"Older ones: --before {more}"


def _off(log: Log[Row], off: Sequence[str]) -> Iterator[str]:
    if off:
        yield f"{log.title} is off in {', '.join(off)}: nothing is written there."


def _json(log: Log[Row], row_id: int, row: Row) -> str:
    return json.dumps({"id": row_id, **log.document(row)}, ensure_ascii=False, default=str)


def _followed(
    log: Log[Row], rows: Mapping[int, Row], page: LogPage, read: Callable[[], Any]
) -> Iterator[tuple[int, Row]]:
    """Every row once, from these on, in the order in which they are seen, for ever."""
    highest = max(rows, default=0)
    with read() as connection:
        seen = log.page(connection, _from(page, highest))
    names = {row_id for row_id in seen if row_id <= highest}
    yield from sorted(rows.items())
    while True:
        with read() as connection:
            rows = log.page(connection, _from(page, highest))
        for row_id in rows.keys() - names:
            highest = max(highest, row_id)
        yield from ((row_id, row) for row_id, row in rows.items() if row_id not in names)
        names = {row_id for row_id in names | rows.keys() if row_id > highest - OVERLAP}
        time.sleep(POLL_SECONDS)


def _from(page: LogPage, highest: int) -> LogPage:
    return replace(page, after=max(0, highest - OVERLAP), before=None, limit=2 * OVERLAP)
