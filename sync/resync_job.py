"""Resync jobs: after the rules have changed, make the listings due that the change affects.

New rules apply at once. The job's row is written in the transaction that stores the change, so that neither exists
without the other, and the walk is finished however often its worker is killed. The job has the version numbers of the
rules before the change. The rules after it are those in force when a listing is checked: if they have changed again
by then, that change has a job of its own.

The walk reads a batch, then marks it in a short transaction together with how far it has come. Before intake applies
an event to a product that the walk has not reached, it calls `affected_before_events`: so a listing is always judged
as it was when the change was stored.

What becomes due here is stored as intake stores what an event makes due: with the template that Product Assign gives
it, with its baseline, and with the mark of a product that is not eligible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from policies.assign import assigned_by_rules
from policies.case import Case
from policies.product_context import ProductContext
from policies.reasons import INELIGIBLE, Reason
from policies.rulebook import Rulebook, Rulebooks
from policies.standing import LeftAlone, Live, TakenDown, standing
from records.catalog import baselines, listings, product_contexts, products, sync_queue
from records.db.database import Database
from records.db.statements import chunks
from records.jobs import jobs
from records.jobs.jobs import Job
from records.log import events
from records.rules.load_rulebook import RulebookReader
from records.rules.rule_history import InForce
from sync.affected_listings import Found, RuleChange, affected_among
from sync.decide_event import Lane
from sync.rules_before_after import rules_before, rules_between, shop_snapshot

KIND: Final = "look_again"


def request(
    connection: Connection,
    change: RuleChange,
    before: InForce,
    *,
    author: str,
    now: datetime,
    claimed: bool = False,
) -> int | None:
    """Request a resync job in the transaction that stores the change. Return its id, None where no shop is affected.

    `before` has the versions that were in force when this transaction began. `claimed` is true if the caller itself
    works on the job.
    """
    if not (shops := change.shops):
        return None
    document = {
        "before": before,
        "shops": {key: shop_snapshot(rules.shop) for key, (rules, _) in shops.items()},
        "seq": events.last_seq(connection),
    }
    return jobs.ask(connection, KIND, document, author=author, now=now, claimed=claimed)


@dataclass(slots=True)
class _Walk:
    """How far a job has come: the last product id, and how many listings were checked and became due."""

    after: int = 0
    walked: int = 0
    due: int = 0

    @property
    def result(self) -> dict[str, int]:
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
    """Work on a claimed job, from where it was left. Return its result (`walked`, `due`) for `jobs.finish`.

    Return None where `going_on` returned False before the end: the next worker that claims the job continues there.
    `progress` is called after each batch with the numbers of listings checked and made due so far.
    """
    so_far = _Walk(**(job.result or {}))
    with database.read() as connection:
        total, before = (
            listings.count_of_shops(connection, job.document["shops"]),
            rules_before(connection, job),
        )
    while going_on():
        if not _walk_batch(database, rulebooks, job, before, so_far, total, clock):
            _walk_decided_meanwhile(database, rulebooks, job, before, so_far, clock)
            return so_far.result
        progress(so_far.walked, so_far.due)
    return None


def _walk_batch(
    database: Database,
    rulebooks: RulebookReader,
    job: Job,
    before: Rulebooks | None,
    so_far: _Walk,
    total: int,
    clock: Callable[[], datetime],
) -> bool:
    """Look at the next batch. Return False where no listing is left, or where the rules are those of before again."""
    now = clock()
    with database.read() as connection:
        after = rulebooks.read(connection)
        rules = rules_between(before, after, job)
        if rules == {}:
            return False
        ids = listings.of_shops(connection, job.document["shops"], after=so_far.after)
        found = _affected(connection, rules, ids, now)
        in_progress = sync_queue.leased(connection, ids, now=now)
    if not ids:
        return False
    with database.write() as connection:
        # A worker that has leased a listing may have planned its calls by the old rules. So leased listings are judged
        # once more in the transaction that marks them, and those being uploaded are made due in any case.
        in_progress |= sync_queue.leased(connection, ids, now=now)
        products.lock(connection, {*found.due, *found.reassigned, *in_progress})
        stored = listings.load(connection, in_progress)
        unlisted = [product_id for product_id, listing in stored.items() if not listing.listed]
        again = _affected(connection, rules, in_progress, now)
        _reassign(connection, after, found.reassigned)
        so_far.due += make_due(connection, after, {*found.due, *again.due, *unlisted}, now)
        so_far.after, so_far.walked = ids[-1], so_far.walked + len(ids)
        done, result = so_far.walked, so_far.result
        jobs.progress(connection, job.id, done=done, failed=0, total=max(total, done), now=now, result=result)
    return True


def _walk_decided_meanwhile(
    database: Database,
    rulebooks: RulebookReader,
    job: Job,
    before: Rulebooks | None,
    so_far: _Walk,
    clock: Callable[[], datetime],
) -> None:
    """Look at the products decided while the change was stored.

    On PostgreSQL a transaction of intake that read the old rules may have ended after the change was stored, and after
    the walk passed its products. SQLite has one writer at a time.
    """
    if database.is_sqlite:
        return
    with database.read() as connection:
        decided = sorted(events.products_since(connection, job.document["seq"]))
    for ids in chunks(decided):
        now = clock()
        with database.write() as connection:
            after = rulebooks.read(connection)
            products.lock(connection, ids)
            found = _affected(connection, rules_between(before, after, job), ids, now)
            _reassign(connection, after, found.reassigned)
            so_far.due += make_due(connection, after, found.due, now)


def make_due(
    connection: Connection, rulebooks: Rulebooks, product_ids: Collection[int], now: datetime
) -> int:
    """Make these listings due that changed rules affect. Return how many there are.

    The caller has locked the products, in the order of their ids.
    """
    contexts = _of_shops(rulebooks, product_contexts.load(connection, product_ids))
    moved, off_sale = {}, set()
    for product_id, context in contexts.items():
        rulebook = rulebooks.of(context.product.shop)
        stands = standing(context, rulebook)
        if not isinstance(stands, LeftAlone):
            moved[product_id] = Case.of(context, rulebook, now).current
        if isinstance(stands, TakenDown):
            off_sale.add(product_id)
        _mark_ineligible(connection, context, None if isinstance(stands, Live) else stands.reason, now)
    baselines.save(connection, moved)
    lanes = {Lane.REDUCED: off_sale, Lane.CONTENT: contexts.keys() - off_sale}
    return sum(
        sync_queue.enqueue_listings(connection, sorted(ids), lane=lane, now=now)
        for lane, ids in lanes.items()
    )


def _of_shops(rulebooks: Rulebooks, contexts: Mapping[int, ProductContext]) -> Mapping[int, ProductContext]:
    """Leave out the products of shops that were removed since the change."""
    return {
        product_id: context
        for product_id, context in contexts.items()
        if context.product.shop in rulebooks.shops
    }


def _mark_ineligible(
    connection: Connection, context: ProductContext, reason: Reason | None, now: datetime
) -> None:
    """Mark a listed product that is not eligible, so that row 11 notices when it is again."""
    if reason in INELIGIBLE and context.listing.listed and context.listing.ineligible_since is None:
        listings.mark_ineligible(connection, context.product.id, reason, now)


def _reassign(connection: Connection, rulebooks: Rulebooks, product_ids: Collection[int]) -> None:
    """Give these products the templates that Product Assign chooses for them as they are now."""
    contexts = _of_shops(rulebooks, product_contexts.load(connection, product_ids))
    listings.save_decided(
        connection,
        [
            assigned_by_rules(context.product, context.listing, rulebooks.of(context.product.shop))
            for _, context in sorted(contexts.items())
        ],
    )


def affected_before_events(
    connection: Connection, rulebooks: Rulebooks, product_ids: Collection[int], now: datetime
) -> list[int]:
    """Return those of these products that an unfinished job would make due as they are now.

    Intake calls this before it applies events to the products: afterwards the job could no longer tell.
    """
    found: set[int] = set()
    for job in jobs.unfinished(connection, KIND):
        ahead = [product_id for product_id in product_ids if product_id > (job.result or {}).get("after", 0)]
        if ahead:
            between = rules_between(rules_before(connection, job), rulebooks, job)
            found.update(_affected(connection, between, ahead, now).due)
    return sorted(found)


def _affected(
    connection: Connection,
    rules: Mapping[str, tuple[Rulebook, Rulebook]] | None,
    ids: Collection[int],
    now: datetime,
) -> Found:
    """Return the affected products; all of them become due where the rules before can't be read any more."""
    return Found(sorted(ids)) if rules is None else affected_among(connection, rules, ids, now)
