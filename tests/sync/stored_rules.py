"""Changes of the rules as a person stores them, and the resync job that each is stored with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from records.catalog.tables import pending_syncs as pending_table
from records.jobs import jobs
from records.jobs.jobs import Job, JobState
from records.rules import policies, rule_history, template_policies, templates
from records.rules.load_rulebook import RulebookReader
from schemas.inventory_policy import InventoryPolicy
from schemas.pricing_policy import PricingPolicy
from schemas.template_policies import KINDS
from sync import resync_job
from sync.affected_listings import RuleChange
from sync.resync_job import walk
from tests.consumer.engine import TEMPLATE, Engine
from tests.policies import examples
from tests.records.examples import BOX

PRICING = next(kind for kind in KINDS if kind.listed == "pricing_policies")
Store = Callable[[Connection], object]


def stored(engine: Engine, store: Store) -> Job | None:
    """Store a change as a person does. Return the job that is stored with it."""
    now = engine.clock()
    with engine.database.write() as connection:
        before, then = RulebookReader(BOX).read(connection), rule_history.in_force(connection)
        store(connection)
        change = RuleChange(before, RulebookReader(BOX).read(connection))
        job = resync_job.request(connection, change, then, author="Ada", now=now)
        return None if job is None else jobs.get(connection, job)


def policy(**switches: Any) -> Store:
    """Return a function that stores another version of the policy."""
    edited = examples.policy(title="Default", **switches)
    return lambda connection: policies.save(connection, edited, now=examples.NOON, author="Ada")


def template(**fields: Any) -> Store:
    edited = replace(TEMPLATE, **fields)
    return lambda connection: templates.save(connection, edited, now=examples.NOON, author="Ada")


def prices(**fields: Any) -> Store:
    edited = PricingPolicy("Prices", **fields)
    return lambda connection: template_policies.save(
        connection, PRICING, edited, now=examples.NOON, author="Ada"
    )


def work(engine: Engine, job: Job | None, **how: Any) -> Any:
    assert job is not None
    with engine.database.read() as connection:
        as_it_stands = jobs.get(connection, job.id)
    assert as_it_stands is not None
    return walk(engine.database, RulebookReader(BOX), as_it_stands, clock=engine.clock, **how)


def due(engine: Engine) -> dict[int, int]:
    """Return the request numbers of the listings in the queue, by product id."""
    with engine.database.read() as connection:
        rows = connection.execute(select(pending_table.c.product_id, pending_table.c.wish))
        return {row.product_id: row.wish for row in rows}


def edited(engine: Engine, store: Store) -> int:
    """Store a change as a person does, and finish its job. Return how many listings became due."""
    if (job := stored(engine, store)) is None:
        return 0
    result = work(engine, job)
    with engine.database.write() as connection:
        jobs.finish(connection, job.id, JobState.DONE, result, now=engine.clock())
    return int(result["due"])


def stocks(**fields: Any) -> Store:
    kind = next(kind for kind in KINDS if kind.listed == "inventory_policies")
    edited = InventoryPolicy("Stock", **fields)
    return lambda connection: template_policies.save(
        connection, kind, edited, now=examples.NOON, author="Ada"
    )
