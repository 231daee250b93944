"""`m2t price`: confirm a price that the guard of a pricing policy holds back."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

import click

from commands.exits import Failed
from commands.opening import database, settings
from operations.offered import offered
from records import confirmed_prices, listings, pending_syncs, products
from records.governing import GoverningRecords
from records.pending_syncs import Mark
from records.secret_box import SecretBox
from schemas.listing import Money

LANE = 1
"""Of a listing whose price goes out now: prices go before content."""


@click.group("price")
def command() -> None:
    """Prices that wait for a person."""


@command.command("confirm")
@click.argument("sku")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Default: the only one that knows the SKU.")
@click.option("--value", metavar="AMOUNT", help="Confirm it only if it is this amount.")
def confirm(sku: str, shop_key: str | None, value: str | None) -> None:
    """Send the price that the guard holds back.

    The very value that is due now is confirmed, and no other: should the price move again before it is sent, the guard
    judges it anew.
    """
    opened = settings()
    with database(opened) as held, held.write() as connection:
        governing = GoverningRecords(SecretBox(opened.secret_key)).read(connection)
        found = [one for one in products.by_sku(connection, shop_key, sku) if one.shop in governing.shops]
        if not found:
            raise Failed(f"No product {sku!r} is known.", "check the SKU and --shop")
        shops = sorted({one.shop for one in found})
        if len(shops) > 1:
            raise Failed(f"{sku!r} is in {len(shops)} shops.", f"choose one with --shop: {', '.join(shops)}")
        now = datetime.now(UTC)
        product = next((one for one in found if not one.deleted), found[0])
        listing = listings.load(connection, [product.id])[product.id]
        told = offered(connection, product, listing, governing, now)
        if told is None or not told.falls:
            raise Failed(f"No price of {sku!r} in shop {product.shop} is held back.", f"m2t explain {sku}")
        prices = {fall.seller_sku: fall.new for fall in told.falls}
        for money in prices.values():
            _must_be(money, value)
        confirmed_prices.save(
            connection, product.id, prices, now=now, author=f"{getpass.getuser()} (m2t price confirm)"
        )
        pending_syncs.mark(connection, [Mark(product.id, product.shop, LANE)], now=now)
    for name, money in prices.items():
        click.echo(f"{name}: {money.amount} {money.currency} is confirmed, and goes to TikTok now.")


def _must_be(money: Money, value: str | None) -> None:
    if value is None:
        return
    try:
        same = Decimal(value) == Decimal(money.amount)
    except InvalidOperation as error:
        raise click.BadParameter(f"{value!r} is not an amount", param_hint="--value") from error
    if not same:
        raise Failed(
            f"The price that is held back is {money.amount} {money.currency}, not {value}.",
            "look at it again: m2t explain SKU",
        )
