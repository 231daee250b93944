"""What a policy would have done with the saves of the last days in Kafka, compared with today's policy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from console.web.context import ConsoleContext
from operations.rules.simulate import Comparison, compare, drafted, simulation
from policies.decision import Action
from policies.rulebook import Rulebooks
from schemas.apply_file import Declaration
from schemas.synchronization_policy import SynchronizationPolicy
from sync.simulation import Tally
from topics.errors import Refused, reaching_kafka
from topics.reader import brokers
from topics.replay_reader import RecordedEvents

SPAN: Final = timedelta(days=7)
MOST_RECORDS: Final = 20_000
MOST_SECONDS: Final = 4.0
MOST_POLLED: Final = 500
"""Records between two checks of the time limit."""
_REACH_MS: Final = 2_000
_SYNCED: Final = frozenset({Action.UPLOAD, Action.SYNC, Action.TAKE_DOWN})


@dataclass(frozen=True, slots=True)
class Replay:
    """How many of the `saves` the policy would have synced, and how many today's policy syncs.

    `of_records` is the number of recorded events; unless `whole`, only those up to `until` were read.
    """

    saves: int
    synced: int
    today: int
    shops: tuple[str, ...]
    whole: bool
    of_records: int
    until: datetime | None


def replay(
    context: ConsoleContext,
    rulebooks: Rulebooks,
    policy: SynchronizationPolicy,
    shop: str | None,
    clock: Callable[[], float] = time.monotonic,
) -> Replay:
    """Decide the recorded events under both policies, up to a limit of records and time. Raises `Refused`."""
    if shop is None:
        raise Refused("There is no shop yet, so nothing was saved.")
    since = context.clock() - SPAN
    draft = drafted(rulebooks, Declaration(synchronization_policies=(policy,)), shop, since)
    keys = [key for key, shop in draft.shops.items() if shop.synchronization_policy == policy.title]
    before, after = (simulation(rules, context.read_delay, since) for rules in (rulebooks, draft))
    comparison = Comparison(before, after, frozenset(keys), context.signatures)
    deadline = clock() + MOST_SECONDS
    bounds = {"bootstrap_timeout_ms": _REACH_MS, "max_poll_records": MOST_POLLED}
    connection = {**bounds, **context.kafka.connection}
    looked_at = 0

    def has_time_left(read: int, _: int) -> bool:
        nonlocal looked_at
        looked_at = read
        return read < MOST_RECORDS and clock() < deadline

    with reaching_kafka(brokers(connection)):
        topic = RecordedEvents(context.kafka.events_topic, since=since, connection=connection)
        try:
            compare(topic, context.database, comparison, has_time_left)
            total = topic.total
        finally:
            topic.close()
    marks = (product.context.product.marks.values() for product in comparison.before.products)
    return Replay(
        saves=comparison.events,
        synced=_synced(comparison.after.tally),
        today=_synced(comparison.before.tally),
        shops=tuple(sorted(keys)),
        whole=looked_at >= total,
        of_records=total,
        until=max((mark.received_at for of_product in marks for mark in of_product), default=None),
    )


def _synced(tally: Tally) -> int:
    return sum(number for (action, _), number in tally.decisions.items() if action in _SYNCED)
