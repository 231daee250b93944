"""The overview page, from the database alone: no network call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.overview import figures
from console.overview.figures import WINDOWS, Totals
from console.web import current_shop
from console.web.consumer_status import beating
from console.web.context import console_context
from records.catalog import products_exist
from records.log import counters, heartbeats, open_dead_letters
from records.log.counters import HOUR, MINUTE, CounterKind
from records.rules import shops
from records.rules.shops import NOT_CONNECTED_YET

pages = Blueprint("overview", __name__)

MOST_LETTERS: Final = 1_000
"""Dead letters are counted up to this number."""


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show the overview of the page's shop; redirect to the set-up while there is no shop."""
    word = request.args.get("window", "1h")
    if word not in WINDOWS:
        abort(404, f"Unknown period {word!r}. Choose one of: {', '.join(WINDOWS)}.")
    shop = current_shop.chosen_shop()
    if shop is None:
        return render_template("overview/first.html")
    return render_template("overview/index.html", **_figures(shop, word))


def _figures(shop: str, word: str) -> dict[str, object]:
    now, zone = console_context().clock(), console_context().zone
    over, midnight = figures.window(word, now), figures.midnight(now, zone)
    with console_context().database.read() as connection:
        tallied = counters.series(
            connection, [shop, ""], step=WINDOWS[word][1], since=over.since, until=over.until
        )
        recent = _totals(connection, shop, MINUTE, now - figures.RECENT, now)
        today = _totals(connection, shop, HOUR if midnight.minute == 0 else MINUTE, midnight, now)
        beats = heartbeats.load_all(connection)
        stopped = shops.stopped(connection)
        letters = open_dead_letters.count(connection, MOST_LETTERS + 1)
        is_new = not products_exist.exist(connection, shop)
    numbers = figures.numbers(tallied, over)
    seen = beating(beats, now)
    policy = current_shop.rulebooks().policy_of(shop).policy
    return {
        "word": word,
        "windows": {key: words for key, (words, *_) in WINDOWS.items()},
        "now": now,
        "since": f"{midnight:%Y-%m-%d}",
        "is_new": is_new,
        "policy": policy,
        "seen": seen,
        "of_shop": seen.shop(shop),
        "stopped": {key: item for key, item in stopped.items() if item[0] != NOT_CONNECTED_YET},
        "unconnected": sorted(key for key, (why, _) in stopped.items() if why == NOT_CONNECTED_YET),
        "letters": letters,
        "most_letters": MOST_LETTERS,
        "today": today,
        "webhooks": figures.a_minute(recent.webhooks, now),
        "decided": {
            action: figures.a_minute(recent.of(CounterKind.DECISION, action), now)
            for action in ("upload", "sync", "take_down", "skip")
        },
        "span": Totals({counter: sum(steps) for counter, steps in numbers.items()}),
        "charts": [
            figures.decisions(numbers, over, zone),
            figures.calls(numbers, over, zone),
            figures.waiting(numbers, over, zone),
        ],
        "reasons": figures.reasons(numbers),
    }


def _totals(connection: Connection, shop: str, step: int, since: datetime, now: datetime) -> Totals:
    until = now + timedelta(seconds=1)
    return Totals(counters.totals(connection, [shop], step=step, since=since, until=until))
