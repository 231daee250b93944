"""Counts are stored in the transaction that they count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from records.log import counters
from records.log.counters import HOUR, Counter, CounterKind
from tests.consumer.deliveries import Deliver, gone
from tests.consumer.engine import Engine, signed_again
from tests.consumer.seller_center import SellerCenter, eventually
from topics.event_consumer import Record

TIMES: Final = (CounterKind.DECIDED_WITHIN, CounterKind.APPLIED_WITHIN)


def counted(engine: Engine, shop: str = "demo") -> dict[Counter, int]:
    """Return the counts of the last hours, without the durations."""
    now = engine.clock()
    with engine.database.read() as connection:
        found = counters.totals(
            connection, [shop], step=HOUR, since=now - timedelta(hours=2), until=now + timedelta(hours=2)
        )
    return {counter: number for counter, number in found.items() if counter.kind not in TIMES}


def test_intake_counts_what_was_shown_and_what_was_decided(engine: Engine) -> None:
    first = engine.saved()
    engine.take(first, engine.saved("OTHER", price="31.00"))
    engine.take(first)
    assert counted(engine) == {
        Counter(CounterKind.EVENT, "webhook"): 3,
        Counter(CounterKind.DECISION, "upload", "new_product"): 2,
    }


def test_what_can_not_be_read_is_counted_under_no_shop(engine: Engine) -> None:
    nothing = Record("magento.product.events", 0, 7, 0, None, b"?", ())
    engine.take(signed_again(nothing))
    engine.take(replace(nothing, offset=8))
    assert counted(engine, "") == {
        Counter(CounterKind.DEAD_LETTER, "unreadable_event"): 1,
        Counter(CounterKind.DEAD_LETTER, "unsigned"): 1,
    }


def test_delivery_counts_its_calls_and_what_came_of_them(
    sold: Engine, tiktok: SellerCenter, deliver: Deliver
) -> None:
    sold.save()
    delivery = deliver()
    eventually(gone(sold))
    found = counted(sold)
    assert (found[Counter(CounterKind.CALL, "create")], found[Counter(CounterKind.OUTCOME, "accepted")]) == (
        1,
        1,
    )
    assert delivery.pacing()["demo"].paused_seconds == 0
