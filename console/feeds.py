"""The synchronization feed log: each webhook in and each TikTok call out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template

from console import shop_switch
from console.curl import as_curl
from console.desk import desk
from console.exporting import MOST_ROWS, as_file, asked_format
from console.json_view import json_view
from console.log_filters import Filters, filters
from console.masking import masked
from console.switched_off import switched_off
from records import feeds, listings, log_search
from records.feeds import of_row
from records.tables import feeds as table
from tiktok.meanings import meaning_of
from tiktok.plan import Operation

pages = Blueprint("feeds", __name__)

A_PAGE = 50
MOST_NEW = 100
COLUMNS = (
    "id", "at", "direction", "operation", "sku", "http_status", "code", "message", "milliseconds", "request_id",
    "event_id",
)  # fmt: skip
OPERATIONS = (
    "saved", "deleted", "stock_changed", "attributes_updated", "websites_changed",
    *(one.value for one in Operation), "upload_image", "category_rules", "category_attributes",
)  # fmt: skip


@pages.get("/feed")
def index() -> Any:
    """A page of it."""
    shop = shop_switch.chosen_shop()
    if shop is None:
        return render_template("feeds/index.html", rows=None)
    wanted = asked_format()
    asked = _filters(shop, MOST_ROWS if wanted else A_PAGE)
    with desk().database.read() as connection:
        found = log_search.search(connection, table, asked.search)
        newest = log_search.newest_id(connection, table)
        off = switched_off(connection, shop_switch.governing(), shop, "feed_log")
    if wanted:
        return as_file(wanted, f"feed-{shop}", COLUMNS, [_plain(row) for row in found.rows])
    return render_template(
        "feeds/index.html",
        rows=[(row["id"], of_row(row)) for row in found.rows],
        found=found,
        asked=asked,
        newest=newest,
        off=off,
        operations=OPERATIONS,
    )


@pages.get("/feed/newer/<int:after>")
def newer(after: int) -> Any:
    """How many rows came since, by the same filters."""
    asked = _filters(shop_switch.the_shop(), A_PAGE)
    with desk().database.read() as connection:
        number = log_search.newer(connection, table, asked.search, after, MOST_NEW)
    return render_template("newer.html", number=number, most=MOST_NEW, page="feeds.index")


@pages.get("/feed/<int:feed_id>")
def show(feed_id: int) -> Any:
    """One exchange, whole: what was sent, what came back, and what that means."""
    with desk().database.read() as connection:
        row = feeds.get(connection, feed_id)
        if row is None or row.shop not in shop_switch.governing().shops:
            abort(404, "No row of the feed log has this number; it may be older than the log is kept.")
        listing = listings.load(connection, [row.product_id]).get(row.product_id) if row.product_id else None
    meaning = None
    if row.direction == "out" and row.http_status is not None and row.code not in (None, 0):
        meaning = meaning_of(row.code or 0, row.message or "", row.http_status)
    tiktok = shop_switch.governing().shops[row.shop].tiktok
    asked, answered = masked(row.request or ""), masked(row.response or "")
    return render_template(
        "feeds/show.html",
        row=row,
        request_text=asked,
        response_text=answered,
        request_view=json_view(asked),
        response_view=json_view(answered),
        curl=as_curl(row, tiktok.api_url, listing.tiktok_product_id if listing is not None else None),
        meaning=meaning,
    )


def _filters(shop: str, limit: int) -> Filters:
    return filters(
        shop,
        limit,
        equal={
            "operation": "operation",
            "direction": "direction",
            "event_id": "correlation",
            "request_id": "request",
        },
        any_of={"failed": ("failed", lambda told: [True] if told == "1" else None)},
    )


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in COLUMNS}
