"""Uploading the products that match a template, at the merchant's request; they are counted first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from operations.products.dry_run import REFUSED_HERE, DryRun, dry_runs
from operations.products.request_sync import enqueue_requests
from policies.conditions import matches
from policies.decision import Action
from policies.rulebook import Rulebooks
from records.catalog import listings
from records.db.database import Database
from records.rules.load_rulebook import RulebookReader
from schemas.listing_template import ListingTemplate


@dataclass(slots=True)
class Counts:
    """Of the products that match: how many are on TikTok, would be uploaded, or stay, by reason code."""

    match: int = 0
    on_tiktok: int = 0
    go_up: int = 0
    stay: dict[str, int] = field(default_factory=dict)
    asked_for: int = 0


def count_matching(
    database: Database, rulebooks: Rulebooks, shop: str, template: ListingTemplate
) -> tuple[Counts, list[int]]:
    """Return the numbers, and the ids of the products that would be uploaded.

    Each chunk of the catalogue is a transaction of its own.
    """
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
            if run.request.context.listing.listed:
                counts.on_tiktok += 1
            elif _is_uploadable(run):
                counts.go_up += 1
                found.append(run.request.product_id)
            else:
                reason = REFUSED_HERE if run.refused_here else run.request.decision.reason.value
                counts.stay[reason] = counts.stay.get(reason, 0) + 1


def request_uploads(
    database: Database, records: RulebookReader, template: ListingTemplate, found: list[int], *, author: str
) -> int:
    """Request the upload of these products, in short transactions, and return how many are due.

    Each product is decided again, because it may have changed since it was counted.
    """
    asked_for = 0
    for start in range(0, len(found), listings.CHUNK):
        with database.write() as connection:
            rulebooks, chunk = records.read(connection), found[start : start + listings.CHUNK]
            due = [
                run.request
                for run in _matching(connection, chunk, rulebooks, template)
                if _is_uploadable(run)
            ]
            enqueue_requests(connection, due, now=datetime.now(UTC), author=author)
            asked_for += len(due)
    return asked_for


def _matching(
    connection: Connection, ids: Collection[int], rulebooks: Rulebooks, template: ListingTemplate
) -> Iterator[DryRun]:
    for run in dry_runs(connection, ids, rulebooks, datetime.now(UTC)):
        product, store = run.request.context.product, run.request.rulebook.shop.magento
        if not product.deleted and matches(template.query, product, store):
            yield run


def _is_uploadable(run: DryRun) -> bool:
    """Return whether an upload is due and passes pre-flight; a rejected request would only be recorded."""
    return run.request.decision.action is Action.UPLOAD and not run.refused_here
