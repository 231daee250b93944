"""Webhooks that are to be sent, and the ledger of what became of each try.

A webhook is written in the transaction of the save that it tells of, so neither exists without the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import Any

from sandbox.magento.catalog.product import Product

LEASE_SECONDS = 30.0
"""How long a try may take before the webhook counts as left behind by a store that was killed."""


@dataclass(frozen=True)
class Webhook:
    """One body on its way to one address; `products` are {entity_id, sku, version} of whom it speaks."""

    id: str
    url: str
    event: str
    products: tuple[dict[str, Any], ...]
    body: bytes
    tries: int = 0


@dataclass(frozen=True)
class Attempt:
    """What one try came to. `outcome` is accepted (2xx), refused (any other answer) or unknown (none)."""

    status: int | None
    outcome: str
    answer: str
    at: str


def subjects(products: Sequence[Product]) -> tuple[dict[str, Any], ...]:
    """Of whom a webhook speaks, for the ledger."""
    return tuple({"entity_id": p.entity_id, "sku": p.sku, "version": p.version} for p in products)


def add(connection: Connection, webhook: Webhook, now: float) -> None:
    """To be sent at once, by whoever adds it; by a retry if that one is killed before."""
    products = json.dumps(webhook.products)
    connection.execute(
        "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, 'due', 0, ?)",
        (webhook.id, webhook.url, webhook.event, products, webhook.body, now + LEASE_SECONDS),
    )


def take_due(connection: Connection, now: float) -> Webhook | None:
    """The webhook that has been due longest, leased to the caller; None where none is due."""
    row = connection.execute(
        "SELECT * FROM webhooks WHERE state = 'due' AND due_at <= ? ORDER BY due_at LIMIT 1", (now,)
    ).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE webhooks SET due_at = ? WHERE id = ?", (now + LEASE_SECONDS, row["id"]))
    return _webhook(row)


def next_due_at(connection: Connection) -> float | None:
    """When the next webhook is due; None where none waits."""
    row = connection.execute("SELECT min(due_at) AS at FROM webhooks WHERE state = 'due'").fetchone()
    return None if row["at"] is None else float(row["at"])


def waiting(connection: Connection) -> int:
    """How many webhooks are neither accepted nor refused nor given up."""
    return int(connection.execute("SELECT count(*) FROM webhooks WHERE state = 'due'").fetchone()[0])


def note(connection: Connection, webhook: Webhook, attempt: Attempt, *, state: str, due_at: float) -> None:
    """One try more: a row in the ledger, and what is to be done next."""
    connection.execute(
        "INSERT INTO ledger (webhook_id, url, event, products, try, status, outcome, answer, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (webhook.id, webhook.url, webhook.event, json.dumps(webhook.products), webhook.tries + 1,
         attempt.status, attempt.outcome, attempt.answer, attempt.at),
    )  # fmt: skip
    connection.execute(
        "UPDATE webhooks SET state = ?, tries = tries + 1, due_at = ? WHERE id = ?",
        (state, due_at, webhook.id),
    )


def release(connection: Connection) -> None:
    """At the start: whatever a killed store had in its hands is due now."""
    connection.execute("UPDATE webhooks SET due_at = 0 WHERE state = 'due' AND tries = 0")


def named(connection: Connection, webhook_id: str) -> Webhook | None:
    """That webhook, whatever became of it."""
    row = connection.execute("SELECT * FROM webhooks WHERE id = ?", (webhook_id,)).fetchone()
    return None if row is None else _webhook(row)


def ledger(connection: Connection, after: int, limit: int) -> list[dict[str, Any]]:
    """Tries with a `seq` above `after`, oldest first; `sku` and `version` where it speaks of one product."""
    rows = connection.execute("SELECT * FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [_entry(row) for row in rows]


def _entry(row: Row) -> dict[str, Any]:
    products = json.loads(row["products"])
    one = products[0] if len(products) == 1 else {}
    return {**dict(row), "products": products, "sku": one.get("sku"), "version": one.get("version")}


def _webhook(row: Row) -> Webhook:
    products = tuple(json.loads(row["products"]))
    return Webhook(row["id"], row["url"], row["event"], products, row["body"], row["tries"])
