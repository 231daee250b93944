"""The sync queue: the listings that are due or wait, and what each waits for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console.web import current_shop
from console.web.context import console_context
from console.web.exporting import MOST_ROWS, as_file, asked_format
from operations.queue.sync_queue import queued
from records.catalog import sync_queue_view

pages = Blueprint("pending", __name__)

A_PAGE: Final = 100
COLUMNS: Final = (
    "sku", "shop", "lane", "asked", "since", "due_at", "tries", "leased_by", "leased_until", "waits_for",
)  # fmt: skip


@pages.get("/pending")
def index() -> ResponseReturnValue:
    """Show the queue in the order of delivery."""
    shop = current_shop.chosen_shop()
    if shop is None:
        return render_template("queue/index.html", rows=None)
    wanted, now = asked_format(), console_context().clock()
    with console_context().database.read() as connection:
        rows = sync_queue_view.read(connection, [shop], now=now, limit=MOST_ROWS if wanted else A_PAGE)
        found = list(queued(connection, rows, current_shop.rulebooks(), now))
        total = sync_queue_view.count(connection, [shop])
    if wanted:
        # The file's column keeps the name of the table's column.
        rows_of_file = [{**asdict(row), "asked": row.requested} for row in found]
        return as_file(wanted, f"pending-{shop}", COLUMNS, rows_of_file)
    return render_template("queue/index.html", rows=found, total=total)
