"""`m2t adopt`: which of our products are on TikTok already, found by their SKUs. It only looks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from time import sleep
from typing import Final

import click

from commands.cli.arguments import the_shop
from commands.cli.context import database, settings
from commands.cli.errors import Failed, NotReachable
from operations.products.find_on_tiktok import SKUS_A_SEARCH, sightings, unlisted
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from records.rules.shops import NOT_CONNECTED_YET
from schemas.shop import Shop
from tiktok.client.client import FoundProduct, TikTokShop
from tiktok.client.errors import NotAuthorized, TikTokError, Transient
from tiktok.client.rate_limit import RateLimiter

TRIES: Final = 5
PROGRESS_EVERY: Final = 50
"""Searches."""


@click.command("adopt")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Default: the only one there is.")
@click.option("--dry-run", is_flag=True, help="Look, and write nothing: the only way it is done here.")
@click.option("--json", "as_json", is_flag=True, help='Print {"looked_for", "adopted", "twice"} alone.')
def command(shop_key: str | None, dry_run: bool, as_json: bool) -> None:
    """Search TikTok for the SKUs of our products that are not listed yet, and say what would be adopted.

    A product that goes up and is on TikTok once is adopted: its ids are kept, and it is synced from then on. One that
    is there twice is left alone until you delete all but one. Adopting is part of going up: m2t upload, m2t sync.
    """
    if not dry_run:
        raise click.UsageError(
            "it only looks: say --dry-run. Adopting is part of going up: m2t upload --matching TEMPLATE"
        )
    opened = settings()
    with database(opened) as open_database:
        with open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        shop = rulebooks.shops[the_shop(rulebooks.shops, shop_key)]
        if not shop.tiktok.connected:
            raise Failed(f"{NOT_CONNECTED_YET} for shop {shop.key}.", "go on with the set-up in the console")
        skus = unlisted(open_database, shop.key)
    calls = TikTokShop(shop, RateLimiter(opened.calls_per_second))
    found = list(sightings(skus, lambda some: _search(calls, shop, some), _progress))
    adopted = [one for one in found if len(one.product_ids) == 1]
    twice = [one for one in found if len(one.product_ids) > 1]
    if as_json:
        fields = {
            "looked_for": len(skus),
            "adopted": list(map(asdict, adopted)),
            "twice": list(map(asdict, twice)),
        }
        click.echo(json.dumps(fields, ensure_ascii=False))
        return
    for one in adopted:
        click.echo(f"{one.sku}: would be adopted, product {one.product_ids[0]} ({one.statuses[0]})")
    for one in twice:
        where = ", ".join(
            f"{name} ({status})" for name, status in zip(one.product_ids, one.statuses, strict=True)
        )
        click.echo(f"{one.sku}: is there {len(one.product_ids)} times, and left alone: {where}")
    click.echo(
        f"Of {len(skus)} SKUs that are not listed, {len(adopted)} would be adopted, {len(twice)} are there more than "
        f"once, {len(skus) - len(found)} are not there."
    )
    if twice:
        click.echo("Next: delete all but one of each in TikTok's Seller Center.")


def _search(calls: TikTokShop, shop: Shop, skus: Sequence[str]) -> Sequence[FoundProduct]:
    """One search, at the shop's pace; again where TikTok or the way to it is unwell."""
    tried = 1
    while True:
        try:
            return calls.search(skus, lambda exchange: None)
        except Transient as error:
            if tried == TRIES:
                raise NotReachable(
                    f"{shop.tiktok.api_url}: {error.message} ({TRIES} times)",
                    "try again later, or m2t doctor",
                ) from error
            sleep(error.wait.total_seconds() if error.wait is not None else 2.0 ** (tried - 1))
            tried += 1
        except NotAuthorized as error:
            # A renewed token would have to be written down, and this command writes nothing.
            raise Failed(
                f"TikTok refuses the access token: {error.message}",
                "the running consumer renews it (m2t consumer); where this stays, m2t doctor",
            ) from error
        except TikTokError as error:
            raise Failed(f"TikTok refuses the search: {error.message}", error.hint or "m2t doctor") from error


def _progress(asked: int, all_of_them: int) -> None:
    if asked % (PROGRESS_EVERY * SKUS_A_SEARCH) == 0:
        click.echo(f"{asked} of {all_of_them} SKUs looked for …", err=True)
