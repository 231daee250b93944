"""`m2t pending`: the sync queue, and what each listing waits for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import click

from commands.cli.arguments import shops_named
from commands.cli.context import database, settings
from operations.formatting import moment, plural
from operations.queue.sync_queue import Queued, queued
from records.catalog import sync_queue_view
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader


@click.command("pending")
@click.option("--shop", "shop_key", metavar="KEY", help="Show only this shop. Default: all shops.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    help="Maximum number of listings.",
)
@click.option("--json", "as_json", is_flag=True, help='Print only {"pending": [{"sku", …}], "total": …}.')
def command(shop_key: str | None, limit: int, as_json: bool) -> None:
    """Show the sync queue: every listing that is due or waits, in order.

    Shows one row per listing, however many events it has: its lane (off_sale, reduced, price, content, upload), since
    when it waits and when it is due, the failed tries, the lease, and what it waits for.
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
            json.dumps({"pending": [_document(row) for row in found], "total": total}, ensure_ascii=False)
        )
        return
    for row in found:
        click.echo("\n".join(_lines(row)))
    if total > len(found):
        click.echo(f"{plural(total - len(found), 'more is queued', 'more are queued')} (--limit).")
    elif not found:
        click.echo("The queue is empty.")


def _lines(row: Queued) -> Iterator[str]:
    requested = ", requested" * row.requested
    yield f"{row.sku} in shop {row.shop} ({row.lane}{requested}): {row.waits_for}."
    tries = f"{plural(row.tries, 'attempt')} failed"
    times = f"since {moment(row.since)}, due {moment(row.due_at)}, {tries}"
    lease = f", leased by {row.leased_by} until {moment(row.leased_until)}" if row.leased_until else ""
    yield f"  {times}{lease}"


def _document(row: Queued) -> dict[str, object]:
    return {
        "sku": row.sku,
        "shop": row.shop,
        "lane": row.lane,
        "asked": row.requested,
        "since": row.since.isoformat(),
        "due_at": row.due_at.isoformat(),
        "tries": row.tries,
        "leased_by": row.leased_by,
        "leased_until": row.leased_until.isoformat() if row.leased_until else None,
        "waits_for": row.waits_for,
    }
