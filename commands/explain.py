"""`m2t explain`: why a product was, or was not, synced; asked afresh on what the database holds."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy import Connection, func, select

from commands.cli.context import database, settings
from commands.cli.errors import Failed
from operations.products.explain import Explained, buried_under, explain
from operations.time_format import moment
from records.catalog import products
from records.catalog.tables import products as products_table
from records.db.secret_box import SecretBox
from records.log.activity import ActivityRow
from records.rules.load_rulebook import RulebookReader

MOST_SKUS = 20_000
"""SKUs that are compared for the nearest one."""


@click.command("explain")
@click.argument("sku")
@click.option("--shop", "shop_key", metavar="KEY", help="Only in this shop. Default: in every shop.")
@click.option("--json", "as_json", is_flag=True, help='Print {"products": [{"shop", "verdict", …}]} alone.')
def command(sku: str, shop_key: str | None, as_json: bool) -> None:
    """Say why a product was, or was not, synced.

    First in one sentence; then its state, every question of the decision table with the product's own values, and
    what happened to it, newest first. The table is asked afresh, by the policy and the templates as they are now.
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
        explained = [explain(connection, one, rulebooks, now) for one in found if one.shop in rulebooks.shops]
        if not explained:
            raise _unknown(connection, sku, [shop_key] if shop_key else sorted(rulebooks.shops))
    if as_json:
        click.echo(json.dumps({"products": [_document(one) for one in explained]}, ensure_ascii=False))
    else:
        click.echo("\n\n".join("\n".join(_block(one)) for one in explained))


def _block(one: Explained) -> Iterator[str]:
    yield f"{one.sku} in shop {one.shop}"
    yield one.verdict
    yield ""
    yield from (f"  {f'{name}:':<14}{words}" for name, words in one.state.items())
    yield ""
    yield "Checks, asked afresh; the first one not passed decides (=>), (-) would not be passed either:"
    for check in one.checks:
        mark = "=>" if check.decides else "ok" if check.passed else "- "
        reason = f"  [{check.reason.value}]" if check.reason is not None and check.decides else ""
        yield f"  {mark} {check.row:>2}  {check.question} {check.answer}{reason}"
    yield ""
    if one.history is None:
        yield "Activity Log is off: no history."
        return
    yield "History, newest first:" if one.history else "No history yet."
    yield from (f"  {moment(row.at)}  {row.message}" for row in one.history)


def _document(one: Explained) -> dict[str, Any]:
    return {
        "shop": one.shop,
        "sku": one.sku,
        "verdict": one.verdict,
        "state": dict(one.state),
        "checks": [
            {
                "row": check.row,
                "question": check.question,
                "answer": check.answer,
                "passed": check.passed,
                "decides": check.decides,
                "reason": check.reason.value if check.reason is not None else None,
            }
            for check in one.checks
        ],
        "history": None if one.history is None else [_history(row) for row in one.history],
    }


def _history(row: ActivityRow) -> dict[str, Any]:
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
    """Which shops were searched, and the SKUs that come nearest."""
    column = products_table.c.sku
    query = select(column).where(products_table.c.shop.in_(shops), column.is_not(None)).group_by(column)
    alike = func.lower(column).like(f"{sku[:2].lower()}%")
    known = connection.execute(query.order_by(alike.desc(), column).limit(MOST_SKUS)).scalars()
    lowered = {one.lower(): one for one in known}
    near = [lowered[one] for one in difflib.get_close_matches(sku.lower(), lowered, n=5)]
    where = ", ".join(shops) or "none, for there is no shop yet"
    letters = buried_under(connection, sku, shops)
    buried = f" What was told of it are dead letters: {letters}." if letters else ""
    return Failed(
        f"No product {sku!r} is known. Shops searched: {where}.{buried}",
        f"did you mean {', '.join(near)}?" if near else "save it in Magento, or fire a sample: m2t trigger",
    )
