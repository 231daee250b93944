"""The outbox of webhooks, and the ledger of delivery attempts.

A webhook is written in the transaction of its save, so neither exists without the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import TypedDict

from sandbox.magento.catalog.product import Product

LEASE_SECONDS = 30.0
"""How long an attempt may take before the webhook counts as left behind by a killed store."""


class ProductReference(TypedDict):
    """A product in a webhook, in the version that the webhook reports."""

    entity_id: int
    sku: str
    version: int


LedgerEntry = TypedDict(
    "LedgerEntry",
    {
        "seq": int,
        "webhook_id": str,
        "url": str,
        "event": str,
        "products": list[ProductReference],
        "try": int,
        "status": int | None,
        "outcome": str,
        "answer": str,
        "at": str,
        "sku": str | None,
        "version": int | None,
    },
)
"""A delivery attempt; `sku` and `version` are None for a webhook with several products."""


@dataclass(frozen=True)
class Webhook:
    """One body for one address, with the products in it."""

    id: str
    url: str
    event: str
    products: tuple[ProductReference, ...]
    body: bytes
    tries: int = 0


@dataclass(frozen=True)
class Attempt:
    """The result of one attempt. `outcome` is accepted (2xx), refused (any other response) or unknown (no response)."""

    status: int | None
    outcome: str
    answer: str
    at: str


def product_references(products: Sequence[Product]) -> tuple[ProductReference, ...]:
    """Return the entity id, SKU and version of each product, for the ledger."""
    return tuple(
        {"entity_id": product.entity_id, "sku": product.sku, "version": product.version}
        for product in products
    )


def add(connection: Connection, webhook: Webhook, now: float) -> None:
    """Add a webhook that the caller sends at once; a retry sends it if the caller is killed first."""
    products = json.dumps(webhook.products)
    connection.execute(
        "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, 'due', 0, ?)",
        (webhook.id, webhook.url, webhook.event, products, webhook.body, now + LEASE_SECONDS),
    )


def lease_due(connection: Connection, now: float) -> Webhook | None:
    """Lease the webhook that has been due longest; None if none is due."""
    row = connection.execute(
        "SELECT * FROM webhooks WHERE state = 'due' AND due_at <= ? ORDER BY due_at LIMIT 1", (now,)
    ).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE webhooks SET due_at = ? WHERE id = ?", (now + LEASE_SECONDS, row["id"]))
    return _webhook(row)


def next_due_at(connection: Connection) -> float | None:
    """Return when the next webhook is due; None if the outbox is empty."""
    row = connection.execute("SELECT min(due_at) AS at FROM webhooks WHERE state = 'due'").fetchone()
    return None if row["at"] is None else float(row["at"])


def count_waiting(connection: Connection) -> int:
    """Return how many webhooks are neither accepted nor refused nor given up."""
    return int(connection.execute("SELECT count(*) FROM webhooks WHERE state = 'due'").fetchone()[0])


def record_attempt(
    connection: Connection, webhook: Webhook, attempt: Attempt, *, state: str, due_at: float
) -> None:
    """Add an attempt to the ledger and set the webhook's next state."""
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
    """At the start, make the webhooks due that a killed store had not tried yet."""
    connection.execute("UPDATE webhooks SET due_at = 0 WHERE state = 'due' AND tries = 0")


def find(connection: Connection, webhook_id: str) -> Webhook | None:
    """Return the webhook with this id in any state; None if there is none."""
    row = connection.execute("SELECT * FROM webhooks WHERE id = ?", (webhook_id,)).fetchone()
    return None if row is None else _webhook(row)


def ledger(connection: Connection, after: int, limit: int) -> list[LedgerEntry]:
    """Return the attempts with a `seq` above `after`, oldest first."""
    rows = connection.execute("SELECT * FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [_entry(row) for row in rows]


def _entry(row: Row) -> LedgerEntry:
    products: list[ProductReference] = json.loads(row["products"])
    single = products[0] if len(products) == 1 else None
    return {
        "seq": row["seq"],
        "webhook_id": row["webhook_id"],
        "url": row["url"],
        "event": row["event"],
        "products": products,
        "try": row["try"],
        "status": row["status"],
        "outcome": row["outcome"],
        "answer": row["answer"],
        "at": row["at"],
        "sku": single and single["sku"],
        "version": single and single["version"],
    }


def _webhook(row: Row) -> Webhook:
    products = tuple(json.loads(row["products"]))
    return Webhook(row["id"], row["url"], row["event"], products, row["body"], row["tries"])
