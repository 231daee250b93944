"""Counting: each batch as numbers by shop and counter."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from consumer.results.counters import bound, delivery_counts, intake_counts
from consumer.results.results import Lease, LeasedListing, Note, Outcome
from policies.decision import Action, Decision
from policies.product_context import ProductContext
from policies.reasons import Reason
from records.catalog.sync_queue_leases import PendingSync
from records.log.counters import Counter, CounterKind
from records.log.dead_letters import DeadLetter
from records.log.events import End
from schemas.listing import Listing, OutcomeKind
from schemas.product import Product
from schemas.product_event import EventKind, Origin, ProductEvent
from sync.decide_event import EventDecision
from tests.policies import examples
from tests.policies.examples import NOON
from tests.records.examples import SHOP
from tiktok.client.exchange import Exchange

SYNC = Decision(Action.SYNC, Reason.ATTRIBUTE_CHANGED)
SKIP = Decision(Action.SKIP, Reason.NOTHING_CHANGED)


def event(shop: str = "demo", origin: Origin = Origin.WEBHOOK, received_at: datetime = NOON) -> ProductEvent:
    return ProductEvent("e", shop, EventKind.SAVED, received_at, sku="S", origin=origin)


def decided(event: ProductEvent, decision: Decision) -> tuple[ProductEvent, EventDecision]:
    context = ProductContext(Product(event.shop, "S"), Listing(1, event.shop), None)
    return event, EventDecision(decision, context, None)


def letter(shop: str | None, reason: str) -> DeadLetter:
    return DeadLetter(shop, "t", 0, 1, 0, None, None, (), reason, "E", "m", NOON)


def exchange(operation: str = "price", http_status: int | None = 200, code: int | None = 0) -> Exchange:
    return Exchange(operation, NOON, 12, "1729", "{}", http_status, code, "", "r1", "{}")


def note(
    *exchanges: Exchange,
    outcome: OutcomeKind | None = None,
    end: End | None = None,
    dead: str | None = None,
) -> Note:
    """Return a note of a listing that has been due since noon."""
    pending = PendingSync(1, "demo", 1, False, 2, NOON, NOON, 0, "token", NOON, False)
    due = LeasedListing(
        Lease(pending, NOON), Product("demo", "S", id=1), Listing(1, "demo"), SHOP, examples.policy(), (), "e"
    )
    value = Outcome(outcome, "Words.") if outcome is not None else None
    return Note(due, due.listing, exchanges, outcome=value, end=end, dead=dead)


def test_a_batch_of_intake_is_counted_by_shop_origin_action_and_reason() -> None:
    first, second, swept = event(), event(), event("other", Origin.SWEEP)
    duplicate = event()
    counted = intake_counts(
        [(event, "its record") for event in (first, second, swept, duplicate)],
        [decided(first, SYNC), decided(second, SKIP), decided(swept, SKIP)],
        [letter("demo", "unreadable_event"), letter(None, "unknown_shop")],
        now=NOON + timedelta(seconds=0.7),
    )
    assert counted == {
        ("demo", Counter(CounterKind.EVENT, "webhook")): 3,
        ("other", Counter(CounterKind.EVENT, "sweep")): 1,
        ("demo", Counter(CounterKind.DECISION, "sync", "attribute_changed")): 1,
        ("demo", Counter(CounterKind.DECISION, "skip", "nothing_changed")): 1,
        ("other", Counter(CounterKind.DECISION, "skip", "nothing_changed")): 1,
        ("demo", Counter(CounterKind.DECIDED_WITHIN, "1")): 2,
        ("other", Counter(CounterKind.DECIDED_WITHIN, "1")): 1,
        ("demo", Counter(CounterKind.DEAD_LETTER, "unreadable_event")): 1,
        ("", Counter(CounterKind.DEAD_LETTER, "unknown_shop")): 1,
    }


def test_a_delivery_is_counted_with_its_calls_its_outcome_and_how_long_it_took() -> None:
    notes = [
        note(exchange("create"), exchange("price"), outcome=OutcomeKind.ACCEPTED, end=End.APPLIED),
        note(exchange("price", code=12052901), outcome=OutcomeKind.REJECTED, end=End.REJECTED),
    ]
    assert delivery_counts(notes, [True, True], now=NOON + timedelta(seconds=4)) == {
        ("demo", Counter(CounterKind.CALL, "create")): 1,
        ("demo", Counter(CounterKind.CALL, "price")): 2,
        ("demo", Counter(CounterKind.CALL_REFUSED, "price")): 1,
        ("demo", Counter(CounterKind.OUTCOME, "accepted")): 1,
        ("demo", Counter(CounterKind.OUTCOME, "rejected")): 1,
        ("demo", Counter(CounterKind.APPLIED_WITHIN, "5")): 1,
    }


def test_a_call_is_counted_even_where_its_lease_was_lost_and_nothing_else_is() -> None:
    lost = note(exchange(), outcome=OutcomeKind.ACCEPTED, end=End.APPLIED)
    assert delivery_counts([lost], [False], now=NOON) == {("demo", Counter(CounterKind.CALL, "price")): 1}


def test_a_listing_that_is_given_up_is_a_dead_letter() -> None:
    assert delivery_counts([note(dead="exhausted")], [True], now=NOON) == {
        ("demo", Counter(CounterKind.DEAD_LETTER, "exhausted")): 1
    }


@pytest.mark.parametrize(
    ("http_status", "code", "also"),
    [
        (200, 0, []),
        (200, None, []),
        (200, 12052048, [Counter(CounterKind.CALL_REFUSED, "price")]),
        (400, 12052048, [Counter(CounterKind.CALL_REFUSED, "price")]),
        (401, 105002, [Counter(CounterKind.CALL_REFUSED, "price")]),
        (500, None, [Counter(CounterKind.CALL_FAILED, "price")]),
        (None, None, [Counter(CounterKind.CALL_FAILED, "price")]),
        (429, 36009002, [Counter(CounterKind.CALL_THROTTLED, "price")]),
    ],
)
def test_a_call_is_refused_fails_or_is_one_too_many(
    http_status: int | None, code: int | None, also: list[Counter]
) -> None:
    counted = delivery_counts([note(exchange("price", http_status, code))], [True], now=NOON)
    assert sorted(counter for _, counter in counted) == sorted([Counter(CounterKind.CALL, "price"), *also])


@pytest.mark.parametrize(
    ("seconds", "within"),
    [(-3, "0.1"), (0, "0.1"), (0.1, "0.1"), (0.11, "0.25"), (60, "60"), (3600, "3600"), (3601, "more")],
)
def test_a_length_of_time_is_the_bound_that_it_does_not_pass(seconds: float, within: str) -> None:
    assert bound(timedelta(seconds=seconds)) == within
