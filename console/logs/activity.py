"""The activity log: every decision and every outcome, newest first."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import RowMapping

from console.logs.filters import Filters, by_time, count_newer, filters
from console.logs.switched_off import switched_off
from console.web import current_shop
from console.web.context import console_context
from console.web.exporting import MOST_ROWS, as_file, asked_format
from console.web.masking import masked
from policies.reasons import Reason
from records.log import log_search
from records.log.activity import LEVELS, ActivityRow, of_row
from records.log.tables import activity as table
from schemas.listing import OutcomeKind

pages = Blueprint("activity", __name__)

A_PAGE = 50
MOST_NEW = 100
COLUMNS = ("id", "at", "level", "actor", "kind", "action", "reason", "sku", "message", "event_id")
ACTIONS = (
    "upload",
    "sync",
    "take_down",
    "skip",
    "create",
    "adopt",
    "partial_edit",
    "edit",
    "price",
    "inventory",
    "none",
)
REASONS = sorted({*map(str, Reason), *map(str, OutcomeKind), "waits", "tiktok_warning", "left_out"})
"""What the rows give as their reason: of decisions, of outcomes and of remarks."""
ACTORS = ("webhook", "sweep", "delivery", "person", "system")


@pages.get("/activity")
def index() -> ResponseReturnValue:
    """Show a page of the activity log."""
    shop = current_shop.chosen_shop()
    if shop is None:
        return render_template("logs/activity.html", rows=None)
    wanted = asked_format()
    chosen = _filters(shop, MOST_ROWS if wanted else A_PAGE)
    with console_context().database.read() as connection:
        found = log_search.search(connection, table, chosen.search)
        newest = log_search.newest_id(connection, table)
        off = switched_off(connection, current_shop.rulebooks(), shop, "activity_log")
    if wanted:
        return as_file(wanted, f"activity-{shop}", COLUMNS, [_plain(row) for row in found.rows])
    return render_template(
        "logs/activity.html",
        rows=[(row["id"], _shown(row)) for row in by_time(found.rows)],
        found=found,
        asked=chosen,
        newest=newest,
        off=off,
        levels=LEVELS,
        reasons=REASONS,
        actions=ACTIONS,
        actors=ACTORS,
    )


@pages.get("/activity/newer/<int:after>")
def newer(after: int) -> ResponseReturnValue:
    """Return the number of rows since `after` with the same filters. A live page polls it."""
    chosen = _filters(current_shop.the_shop(), A_PAGE)
    with console_context().database.read() as connection:
        number = log_search.newer(connection, table, chosen.search, after, MOST_NEW)
    return jsonify(count_newer(number, MOST_NEW))


def _filters(shop: str, limit: int) -> Filters:
    return filters(
        shop,
        limit,
        equal={"reason": "reason", "action": "action", "actor": "by", "event_id": "correlation"},
        any_of={"level": ("level", _and_above)},
    )


def _and_above(level: str) -> list[str] | None:
    """Return the levels from `level` up; None, no filter, for the lowest one."""
    return list(LEVELS[LEVELS.index(level) :]) if level in LEVELS[1:] else None


def _plain(row: RowMapping) -> dict[str, object]:
    return {name: row[name] for name in COLUMNS}


def _shown(row: RowMapping) -> ActivityRow:
    shown = of_row(row)
    return replace(shown, message=masked(shown.message))
