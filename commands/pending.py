"""`m2t pending`: the queue of listings that are due or wait, and what each waits for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import Connection

from commands.named import shops_named
from commands.opening import database, settings
from consumer.ruling import Lane
from operations.moments import moment
from operations.offered import offered
from operations.waits import waits_for
from records import listings, products, queue, shops
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox


@dataclass(frozen=True, slots=True)
class Queued:
    """One row of the queue, as it is told. `leased_by` is the lease's token while it holds."""

    sku: str
    shop: str
    lane: str
    asked: bool
    since: datetime
    due_at: datetime
    tries: int
    leased_by: str | None
    leased_until: datetime | None
    waits_for: str


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
    with database(opened) as held, held.read() as connection:
        governing = GoverningRecords(SecretBox(opened.secret_key)).read(connection)
        keys, now = shops_named(governing.shops, shop_key), datetime.now(UTC)
        rows = queue.read(connection, keys, now=now, limit=limit)
        told = list(_queued(connection, rows, governing, now))
        total = queue.count(connection, keys)
    if as_json:
        click.echo(
            json.dumps({"pending": [_document(one) for one in told], "total": total}, ensure_ascii=False)
        )
        return
    for one in told:
        click.echo("\n".join(_lines(one)))
    if total > len(told):
        click.echo(f"{total - len(told)} more wait (--limit).")
    elif not told:
        click.echo("Nothing waits.")


def _queued(
    connection: Connection, rows: list[Mapping[str, Any]], governing: Governing, now: datetime
) -> Iterator[Queued]:
    ids = [row["product_id"] for row in rows]
    known, held = products.load(connection, ids), listings.load(connection, ids)
    stopped = shops.stopped(connection)
    for row in rows:
        product, listing = known[row["product_id"]], held[row["product_id"]]
        offer = offered(connection, product, listing, governing, now) if row["due_at"] > now else None
        leased = row["lease_until"] is not None and row["lease_until"] > now
        yield Queued(
            sku=row["sku"] or f"#{row['entity_id']}",
            shop=row["shop"],
            lane=Lane(row["lane"]).name.lower(),
            asked=row["asked"],
            since=row["since"],
            due_at=row["due_at"],
            tries=row["tries"],
            leased_by=row["lease_token"] if leased else None,
            leased_until=row["lease_until"] if leased else None,
            waits_for=waits_for(
                row,
                governing.policy_of(row["shop"]).policy,
                listing,
                stopped=stopped[row["shop"]][0] if row["shop"] in stopped else None,
                moves_at=offer.moves_at if offer is not None else None,
                now=now,
            ),
        )


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
