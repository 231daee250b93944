"""`m2t sync`: a person asks for products to be synced now."""

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
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Default: the only one that knows the SKU.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and ask for nothing.")
@click.option("--json", "as_json", is_flag=True, help='Print {"products": [{"sku", "action", …}]} alone.')
@click.pass_context
def command(
    ctx: click.Context, skus: tuple[str, ...], shop_key: str | None, dry_run: bool, as_json: bool
) -> None:
    """Ask for products to be synced now.

    A request passes what the switches hold back without one: Product Upload or Product Update off, products that
    existed before, changes that are not observed. What is disabled, not visible individually or taken by no template
    stays where its policy wants it, and that is said. Exit 1 where one of the products stays as it is.
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
            for one in answered:
                row = sync_queue.get(connection, one.product_id)
                if row is not None and one.decision.is_due:
                    why, _ = stopped.get(row.shop, (None, None))
                    waits[one.product_id] = waits_for(
                        row, one.rulebook.policy, one.context.listing, stopped=why, now=now
                    )
    if as_json:
        rows = [_document(one, waits.get(one.product_id)) for one in answered]
        click.echo(json.dumps({"products": rows}, ensure_ascii=False))
    else:
        for one in answered:
            wait = waits.get(one.product_id)
            words = f"{one.words} It waits now: {wait}." if wait else one.words
            click.echo(f"{one.context.product.sku} in shop {one.context.product.shop}: {words}")
        if dry_run:
            click.echo("Nothing was asked for (--dry-run).")
    if not all(one.decision.is_due for one in answered):
        ctx.exit(Exit.FAILED)


def _document(one: Answer, wait: str | None) -> dict[str, object]:
    return {
        "sku": one.context.product.sku,
        "shop": one.context.product.shop,
        "action": one.decision.action.value,
        "reason": one.decision.reason.value,
        "message": one.words,
        "waits_for": wait,
    }
