"""`python -m bench.console`: every page of the console on a large database and on a small one.

Large: 1,000,000 activity rows, 1,000,000 feed rows, 100,000 products. Small: 1,000, 1,000 and 100. Requests
alternate between the two, 20 for each page after a first one to warm up, from a client in this process.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from bench.shops import KEY, SHOP, SIGNATURES, open_shop, sku, stock
from console.app import create_app
from console.web.access import COOKIE
from console.web.context import ConsoleContext, Kafka
from records.accounts import users
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.log.tables import activity, dead_letters, feeds
from records.rules.load_rulebook import RulebookReader
from schemas.secret import Secret

TIMES, BATCH = 20, 20_000
LEFT_OUT = frozenset(
    {"static", "probes.livez", "probes.readyz", "sign_in.form", "sign_in.once", "listing_templates.edit"}
)
BY_KAFKA = ("topics.", "setup", "connecting.", "settings.")
"""Pages that ask Kafka, TikTok or our processes, whatever the size of the database."""
_REASONS = ("nothing_changed", "no_observed_attribute_changed", "observed_attribute_changed", "update_off")


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a database."""

    rows: int
    products: int


LARGE, SMALL = Size(1_000_000, 100_000), Size(1_000, 100)


def run() -> dict[str, float]:
    """Return the highest ratio of large to small, the size of the heaviest page in kB, and the time of each page."""
    with tempfile.TemporaryDirectory() as folder:
        large = _console(Path(folder) / "large.db", LARGE)
        small = _console(Path(folder) / "small.db", SMALL)
        pages = sorted(_pages(large.application))
        figures = {page: _in_turns(large, small, page) for page in pages}
        weights = {page: weight(large, page) for page in pages}
    worst = max(figures, key=lambda page: figures[page][0] / figures[page][1])
    heaviest = max(weights, key=lambda page: weights[page])
    for page in pages:
        slow, fast = figures[page]
        times = f"{slow * 1000:8.1f} {fast * 1000:8.1f} ms {slow / fast:6.2f} x"
        print(f"{page:<60} {times} {weights[page] / 1000:6.1f} kB", file=sys.stderr)
    print(f"worst {worst}, heaviest {heaviest}", file=sys.stderr)
    return {
        "large_over_small": figures[worst][0] / figures[worst][1],
        "heaviest_kilobytes": weights[heaviest] / 1000,
        "pages": len(pages),
        **{f"{page} large ms": figures[page][0] * 1000 for page in pages},
    }


def _console(path: Path, size: Size) -> FlaskClient:
    """Return an admin's client over a database of this size."""
    database = open_shop(path, "http://127.0.0.1:9")
    stock(database, size.products, due=False)
    for table, row in ((activity, _activity), (feeds, _feed)):
        for start in range(0, size.rows, BATCH):
            numbers = range(start, min(start + BATCH, size.rows))
            with database.write() as connection:
                connection.execute(insert(table), [row(number, size) for number in numbers])
    with database.write() as connection:
        connection.execute(insert(dead_letters), [_letter(number) for number in range(200)])
        now = datetime.now(UTC)
        token = users.open_session(
            connection, users.add(connection, "Ada", Role.ADMIN, None, now=now), now=now
        )
    client = create_app(_desk(database), Secret("a key of the bench alone, 32 signs")).test_client()
    client.set_cookie(COOKIE, token)
    return client


def _desk(database: Database) -> ConsoleContext:
    box = SecretBox(KEY)
    nowhere = Kafka({"bootstrap_servers": ["127.0.0.1:9"]}, "events", "events.dlq", "outcomes", "group")
    here = "http://127.0.0.1:9"
    return ConsoleContext(database, box, RulebookReader(box), nowhere, SIGNATURES, here, here)


def _pages(app: Flask) -> Iterator[str]:
    """Yield the address of every page to measure, with its filters."""
    for rule in app.url_map.iter_rules():
        looks = "GET" in (rule.methods or ()) and rule.endpoint not in LEFT_OUT
        if looks and not rule.arguments and not rule.endpoint.startswith(BY_KAFKA):
            yield rule.rule
    yield f"/products/find?sku={sku(42)}"
    yield "/products/42"
    yield "/products?state=refused"
    yield "/products/42/dry-run"
    yield "/listing-templates/edit?title=Shirts"
    yield "/policies/synchronization/edit?title=Default"
    yield "/policies/synchronization/history?title=Default"
    yield "/dead-letters/reason/unreadable_event"
    yield "/activity?event_id=evt-500"
    yield "/feed?request_id=req-500"
    yield "/activity?level=error"
    yield f"/activity?sku={sku(42)}"
    yield "/activity?reason=update_off"
    yield "/feed?failed=1"
    yield f"/feed?sku={sku(42)}"
    yield "/feed/500"


def _in_turns(large: FlaskClient, small: FlaskClient, page: str) -> tuple[float, float]:
    """Return the medians of the large and the small database, in seconds."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(TIMES + 1):
        for is_large, client in ((True, large), (False, small)):
            began = time.perf_counter()
            answer = client.get(page, follow_redirects=True)
            if turn:
                seconds[is_large].append(time.perf_counter() - began)
            if answer.status_code >= 400:
                raise RuntimeError(f"{page} answered {answer.status_code}")
    return statistics.median(seconds[True]), statistics.median(seconds[False])


def weight(client: FlaskClient, page: str) -> int:
    """Bytes of the page with all that it loads, as they go over the wire."""
    packed = {"Accept-Encoding": "gzip"}
    files = ("pico.min.css", "console.css", "htmx.min.js", "console.js", "mark.svg")
    page_bytes = len(client.get(page, headers=packed, follow_redirects=True).data)
    return page_bytes + sum(len(client.get(f"/static/{name}", headers=packed).data) for name in files)


def _activity(number: int, size: Size) -> dict[str, Any]:
    product = number % size.products + 1
    reason = _REASONS[number % len(_REASONS)]
    return {
        "at": datetime.now(UTC) - timedelta(seconds=size.rows - number),
        "shop": SHOP,
        "product_id": product,
        "sku": sku(product),
        "level": "error" if number % 19 == 0 else "info",
        "actor": "webhook",
        "kind": "decision",
        "action": "SYNC" if reason == "observed_attribute_changed" else "SKIP",
        "reason": reason,
        "message": f"Nothing was sent: {reason.replace('_', ' ')}.",
        "event_id": f"evt-{number}",
        "details": {"event": "saved", "template": "Shirts", "changes": []},
    }


def _feed(number: int, size: Size) -> dict[str, Any]:
    product = number % size.products + 1
    return {
        "at": datetime.now(UTC) - timedelta(seconds=size.rows - number),
        "shop": SHOP,
        "product_id": product,
        "sku": sku(product),
        "direction": "out" if number % 2 else "in",
        "operation": "update_price" if number % 2 else "saved",
        "event_id": f"evt-{number}",
        "http_status": 503 if number % 19 == 0 else 200 if number % 2 else 202,
        "failed": number % 19 == 0,
        "code": 0 if number % 2 else None,
        "request_id": f"req-{number}",
        "milliseconds": 120,
        "request": '{"skus": [{"id": "1", "price": {"amount": "29.00", "currency": "USD"}}]}',
        "response": '{"code": 0, "data": {}, "message": "Success"}',
    }


def _letter(number: int) -> dict[str, Any]:
    return {
        "shop": SHOP,
        "origin_topic": "magento.product.events",
        "origin_partition": 0,
        "origin_offset": number,
        "origin_timestamp": 1_795_000_000_000,
        "key": f"{SHOP}/{sku(number + 1)}".encode(),
        "value": b"{",
        "headers": [],
        "reason": "unreadable_event",
        "error_class": "UnreadableEvent",
        "error_message": "not JSON",
        "first_failed_at": datetime.now(UTC),
        "published_at": datetime.now(UTC),
    }


if __name__ == "__main__":
    print(json.dumps(run()))
