"""`m2t price`: confirms a price drop that the price guard withheld."""

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
    """Confirm price drops that the price guard withheld."""


@command.command("confirm")
@click.argument("sku")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Needed if the SKU is in several.")
@click.option(
    "--value",
    metavar="AMOUNT",
    callback=lambda *value: _amount(*value),
    help="Confirm only if the price is this amount.",
)
def confirm(sku: str, shop_key: str | None, value: Decimal | None) -> None:
    """Send a price that the price guard withheld.

    Only the current value is confirmed. If the price changes again before it is sent, the guard checks the new value.
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
        click.echo(f"{name}: {money.amount} {money.currency} is confirmed, and is sent to TikTok now.")


def _amount(_: click.Context, __: click.Parameter, text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise click.BadParameter(f"{text!r} is not an amount") from error
