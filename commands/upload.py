"""`m2t upload`: the older catalogue goes up when the merchant asks; the count comes first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import click

from commands.cli.arguments import author, the_shop
from commands.cli.context import database, settings
from commands.cli.errors import Failed
from operations.products.upload_matching import Counts, ask_for, count_matching
from policies.assign import named
from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.listing_template import ListingTemplate


@click.command("upload")
@click.option("--matching", "title", metavar="TEMPLATE", required=True, help="The listing template's title.")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Default: the only one there is.")
@click.option("--yes", is_flag=True, help="Ask for the upload without a question.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the numbers alone; without --yes nothing is asked for."
)
def command(title: str, shop_key: str | None, yes: bool, as_json: bool) -> None:
    """Ask for every product that satisfies a listing template's query to go up.

    First the numbers: how many satisfy it, how many of those are on TikTok already, and how many stay as they are,
    and why. Then, if you say yes, the others go up as asked for: whatever Product Upload says, and though they were
    in Magento before. Each is made with the template that it belongs to, which need not be this one.
    """
    opened = settings()
    with database(opened) as open_database:
        box = SecretBox(*opened.secret_keys)
        with open_database.read() as connection:
            rulebooks = RulebookReader(box).read(connection)
            shop, template = the_shop(rulebooks.shops, shop_key), _template(rulebooks, title)
        counts, found = count_matching(open_database, rulebooks, shop, template)
        if not as_json:
            click.echo("\n".join(_lines(counts, title)))
        if found and (yes or (not as_json and click.confirm(f"Upload {counts.go_up}?"))):
            counts.asked_for = ask_for(
                open_database, RulebookReader(box), template, found, author=author("m2t upload")
            )
    if as_json:
        click.echo(json.dumps(asdict(counts), ensure_ascii=False))
    elif counts.asked_for:
        click.echo(f"{counts.asked_for} asked for. Next: m2t pending")


def _template(rulebooks: Rulebooks, title: str) -> ListingTemplate:
    template = named(rulebooks.templates, title)
    if template is None:
        there = ", ".join(repr(one.title) for one in rulebooks.templates) or "none yet (m2t apply)"
        raise Failed(f"There is no listing template {title!r}.", f"choose one of: {there}")
    return template


def _lines(counts: Counts, title: str) -> Iterator[str]:
    yield f"{counts.match} products satisfy the query of {title!r}:"
    yield f"  {counts.on_tiktok} are on TikTok already"
    yield from (f"  {number} stay as they are: {reason}" for reason, number in sorted(counts.stay.items()))
    yield f"  {counts.go_up} would go up"
