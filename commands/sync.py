"""`m2t sync`: requests a sync of products."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from commands.cli.arguments import author, the_product
from commands.cli.context import database, settings
from commands.cli.errors import Exit
from operations.products.request_sync import DecidedRequest, decide_requests, enqueue_requests
from operations.products.waiting_reasons import waits_for
from records.catalog import sync_queue
from records.db.secret_box import SecretBox
from records.rules import shops
from records.rules.load_rulebook import RulebookReader


@click.command("sync")
@click.argument("skus", metavar="SKU...", nargs=-1, required=True)
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Needed if the SKU is in several.")
@click.option("--dry-run", is_flag=True, help="Show what would happen, and request nothing.")
@click.option("--json", "as_json", is_flag=True, help='Print only {"products": [{"sku", "action", …}]}.')
@click.pass_context
def command(
    ctx: click.Context, skus: tuple[str, ...], shop_key: str | None, dry_run: bool, as_json: bool
) -> None:
    """Request a sync of products now.

    A request syncs even if Product Upload or Product Update is off, the product existed before the upload was switched
    on, or the change is not observed. A product that is disabled, not visible individually or matches no template is
    treated as its policy says, and the reason is shown. Exits with 1 if a product is not synced.
    """
    opened = settings()
    with database(opened) as open_database, open_database.write() as connection:
        rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        ids = {the_product(connection, rulebooks, sku, shop_key).id for sku in skus}
        now = datetime.now(UTC)
        decided = decide_requests(connection, ids, rulebooks, now)
        waits: dict[int, str] = {}
        if not dry_run:
            enqueue_requests(connection, decided, now=now, author=author("m2t sync"))
            stopped = shops.stopped(connection)
            for request in decided:
                row = sync_queue.get(connection, request.product_id)
                if row is not None and request.decision.is_due:
                    why, _ = stopped.get(row.shop, (None, None))
                    waits[request.product_id] = waits_for(
                        row, request.rulebook.policy, request.context.listing, stopped=why, now=now
                    )
    if as_json:
        rows = [_document(request, waits.get(request.product_id)) for request in decided]
        click.echo(json.dumps({"products": rows}, ensure_ascii=False))
    else:
        for request in decided:
            wait = waits.get(request.product_id)
            words = f"{request.words} Queued: {wait}." if wait else request.words
            click.echo(f"{request.context.product.sku} in shop {request.context.product.shop}: {words}")
        if dry_run:
            click.echo("Nothing was requested (--dry-run).")
    if not all(request.decision.is_due for request in decided):
        ctx.exit(Exit.FAILED)


def _document(request: DecidedRequest, wait: str | None) -> dict[str, object]:
    return {
        "sku": request.context.product.sku,
        "shop": request.context.product.shop,
        "action": request.decision.action.value,
        "reason": request.decision.reason.value,
        "message": request.words,
        "waits_for": wait,
    }
