"""Saves of listed, new and old products, published to the topic directly."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import KafkaProducer

from schemas.event_signature import EventSignatures
from schemas.product_event import EventKind, ProductEvent, to_record
from tests.policies.examples import SHIRT

LISTED, OLD, NEW = range(1, 401), range(401, 451), range(451, 501)
"""The numbers of products that are on TikTok, that are not to be uploaded, and that are created later."""
_SAVES = ("color", "color", "size", "size", "size", "quantity", "price", "nothing", "status", "visibility")


def sku(number: int) -> str:
    return f"S-{number}"


def saves(count: int, seed: int = 7) -> Iterator[ProductEvent]:
    """Yield saves of the products in turn, each of one attribute; some have the previous values."""
    draw = random.Random(seed)
    began = datetime.now(UTC) - timedelta(minutes=30)
    everything = [*LISTED, *OLD, *NEW]
    states: dict[int, dict[str, Any]] = {}
    for place in range(count):
        number = everything[place % len(everything)]
        before = states.get(number)
        state = dict(before or {**SHIRT, "description": "<p>Linen.</p>", "stock_status": "1"})
        what = draw.choice(_SAVES)
        if what in ("status", "visibility"):
            state[what] = (
                {"1": "2", "2": "1", "4": "1"}[state[what]] if what == "status" else draw.choice("14")
            )
        elif what == "quantity":
            state[what] = draw.randint(0, 30)
        elif what != "nothing":
            state[what] = f"{draw.randint(1, 60)}.00" if what == "price" else draw.choice("abcdefgh")
        first_of_new = number in NEW and before is None
        at = began + timedelta(milliseconds=100 * place)
        states[number] = state
        yield ProductEvent(
            id=f"save-{place}",
            shop="demo",
            kind=EventKind.SAVED,
            received_at=at,
            updated_at=at,
            entity_id=str(number),
            sku=sku(number),
            attributes=state,
            original={code: (before or SHIRT).get(code) for code in (what,) if code in state}
            if number % 3 == 0 and before
            else None,
            is_new=first_of_new if number not in LISTED else None,
        )


def fire(
    bootstrap_servers: str, topic: str, events: Iterator[ProductEvent], signatures: EventSignatures
) -> None:
    """Publish the events, the first ten twice, and one foreign record."""
    producer = KafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", linger_ms=20)
    for place, event in enumerate(events):
        key, value, headers = to_record(event, signatures)
        for _ in range(2 if place < 10 else 1):
            producer.send(topic, key=key, value=value, headers=headers)
    producer.send(topic, key=b"demo/X", value=b"{not json")
    producer.flush(timeout=60)
    producer.close()
