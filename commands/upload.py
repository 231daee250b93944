"""`m2t upload`: the older catalogue goes up when the merchant asks; the count comes first."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import click
from sqlalchemy import Connection

from commands.exits import Failed
from commands.named import author, the_shop
from commands.opening import database, settings
from operations.asking import Answer, answers, ask
from policies.assign import named
from policies.conditions import matches
from policies.decide import Action
from records import listings
from records.database import Database
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox
from schemas.listing_template import ListingTemplate


@dataclass(slots=True)
class Counts:
    """Of the products that satisfy the query: how many are on TikTok, would go up, or stay and for which reason."""

    match: int = 0
    on_tiktok: int = 0
    go_up: int = 0
    stay: dict[str, int] = field(default_factory=dict)
    asked_for: int = 0


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
    with database(opened) as held:
        box = SecretBox(opened.secret_key)
        with held.read() as connection:
            governing = GoverningRecords(box).read(connection)
            shop, template = the_shop(governing.shops, shop_key), _template(governing, title)
        counts, found = _count(held, governing, shop, template)
        if not as_json:
            click.echo("\n".join(_lines(counts, title)))
        if found and (yes or (not as_json and click.confirm(f"Upload {counts.go_up}?"))):
            counts.asked_for = _ask(held, GoverningRecords(box), template, found)
    if as_json:
        click.echo(json.dumps(asdict(counts), ensure_ascii=False))
    elif counts.asked_for:
        click.echo(f"{counts.asked_for} asked for. Next: m2t pending")


def _template(governing: Governing, title: str) -> ListingTemplate:
    template = named(governing.templates, title)
    if template is None:
        there = ", ".join(repr(one.title) for one in governing.templates) or "none yet (m2t apply)"
        raise Failed(f"There is no listing template {title!r}.", f"choose one of: {there}")
    return template


def _count(
    held: Database, governing: Governing, shop: str, template: ListingTemplate
) -> tuple[Counts, list[int]]:
    """The numbers, and the products that go up; each chunk of the catalogue is a read of its own."""
    counts, last = Counts(), 0
    found: list[int] = []
    while True:
        with held.read() as connection:
            ids = listings.of_shops(connection, [shop], after=last)
            matching = list(_matching(connection, ids, governing, template))
        if not ids:
            return counts, found
        last = ids[-1]
        counts.match += len(matching)
        for one in matching:
            if one.facts.listing.listed:
                counts.on_tiktok += 1
            elif one.decision.action is Action.UPLOAD:
                counts.go_up += 1
                found.append(one.product_id)
            else:
                reason = one.decision.reason.value
                counts.stay[reason] = counts.stay.get(reason, 0) + 1


def _ask(held: Database, records: GoverningRecords, template: ListingTemplate, found: list[int]) -> int:
    """Ask, in short transactions; what has changed since it was counted is judged as it is now."""
    asked_for = 0
    for start in range(0, len(found), listings.CHUNK):
        with held.write() as connection:
            governing, chunk = records.read(connection), found[start : start + listings.CHUNK]
            due = [
                one
                for one in _matching(connection, chunk, governing, template)
                if one.decision.action is Action.UPLOAD
            ]
            ask(connection, due, now=datetime.now(UTC), author=author("m2t upload"))
            asked_for += len(due)
    return asked_for


def _matching(
    connection: Connection, ids: Collection[int], governing: Governing, template: ListingTemplate
) -> Iterator[Answer]:
    for one in answers(connection, ids, governing, datetime.now(UTC)):
        if not one.facts.product.deleted and matches(template.query, one.facts.product):
            yield one


def _lines(counts: Counts, title: str) -> Iterator[str]:
    yield f"{counts.match} products satisfy the query of {title!r}:"
    yield f"  {counts.on_tiktok} are on TikTok already"
    yield from (f"  {number} stay as they are: {reason}" for reason, number in sorted(counts.stay.items()))
    yield f"  {counts.go_up} would go up"
