"""Uploading: the older catalogue goes up when the merchant asks; the count comes first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from operations.products.dry_run import REFUSED_HERE, DryRun, dry_runs
from operations.products.request_sync import ask
from policies.conditions import matches
from policies.decision import Action
from policies.rulebook import Rulebooks
from records.catalog import listings
from records.db.database import Database
from records.rules.load_rulebook import RulebookReader
from schemas.listing_template import ListingTemplate


@dataclass(slots=True)
class Counts:
    """Of the products that satisfy the query: how many are on TikTok, would go up, or stay and for which reason."""

    match: int = 0
    on_tiktok: int = 0
    go_up: int = 0
    stay: dict[str, int] = field(default_factory=dict)
    asked_for: int = 0


def count_matching(
    database: Database, rulebooks: Rulebooks, shop: str, template: ListingTemplate
) -> tuple[Counts, list[int]]:
    """The numbers, and the products that go up; each chunk of the catalogue is a read of its own."""
    counts, last = Counts(), 0
    found: list[int] = []
    while True:
        with database.read() as connection:
            ids = listings.of_shops(connection, [shop], after=last)
            matching = list(_matching(connection, ids, rulebooks, template))
        if not ids:
            return counts, found
        last = ids[-1]
        counts.match += len(matching)
        for run in matching:
            if run.answer.context.listing.listed:
                counts.on_tiktok += 1
            elif _goes_up(run):
                counts.go_up += 1
                found.append(run.answer.product_id)
            else:
                reason = REFUSED_HERE if run.refused_here else run.answer.decision.reason.value
                counts.stay[reason] = counts.stay.get(reason, 0) + 1


def ask_for(
    database: Database, records: RulebookReader, template: ListingTemplate, found: list[int], *, author: str
) -> int:
    """Ask, in short transactions; what has changed since it was counted is judged as it is now."""
    asked_for = 0
    for start in range(0, len(found), listings.CHUNK):
        with database.write() as connection:
            rulebooks, chunk = records.read(connection), found[start : start + listings.CHUNK]
            due = [run.answer for run in _matching(connection, chunk, rulebooks, template) if _goes_up(run)]
            ask(connection, due, now=datetime.now(UTC), author=author)
            asked_for += len(due)
    return asked_for


def _matching(
    connection: Connection, ids: Collection[int], rulebooks: Rulebooks, template: ListingTemplate
) -> Iterator[DryRun]:
    for run in dry_runs(connection, ids, rulebooks, datetime.now(UTC)):
        product = run.answer.context.product
        if not product.deleted and matches(template.query, product):
            yield run


def _goes_up(run: DryRun) -> bool:
    """The policies let it go up, and pre-flight too: what it refuses would only be recorded as refused."""
    return run.answer.decision.action is Action.UPLOAD and not run.refused_here
