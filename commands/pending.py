"""`m2t pending`: the queue of listings that are due or wait, and what each waits for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from commands.cli.arguments import shops_named
from commands.cli.context import database, settings
from operations.queue.sync_queue import Queued, queued
from operations.time_format import moment
from records.catalog import sync_queue_view
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader


@click.command("pending")
@click.option("--shop", "shop_key", metavar="KEY", help="Only of this shop. Default: of every shop.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help='Print {"pending": [{"sku", …}], "total": …} alone.')
def command(shop_key: str | None, limit: int, as_json: bool) -> None:
    """The queue: every listing that is due or waits, in the order in which they go.

    One row a listing, whatever number of events made it due: its lane (take_down, price, content, upload), since when
    and until when it waits, how often it was tried, who holds it, and what it waits for.
    """
    opened = settings()
    with database(opened) as open_database, open_database.read() as connection:
        rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        keys, now = shops_named(rulebooks.shops, shop_key), datetime.now(UTC)
        rows = sync_queue_view.read(connection, keys, now=now, limit=limit)
        found = list(queued(connection, rows, rulebooks, now))
        total = sync_queue_view.count(connection, keys)
    if as_json:
        click.echo(
            json.dumps({"pending": [_document(one) for one in found], "total": total}, ensure_ascii=False)
        )
        return
    for one in found:
        click.echo("\n".join(_lines(one)))
    if total > len(found):
        click.echo(f"{total - len(found)} more wait (--limit).")
    elif not found:
        click.echo("Nothing waits.")


def _lines(one: Queued) -> Iterator[str]:
    asked = ", asked for" * one.asked
    yield f"{one.sku} in shop {one.shop} ({one.lane}{asked}): {one.waits_for}."
    tries = "1 try failed" if one.tries == 1 else f"{one.tries} tries failed"
    times = f"since {moment(one.since)}, due {moment(one.due_at)}, {tries}"
    lease = f", leased by {one.leased_by} until {moment(one.leased_until)}" if one.leased_until else ""
    yield f"  {times}{lease}"


def _document(one: Queued) -> dict[str, Any]:
    return {
        "sku": one.sku,
        "shop": one.shop,
        "lane": one.lane,
        "asked": one.asked,
        "since": one.since.isoformat(),
        "due_at": one.due_at.isoformat(),
        "tries": one.tries,
        "leased_by": one.leased_by,
        "leased_until": one.leased_until.isoformat() if one.leased_until else None,
        "waits_for": one.waits_for,
    }
