"""`m2t upload`: uploads the products that match a template, after they are counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import click

from commands.cli.arguments import author, the_shop
from commands.cli.context import database, settings
from commands.cli.errors import Failed
from operations.formatting import plural
from operations.products.upload_matching import Counts, count_matching, request_uploads
from policies.assign import named
from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.listing_template import ListingTemplate


@click.command("upload")
@click.option("--matching", "title", metavar="TEMPLATE", required=True, help="Title of the listing template.")
@click.option("--shop", "shop_key", metavar="KEY", help="The shop. Needed if there are several.")
@click.option("--yes", is_flag=True, help="Upload without asking.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print only the numbers as JSON; nothing is uploaded without --yes.",
)
def command(title: str, shop_key: str | None, yes: bool, as_json: bool) -> None:
    """Request the upload of every product that matches a listing template.

    Shows how many products match, how many of those are on TikTok already, and how many stay, with the reason. If you
    confirm, the others are uploaded, even if Product Upload is off or they were in Magento before it was switched on.
    Each is listed with the template that it is assigned to, which may be another.
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
            counts.asked_for = request_uploads(
                open_database, RulebookReader(box), template, found, author=author("m2t upload")
            )
    if as_json:
        click.echo(json.dumps(asdict(counts), ensure_ascii=False))
    elif counts.asked_for:
        click.echo(f"{counts.asked_for} requested. Next: m2t pending")


def _template(rulebooks: Rulebooks, title: str) -> ListingTemplate:
    template = named(rulebooks.templates, title)
    if template is None:
        titles = ", ".join(repr(listed.title) for listed in rulebooks.templates) or "none yet (m2t apply)"
        raise Failed(f"There is no listing template {title!r}.", f"choose one of: {titles}")
    return template


def _lines(counts: Counts, title: str) -> Iterator[str]:
    yield f"{plural(counts.match, 'product')} match {title!r}:"
    yield f"  {counts.on_tiktok} are on TikTok already"
    yield from (f"  {number} stay: {reason}" for reason, number in sorted(counts.stay.items()))
    yield f"  {counts.go_up} would be uploaded"
