"""What `m2t activity` and `m2t feeds` share: a log is printed page by page, newest first, or followed as it grows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

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
"""How many ids are read again while following, because PostgreSQL may commit a lower id after a higher one."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Log(Generic[Row]):
    """A log: how to read a page of it, how to print a row, and whether a policy enables it."""

    title: str
    page: Callable[[Connection, LogPage], dict[int, Row]]
    line: Callable[[Row], str]
    document: Callable[[Row], Mapping[str, object]]
    enabled: Callable[[SynchronizationPolicy], bool]


@dataclass(frozen=True, slots=True)
class Reading:
    """The options of the command line; the page has only rows with an id below `before`."""

    sku: str | None
    shop: str | None
    since: timedelta | None
    limit: int
    before: int | None
    follow: bool
    as_json: bool


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the argument and the options that both logs have."""
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, help="Print only JSON; with --follow one row per line."
        ),
        click.option(
            "--follow", is_flag=True, help="Print the oldest row first, then each new row, until Ctrl-C."
        ),
        click.option(
            "--before",
            type=click.IntRange(1),
            metavar="ID",
            help="Show only rows before this id: the next page.",
        ),
        click.option(
            "--limit",
            type=click.IntRange(1, 10_000),
            default=50,
            show_default=True,
            help="Maximum number of rows.",
        ),
        click.option(
            "--since", type=Span(), metavar="SPAN", help="Show only rows of the last 90s, 30m, 2h or 7d."
        ),
        click.option("--shop", metavar="KEY", help="Show only rows of this shop. Default: all shops."),
        click.argument("sku", required=False),
    ):
        command = option(command)
    return command


def print_log(log: Log[Row], reading: Reading) -> None:
    """Print the rows that the command line asks for."""
    opened = settings()
    with database(opened) as open_database:
        with open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
            page = _page(connection, rulebooks, reading)
            rows = log.page(connection, page)
        off = [key for key in page.shops if not log.enabled(rulebooks.policy_of(key).policy)]
        if not reading.follow:
            click.echo("\n".join(_whole(log, rows, off, reading)))
            return
        for line in _off(log, off):
            click.echo(line, err=True)
        with stops_on_signals():
            for row_id, row in _followed(log, rows, page, open_database.read):
                click.echo(_json(log, row_id, row) if reading.as_json else log.line(row))


def _page(connection: Connection, rulebooks: Rulebooks, reading: Reading) -> LogPage:
    shops, ids = shops_named(rulebooks.shops, reading.shop), None
    if reading.sku is not None:
        ids = [product.id for product in products.by_sku(connection, reading.shop, reading.sku)]
        if not ids:
            raise Failed(f"There is no product {reading.sku!r}.", "check the SKU and --shop")
    since = datetime.now(UTC) - reading.since if reading.since is not None else None
    return LogPage(shops, reading.limit, ids, since, reading.before)


def _whole(log: Log[Row], rows: Mapping[int, Row], off: Sequence[str], reading: Reading) -> Iterator[str]:
    more = min(rows) if len(rows) == reading.limit else None
    if reading.as_json:
        items = [{"id": row_id, **log.document(row)} for row_id, row in rows.items()]
        yield json.dumps({"rows": items, "before": more, "off": off}, ensure_ascii=False, default=str)
        return
    yield from (log.line(row) for row in rows.values())
    if not rows:
        yield f"{log.title}: there are no rows{' that match' if reading.since or reading.sku else ''}."
    yield from _off(log, off)
    if more is not None:
        yield f"Older rows: --before {more}"


def _off(log: Log[Row], off: Sequence[str]) -> Iterator[str]:
    if off:
        yield f"{log.title} is disabled for {', '.join(off)}: nothing is logged there."


def _json(log: Log[Row], row_id: int, row: Row) -> str:
    return json.dumps({"id": row_id, **log.document(row)}, ensure_ascii=False, default=str)


def _followed(
    log: Log[Row],
    rows: Mapping[int, Row],
    page: LogPage,
    read: Callable[[], AbstractContextManager[Connection]],
) -> Iterator[tuple[int, Row]]:
    """Yield these rows and then each new one, once, for ever."""
    highest = max(rows, default=0)
    with read() as connection:
        seen = log.page(connection, _from(page, highest))
    printed = {row_id for row_id in seen if row_id <= highest}
    yield from sorted(rows.items())
    while True:
        with read() as connection:
            rows = log.page(connection, _from(page, highest))
        for row_id in rows.keys() - printed:
            highest = max(highest, row_id)
        yield from ((row_id, row) for row_id, row in rows.items() if row_id not in printed)
        printed = {row_id for row_id in printed | rows.keys() if row_id > highest - OVERLAP}
        time.sleep(POLL_SECONDS)


def _from(page: LogPage, highest: int) -> LogPage:
    return replace(page, after=max(0, highest - OVERLAP), before=None, limit=2 * OVERLAP)
