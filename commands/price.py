"""`m2t price`: confirm a price that the guard of a pricing policy holds back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import click

from commands.cli.arguments import author, the_product
from commands.cli.context import database, settings
from operations.products.confirm_price import confirm as confirm_price
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader


@click.group("price")
def command() -> None:
    """Prices that wait for a person."""


@command.command("confirm")
@click.argument("sku")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Default: the only one that knows the SKU.")
@click.option(
    "--value",
    metavar="AMOUNT",
    callback=lambda *value: _amount(*value),
    help="Confirm it only if it is this amount.",
)
def confirm(sku: str, shop_key: str | None, value: Decimal | None) -> None:
    """Send the price that the guard holds back.

    The very value that is due now is confirmed, and no other: should the price move again before it is sent, the guard
    judges it anew.
    """
    opened = settings()
    with database(opened) as open_database, open_database.write() as connection:
        rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        product = the_product(connection, rulebooks, sku, shop_key)
        prices = confirm_price(
            connection,
            product,
            rulebooks,
            now=datetime.now(UTC),
            author=author("m2t price confirm"),
            only=None if value is None else str(value),
        )
    for name, money in prices.items():
        click.echo(f"{name}: {money.amount} {money.currency} is confirmed, and goes to TikTok now.")


def _amount(_: click.Context, __: click.Parameter, text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise click.BadParameter(f"{text!r} is not an amount") from error
