"""The feed log: webhooks received, TikTok calls, and image downloads that failed."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import RowMapping

from console.logs.curl import as_curl
from console.logs.filters import Filters, by_time, count_newer, filters
from console.logs.switched_off import switched_off
from console.logs.who_acts import who_acts
from console.web import current_shop
from console.web.context import console_context
from console.web.exporting import MOST_ROWS, as_file, asked_format
from console.web.json_view import json_view
from console.web.masking import masked
from console.web.template_filters import pretty
from records.catalog import listings
from records.log import activity, feeds, log_search
from records.log.feeds import FETCH_IMAGE, QUARANTINED, REFUSED, REUSED_ID, FeedRow, of_row
from records.log.tables import feeds as table
from tiktok.client.error_codes import Meaning, meaning_of
from tiktok.listing.sync_plan import Operation

pages = Blueprint("feeds", __name__)

A_PAGE = 50
MOST_NEW = 100
LONGEST_TEXT = 6_000
"""Characters of a body that the page shows; the whole body is a file."""
COLUMNS = (
    "id", "at", "direction", "operation", "sku", "http_status", "code", "message", "milliseconds", "request_id",
    "event_id",
)  # fmt: skip
OPERATIONS = (
    "saved", "deleted", "stock_changed", "attributes_updated", "websites_changed",
    *(operation.value for operation in Operation), "upload_image", FETCH_IMAGE, "category_rules", "category_attributes",
    QUARANTINED, REFUSED, REUSED_ID,
)  # fmt: skip


@pages.get("/feed")
def index() -> ResponseReturnValue:
    """Show a page of the feed log."""
    shop = current_shop.chosen_shop()
    if shop is None:
        return render_template("logs/feeds.html", rows=None)
    wanted = asked_format()
    chosen = _filters(shop, MOST_ROWS if wanted else A_PAGE)
    with console_context().database.read() as connection:
        found = log_search.search(connection, table, chosen.search)
        newest = log_search.newest_id(connection, table)
        off = switched_off(connection, current_shop.rulebooks(), shop, "feed_log")
    if wanted:
        return as_file(wanted, f"feed-{shop}", COLUMNS, [_plain(row) for row in found.rows])
    return render_template(
        "logs/feeds.html",
        rows=[(row["id"], _masked(of_row(row))) for row in by_time(found.rows)],
        found=found,
        asked=chosen,
        newest=newest,
        off=off,
        operations=OPERATIONS,
    )


@pages.get("/feed/newer/<int:after>")
def newer(after: int) -> ResponseReturnValue:
    """Return the number of rows since `after` with the same filters."""
    chosen = _filters(current_shop.the_shop(), A_PAGE)
    with console_context().database.read() as connection:
        number = log_search.newer(connection, table, chosen.search, after, MOST_NEW)
    return jsonify(count_newer(number, MOST_NEW))


@pages.get("/feed/<int:feed_id>")
def show(feed_id: int) -> ResponseReturnValue:
    """Show one call: what was sent, the answer and its meaning; with `?format=txt` as a text file."""
    with console_context().database.read() as connection:
        stored = feeds.get(connection, feed_id)
        if stored is None or stored.shop not in current_shop.rulebooks().shops:
            abort(404, "There is no such feed log row. It may be older than the retention period.")
        product_id = stored.product_id
        record = (
            activity.record_of(connection, stored.shop, stored.event_id) if stored.direction == "in" else None
        )
        listing = listings.load(connection, [product_id]).get(product_id) if product_id else None
    row = _masked(stored)
    if (wanted := request.args.get("format")) is not None:
        return _as_text(feed_id, row) if wanted == "txt" else abort(404, "Only the format txt is available.")
    meaning = _meaning(stored)
    tiktok = current_shop.rulebooks().shops[row.shop].tiktok
    return render_template(
        "logs/feed.html",
        row=row,
        feed_id=feed_id,
        record=record,
        longest=LONGEST_TEXT,
        request_view=json_view(row.request or ""),
        response_view=json_view(row.response or ""),
        curl=as_curl(stored, tiktok.api_url, listing.tiktok_product_id if listing is not None else None),
        meaning=meaning,
        who=who_acts(meaning) if meaning is not None else None,
    )


def _meaning(row: FeedRow) -> Meaning | None:
    """Return the meaning of TikTok's code; None for a webhook, a success, or an answer without a code."""
    if row.direction != "out" or row.http_status is None or not row.code:
        return None
    return meaning_of(row.code, row.message or "", row.http_status)


def _as_text(feed_id: int, row: FeedRow) -> Response:
    content = f"{row.operation} at {row.at.isoformat()}\n\n{pretty(row.request)}\n"
    if row.direction == "out":
        content += f"\nHTTP {row.http_status or 'no answer'}\n\n{pretty(row.response)}\n"
    answer = Response(content, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="feed-{feed_id}.txt"'
    return answer


def _masked(row: FeedRow) -> FeedRow:
    """Return the row with its secrets masked."""
    request_, response, message = (
        None if text is None else masked(text) for text in (row.request, row.response, row.message)
    )
    return replace(row, request=request_, response=response, message=message)


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
        any_of={"failed": ("failed", lambda value: [True] if value == "1" else None)},
    )


def _plain(row: RowMapping) -> dict[str, object]:
    return {name: row[name] for name in COLUMNS}
