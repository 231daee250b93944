"""The job that counts the products of a shop that match a query. It reads the whole catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.web.context import ConsoleContext
from console.web.job_runner import Progress
from policies.conditions import matches
from records.catalog import listings, products
from records.jobs.jobs import Job
from schemas.query_condition import load_query

KIND: Final = "count_matching"
PROGRESS_EVERY: Final = 4


def run(context: ConsoleContext, job: Job, progress: Progress) -> Mapping[str, object]:
    """Count the matching products. `document`: the shop and the query. The result: how many of how many match."""
    query, shop = load_query(job.document["query"]), job.document["shop"]
    with context.database.read() as connection:
        store = context.rulebooks.read(connection).shops[shop].magento
    last = looked_at = matching = chunks = 0
    while True:
        with context.database.read() as connection:
            ids = listings.of_shops(connection, [shop], after=last)
            stored = products.load(connection, ids)
        if not ids:
            return {"matching": matching, "looked_at": looked_at}
        matching += sum(not product.deleted and matches(query, product, store) for product in stored.values())
        looked_at, last, chunks = looked_at + len(ids), ids[-1], chunks + 1
        if chunks % PROGRESS_EVERY == 0:
            progress(looked_at, 0, None)
