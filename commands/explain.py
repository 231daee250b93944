"""`m2t explain`: why a product was, or was not, synced, by the records and rules of now."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import click
from sqlalchemy import Connection, func, select

from commands.cli.context import database, settings
from commands.cli.errors import Failed
from operations.formatting import moment
from operations.products.explain import Explained, dead_letters_of, explain
from records.catalog import products
from records.catalog.tables import products as products_table
from records.db.secret_box import SecretBox
from records.log.activity import ActivityRow
from records.rules.load_rulebook import RulebookReader

MOST_SKUS = 20_000
"""Maximum number of SKUs that are searched for similar ones."""


@click.command("explain")
@click.argument("sku")
@click.option("--shop", "shop_key", metavar="KEY", help="Look only in this shop. Default: all shops.")
@click.option("--json", "as_json", is_flag=True, help='Print only {"products": [{"shop", "verdict", …}]}.')
def command(sku: str, shop_key: str | None, as_json: bool) -> None:
    """Explain why a product was, or was not, synced.

    Prints a summary, the product's state, every check of the decision table with the product's own values, and its
    history, newest first. The checks use the current policy and templates.
    """
    opened = settings()
    with database(opened) as open_database, open_database.read() as connection:
        rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        if shop_key is not None and shop_key not in rulebooks.shops:
            raise Failed(
                f"There is no shop {shop_key!r}.",
                f"choose one of: {', '.join(rulebooks.shops) or 'none yet'}",
            )
        found = products.by_sku(connection, shop_key, sku)
        now = datetime.now(UTC)
        explained = [
            explain(connection, product, rulebooks, now)
            for product in found
            if product.shop in rulebooks.shops
        ]
        if not explained:
            raise _unknown(connection, sku, [shop_key] if shop_key else sorted(rulebooks.shops))
    if as_json:
        click.echo(
            json.dumps({"products": [_document(product) for product in explained]}, ensure_ascii=False)
        )
    else:
        click.echo("\n\n".join("\n".join(_block(product)) for product in explained))


def _block(product: Explained) -> Iterator[str]:
    yield f"{product.sku} in shop {product.shop}"
    yield product.verdict
    yield ""
    yield from (f"  {f'{name}:':<15}{words}" for name, words in product.state.items())
    yield ""
    yield "Checks; the first that fails decides (=>), (-) would fail too:"
    for check in product.checks:
        mark = "=>" if check.decides else "ok" if check.passed else "- "
        reason = f"  [{check.reason.value}]" if check.reason is not None and check.decides else ""
        yield f"  {mark} {check.row:>2}  {check.question} {check.answer}{reason}"
    yield ""
    if product.history is None:
        yield "Activity Log is off: no history."
        return
    yield "History, newest first:" if product.history else "No history yet."
    yield from (f"  {moment(row.at)}  {row.message}" for row in product.history)


def _document(product: Explained) -> dict[str, object]:
    return {
        "shop": product.shop,
        "sku": product.sku,
        "verdict": product.verdict,
        "state": dict(product.state),
        "checks": [
            {
                "row": check.row,
                "question": check.question,
                "answer": check.answer,
                "passed": check.passed,
                "decides": check.decides,
                "reason": check.reason.value if check.reason is not None else None,
            }
            for check in product.checks
        ],
        "history": None if product.history is None else [_history(row) for row in product.history],
    }


def _history(row: ActivityRow) -> dict[str, object]:
    return {
        "at": row.at.isoformat(),
        "level": row.level,
        "actor": row.actor,
        "kind": row.kind,
        "action": row.action,
        "reason": row.reason,
        "message": row.message,
        "event_id": row.event_id,
    }


def _unknown(connection: Connection, sku: str, shops: Sequence[str]) -> Failed:
    """Return the error for an unknown SKU: the shops that were searched, and similar SKUs."""
    column = products_table.c.sku
    query = select(column).where(products_table.c.shop.in_(shops), column.is_not(None)).group_by(column)
    alike = func.lower(column).like(f"{sku[:2].lower()}%")
    skus = connection.execute(query.order_by(alike.desc(), column).limit(MOST_SKUS)).scalars()
    by_lower = {stored.lower(): stored for stored in skus}
    near = [by_lower[match] for match in difflib.get_close_matches(sku.lower(), by_lower, n=5)]
    where = ", ".join(shops) or "none, because there is no shop yet"
    letters = dead_letters_of(connection, sku, shops)
    dead = f" There are dead letters of this SKU: {letters}." if letters else ""
    return Failed(
        f"There is no product {sku!r}. Shops searched: {where}.{dead}",
        f"did you mean {', '.join(near)}?" if near else "save it in Magento, or send a sample: m2t trigger",
    )
