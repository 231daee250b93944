"""`m2t sync`: requests a sync of products."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from commands.cli.arguments import author, the_product
from commands.cli.context import database, settings
from commands.cli.errors import Exit
from operations.products.request_sync import Answer, answers, ask
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
        answered = answers(connection, ids, rulebooks, now)
        waits: dict[int, str] = {}
        if not dry_run:
            ask(connection, answered, now=now, author=author("m2t sync"))
            stopped = shops.stopped(connection)
            for answer in answered:
                row = sync_queue.get(connection, answer.product_id)
                if row is not None and answer.decision.is_due:
                    why, _ = stopped.get(row.shop, (None, None))
                    waits[answer.product_id] = waits_for(
                        row, answer.rulebook.policy, answer.context.listing, stopped=why, now=now
                    )
    if as_json:
        rows = [_document(answer, waits.get(answer.product_id)) for answer in answered]
        click.echo(json.dumps({"products": rows}, ensure_ascii=False))
    else:
        for answer in answered:
            wait = waits.get(answer.product_id)
            words = f"{answer.words} Queued: {wait}." if wait else answer.words
            click.echo(f"{answer.context.product.sku} in shop {answer.context.product.shop}: {words}")
        if dry_run:
            click.echo("Nothing was requested (--dry-run).")
    if not all(answer.decision.is_due for answer in answered):
        ctx.exit(Exit.FAILED)


def _document(answer: Answer, wait: str | None) -> dict[str, object]:
    return {
        "sku": answer.context.product.sku,
        "shop": answer.context.product.shop,
        "action": answer.decision.action.value,
        "reason": answer.decision.reason.value,
        "message": answer.words,
        "waits_for": wait,
    }
