"""Looking again: what was stored governs at once, and a job makes the listings due for which it means something else.

The job's row is written in the transaction that stores the change, so that neither is there without the other; whoever
works on it, and however often that is killed, it is walked to its end. It knows what governed before by the numbers of
the versions. What governs after is what governs when a listing is looked at: where that has changed again, another job
stands behind this one.

The walk reads a batch, then marks it in a short transaction together with how far it has come. Before intake applies
an event to a product that the walk has not reached, it calls `affected_before_events`: so a listing is always judged
as it was when the change was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from policies.rulebook import Rulebook, Rulebooks
from records.catalog import listings, sync_queue
from records.db.database import Database
from records.db.statements import chunks
from records.jobs import jobs
from records.jobs.jobs import Job
from records.log import events
from records.rules.load_rulebook import RulebookReader
from records.rules.rule_history import InForce
from sync.affected_listings import Change, affected_among
from sync.rules_before_after import rules_before, rules_between, shop_snapshot

KIND: Final = "look_again"
LANE: Final = 2
"""Of a listing that a changed policy or template makes due: behind take-downs, stock and prices."""


def ask(
    connection: Connection,
    change: Change,
    before: InForce,
    *,
    author: str,
    now: datetime,
    claimed: bool = False,
) -> int | None:
    """The job's id, in the transaction that stores the change; None where it touches no shop.

    `before` is what was in force when this transaction began.
    """
    if not (touched := change.shops):
        return None
    document = {
        "before": before,
        "shops": {key: shop_snapshot(rules.shop) for key, (rules, _) in touched.items()},
        "seq": events.last_seq(connection),
    }
    return jobs.ask(connection, KIND, document, author=author, now=now, claimed=claimed)


@dataclass(slots=True)
class _Walk:
    """How far a job has come: the last listing that was looked at, how many those were, and how many became due."""

    after: int = 0
    walked: int = 0
    due: int = 0

    @property
    def told(self) -> dict[str, int]:
        return {"after": self.after, "walked": self.walked, "due": self.due}


def walk(
    database: Database,
    rulebooks: RulebookReader,
    job: Job,
    *,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda _walked, _due: None,
    going_on: Callable[[], bool] = lambda: True,
) -> Mapping[str, int] | None:
    """Work on a job that is ours, from where it stands; what came of it (`walked`, `due`), for `jobs.finish`.

    None where `going_on` ended it before: the next who claims it goes on from there.
    """
    so_far = _Walk(**(job.result or {}))
    with database.read() as connection:
        total, then = (
            listings.count_of_shops(connection, job.document["shops"]),
            rules_before(connection, job),
        )
    while going_on():
        if not _batch(database, rulebooks, job, then, so_far, total, clock):
            _decided_meanwhile(database, rulebooks, job, then, so_far, clock)
            return so_far.told
        progress(so_far.walked, so_far.due)
    return None


def _batch(
    database: Database,
    rulebooks: RulebookReader,
    job: Job,
    then: Rulebooks | None,
    so_far: _Walk,
    total: int,
    clock: Callable[[], datetime],
) -> bool:
    """The next listings; False where there is none, or where what governs now is what governed then."""
    now = clock()
    with database.read() as connection:
        rules = rules_between(then, rulebooks.read(connection), job)
        if rules == {}:
            return False
        ids = listings.of_shops(connection, job.document["shops"], after=so_far.after)
        found = _touched(connection, rules, ids, now)
        in_hand = sync_queue.leased(connection, ids, now=now)
    if not ids:
        return False
    with database.write() as connection:
        # Whoever works on a listing may have planned by the old rules: it is judged as late as can be, and one that is
        # just coming to be on TikTok is looked at again in any case.
        in_hand |= sync_queue.leased(connection, ids, now=now)
        stored = listings.load(connection, in_hand)
        unlisted = [one for one, listing in stored.items() if not listing.listed]
        due = {*found, *_touched(connection, rules, in_hand, now), *unlisted}
        so_far.due += sync_queue.enqueue_listings(connection, sorted(due), lane=LANE, now=now)
        so_far.after, so_far.walked = ids[-1], so_far.walked + len(ids)
        done, result = so_far.walked, so_far.told
        jobs.progress(connection, job.id, done=done, failed=0, total=max(total, done), now=now, result=result)
    return True


def _decided_meanwhile(
    database: Database,
    rulebooks: RulebookReader,
    job: Job,
    then: Rulebooks | None,
    so_far: _Walk,
    clock: Callable[[], datetime],
) -> None:
    """On PostgreSQL a transaction of intake that read the old rules may have ended after the change was stored."""
    if database.is_sqlite:
        return
    with database.read() as connection:
        moved = sorted(events.products_since(connection, job.document["seq"]))
    for ids in chunks(moved):
        now = clock()
        with database.write() as connection:
            due = _touched(connection, rules_between(then, rulebooks.read(connection), job), ids, now)
            so_far.due += sync_queue.enqueue_listings(connection, sorted(due), lane=LANE, now=now)


def affected_before_events(
    connection: Connection, rulebooks: Rulebooks, product_ids: Collection[int], now: datetime
) -> list[int]:
    """Of these products, which events are about to change: those that an unfinished job would make due, as they are."""
    found: set[int] = set()
    for job in jobs.unfinished(connection, KIND):
        ahead = [one for one in product_ids if one > (job.result or {}).get("after", 0)]
        if ahead:
            found |= _touched(
                connection, rules_between(rules_before(connection, job), rulebooks, job), ahead, now
            )
    return sorted(found)


def _touched(
    connection: Connection,
    rules: Mapping[str, tuple[Rulebook, Rulebook]] | None,
    ids: Collection[int],
    now: datetime,
) -> set[int]:
    """Those that become due: where what governed before can't be read any more, all of them."""
    return set(ids) if rules is None else set(affected_among(connection, rules, ids, now))
