"""`m2t adopt`: finds products that are on TikTok already, by their SKUs, without changing anything."""

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
from operations.products.find_on_tiktok import SKUS_A_SEARCH, Sighting, sightings, unlisted
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from records.rules.shops import NOT_CONNECTED_YET
from schemas.listing import OutcomeKind
from schemas.shop import Shop
from tiktok.client.client import FoundProduct, TikTokShop
from tiktok.client.errors import NotAuthorized, TikTokError, Transient
from tiktok.client.rate_limit import RateLimiter

TRIES: Final = 5
PROGRESS_EVERY: Final = 50
"""In searches."""


@click.command("adopt")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Needed if there are several.")
@click.option("--dry-run", is_flag=True, help="Required: this command only shows what would be adopted.")
@click.option(
    "--json", "as_json", is_flag=True, help='Print only {"looked_for", "adopted", "twice", "variants"}.'
)
def command(shop_key: str | None, dry_run: bool, as_json: bool) -> None:
    """Search TikTok for the SKUs of products that are not listed, and show which would be adopted.

    An upload (m2t upload, m2t sync) adopts a product that is on TikTok once: it keeps the ids and syncs it from then
    on. A product that is there several times is not synced until you delete all but one. One whose SKU is one of
    several of a TikTok product is not adopted: variants are not synced yet.
    """
    if not dry_run:
        raise click.UsageError(
            "this command changes nothing: add --dry-run. An upload adopts products: m2t upload --matching TEMPLATE"
        )
    opened = settings()
    with database(opened) as open_database:
        with open_database.read() as connection:
            rulebooks = RulebookReader(SecretBox(*opened.secret_keys)).read(connection)
        shop = rulebooks.shops[the_shop(rulebooks.shops, shop_key)]
        if not shop.tiktok.connected:
            raise Failed(f"{NOT_CONNECTED_YET} for shop {shop.key}.", "continue the set-up in the console")
        skus = unlisted(open_database, shop.key)
    calls = TikTokShop(shop, RateLimiter(opened.calls_per_second))
    found = list(sightings(skus, lambda some: _search(calls, shop, some), _progress))
    variants = [sighting for sighting in found if sighting.is_variant]
    adopted = [sighting for sighting in found if len(sighting.product_ids) == 1 and not sighting.is_variant]
    twice = [sighting for sighting in found if len(sighting.product_ids) > 1]
    if as_json:
        fields = {
            "looked_for": len(skus),
            "adopted": list(map(_as_json, adopted)),
            "twice": list(map(_as_json, twice)),
            "variants": list(map(_as_json, variants)),
        }
        click.echo(json.dumps(fields, ensure_ascii=False))
        return
    for sighting in adopted:
        click.echo(
            f"{sighting.sku}: would be adopted, product {sighting.product_ids[0]} ({sighting.statuses[0]})"
        )
    for sighting in twice:
        products = zip(sighting.product_ids, sighting.statuses, strict=True)
        where = ", ".join(f"{name} ({status})" for name, status in products)
        click.echo(f"{sighting.sku}: on TikTok {len(sighting.product_ids)} times, not synced: {where}")
    for sighting in variants:
        click.echo(
            f"{sighting.sku}: one of {sighting.sku_counts[0]} SKUs of product {sighting.product_ids[0]} "
            f"({sighting.statuses[0]}), not synced ({OutcomeKind.VARIANT_OF_ANOTHER_LISTING})"
        )
    click.echo(
        f"SKUs that are not listed: {len(skus)}. {len(adopted)} would be adopted, {len(twice)} are on TikTok several "
        f"times, {len(variants)} are variants of other products, {len(skus) - len(found)} are not on TikTok."
    )
    if twice:
        click.echo("Next: delete all but one of each in TikTok's Seller Center.")


def _as_json(sighting: Sighting) -> dict[str, object]:
    fields = asdict(sighting)
    del fields["sku_counts"]
    return fields


def _search(calls: TikTokShop, shop: Shop, skus: Sequence[str]) -> Sequence[FoundProduct]:
    """Search once; repeat after a temporary error, up to `TRIES` times. Raises `NotReachable` and `Failed`."""
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
            # Refreshing the token would have to store the new one, and this command stores nothing.
            raise Failed(
                f"TikTok rejects the access token: {error.message}",
                "the running consumer refreshes it (m2t consumer); if this stays, m2t doctor",
            ) from error
        except TikTokError as error:
            raise Failed(f"TikTok rejects the search: {error.message}", error.hint or "m2t doctor") from error


def _progress(searched: int, total: int) -> None:
    if searched % (PROGRESS_EVERY * SKUS_A_SEARCH) == 0:
        click.echo(f"{searched} of {total} SKUs searched …", err=True)
