"""Resync jobs: a stored change makes the affected listings due, whatever is killed or happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import Connection, update

from consumer.resync_worker import HEAD_START, ResyncWorker
from records.catalog import listings, sync_queue_leases
from records.db.database import Database
from records.jobs import jobs
from records.jobs.jobs import DEAD, Job, JobState
from records.rules import policies, shops
from records.rules.load_rulebook import RulebookReader
from records.rules.tables import versions
from schemas.listing import LastSent, Money
from schemas.query_condition import Group
from schemas.synchronization_policy import WhenLeaving
from sync import resync_job
from sync.decide_event import Lane
from sync.resync_job import affected_before_events
from tests.consumer.engine import SKU, Engine
from tests.policies import examples
from tests.policies.examples import is_
from tests.records.examples import BOX, SHOP
from tests.sync.stored_rules import due, policy, prices, stored, template, work


def many_hidden(engine: Engine, number: int) -> list[int]:
    """Store so many listed products that are skipped while the policy does not sync Not Visible Individually."""
    engine.take(*(engine.saved(f"S-{index}", visibility="1") for index in range(number)))
    return [engine.product(f"S-{index}").id for index in range(number)]


SHOWN = policy(sync_not_visible_individually=True)


@contextmanager
def batches_of(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(listings, "CHUNK", number)
        yield


# One transaction


def test_the_version_and_the_job_are_stored_together(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("the last step")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(jobs, "ask", broken)
        stored(engine, SHOWN)
    with engine.database.read() as connection:
        assert not policies.load_all(connection)["Default"].policy.sync_not_visible_individually
    job = stored(engine, SHOWN)
    assert job is not None and job.state is JobState.WAITING


def test_a_change_that_concerns_no_shop_has_no_job(engine: Engine) -> None:
    def unused(connection: Connection) -> None:
        policies.save(connection, examples.policy(title="Unused"), now=examples.NOON, author="Ada")

    assert stored(engine, unused) is None


def test_the_job_contains_no_secret(engine: Engine) -> None:
    job = stored(engine, SHOWN)
    assert job is not None
    (found,) = job.document["shops"].values()
    assert set(found) == {
        "synchronization_policy", "website_id", "store_view_id", "attribute_types", "category_parents", "connected",
        "region", "currency", "warehouse_ids",
    }  # fmt: skip


# The walk


def test_every_listing_is_looked_at_and_the_affected_become_due(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = many_hidden(engine, 7)
    engine.save("SHOWN")
    engine.put_on_tiktok("SHOWN")
    job = stored(engine, SHOWN)
    rows: list[tuple[int, int]] = []
    with batches_of(3, monkeypatch):
        result = work(engine, job, progress=lambda walked, due: rows.append((walked, due)))
    assert due(engine) == dict.fromkeys(ids, 1)
    assert (result["walked"], result["due"]) == (8, 7)
    assert rows == [(3, 3), (6, 6), (8, 7)]
    with engine.database.read() as connection:
        value = jobs.latest(connection, resync_job.KIND)[0]
    assert (value.done, value.total) == (8, 8)


def test_rules_that_were_changed_back_need_no_walk(engine: Engine) -> None:
    many_hidden(engine, 3)
    job = stored(engine, SHOWN)
    stored(engine, policy())
    assert work(engine, job)["walked"] == 0


def test_a_changed_category_tree_is_walked(engine: Engine) -> None:
    engine.save()

    def with_a_tree(connection: Connection) -> None:
        shop = replace(SHOP, magento=replace(SHOP.magento, category_parents={"4": "3"}))
        shops.save(connection, shop, engine.box, now=examples.NOON)

    assert work(engine, stored(engine, with_a_tree))["walked"] == 1


def test_another_worker_continues_where_the_walk_was_left(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = many_hidden(engine, 7)
    job = stored(engine, SHOWN)
    turns = iter([True, True, False])
    with batches_of(2, monkeypatch):
        assert work(engine, job, going_on=lambda: next(turns)) is None
        assert due(engine) == dict.fromkeys(ids[:4], 1)
        result = work(engine, job)
    assert due(engine) == dict.fromkeys(ids, 1), "each once"
    assert (result["walked"], result["due"]) == (7, 7)


def test_each_job_compares_with_the_versions_before_its_change(engine: Engine) -> None:
    """After two changes, each of the two jobs finds the listings that its own change affects."""
    leaving = {"when_hidden": WhenLeaving.DEACTIVATE, "when_unmatched": WhenLeaving.DEACTIVATE}
    engine.policy(sync_not_visible_individually=True, **leaving)
    engine.save(visibility="1")
    engine.put_on_tiktok()
    first = stored(engine, policy(**leaving))
    second = stored(engine, template(query=Group(conditions=(is_("attribute_set_id", "11"),))))
    work(engine, first)
    assert due(engine) != {}, "it was live, and is to be taken down"
    assert engine.pending().lane == Lane.REDUCED, "TikTok sells what it should not"
    work(engine, second)


@pytest.mark.parametrize("how", ["unreadable", "gone"])
def test_every_listing_becomes_due_if_the_rules_before_are_unreadable(engine: Engine, how: str) -> None:
    engine.save()
    engine.put_on_tiktok()
    job = stored(engine, SHOWN)
    with engine.database.write() as connection:
        first = (versions.c.kind == "synchronization_policies") & (versions.c.version == 1)
        if how == "gone":
            connection.execute(versions.delete().where(first))
        else:
            connection.execute(update(versions).where(first).values(document={"title": 7}))
    assert work(engine, job)["due"] == 1


# What comes between


def a_price_below_the_floor(engine: Engine) -> Job | None:
    """TikTok has the price 10.00, which a floor of 20.00 should raise; only the color is observed."""
    engine.policy(only_specific_attributes=True, observed_attributes=("color",))
    with engine.database.write() as connection:
        prices()(connection)
        template(pricing_policy="Prices")(connection)
    engine.save(price="10.00")
    fields = {SKU: Money("10.00", "USD")}
    engine.put_on_tiktok(last_sent=LastSent(price=fields))
    return stored(engine, prices(floor=Decimal("20.00")))


def test_a_save_before_the_walk_does_not_hide_the_effect_of_the_change(engine: Engine) -> None:
    """With the new price both rules send the same, and the save alone starts no sync; but TikTok has 10.00."""
    job = a_price_below_the_floor(engine)
    engine.save(price="25.00")
    assert engine.decisions()[-1] == "skip no_observed_attribute_changed"
    assert engine.pending() is not None
    assert work(engine, job)["due"] == 0, "intake has requested it before the walk"


def test_a_save_after_the_walk_is_decided_on_its_own(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.save("LATER", visibility="1")
    job = stored(engine, SHOWN)
    with batches_of(1, monkeypatch):
        turns = iter([True, False])
        work(engine, job, going_on=lambda: next(turns))
    (product_id,) = due(engine)
    with engine.database.read() as connection:
        rulebooks = RulebookReader(BOX).read(connection)
        assert affected_before_events(connection, rulebooks, [product_id], engine.clock()) == []


def test_after_the_job_intake_compares_no_rules(engine: Engine) -> None:
    job = a_price_below_the_floor(engine)
    assert job is not None
    with engine.database.write() as connection:
        jobs.finish(connection, job.id, JobState.DONE, {}, now=engine.clock())
    engine.save(price="25.00")
    assert engine.pending() is None


def test_a_listing_that_is_created_by_the_old_rules_becomes_due_again(engine: Engine) -> None:
    """Its worker may have planned the create before the policy was stored that skips the product."""
    engine.save(visibility="4")
    with engine.database.write() as connection:
        now = engine.clock()
        until = now + timedelta(seconds=20)
        sync_queue_leases.lease(connection, "demo", now=now, until=until, token="mine", limit=1)
    (number,) = due(engine).values()
    work(engine, stored(engine, policy(product_upload=False)))
    assert list(due(engine).values()) == [number + 1]


# Whoever is killed


@pytest.fixture
def consumer(engine: Engine) -> ResyncWorker:
    """Return the consumer's resync worker, some time later."""
    engine.clock.pass_by((DEAD + HEAD_START).total_seconds() + 1)
    return ResyncWorker(engine.database, BOX, clock=engine.clock)


def test_the_consumer_claims_a_job_without_a_worker(engine: Engine) -> None:
    ids = many_hidden(engine, 3)
    stored(engine, SHOWN)
    walker = ResyncWorker(engine.database, BOX, clock=engine.clock)
    assert not walker.run_next_job(), "the job is left to its requester at first"
    engine.clock.pass_by(HEAD_START.total_seconds())
    assert walker.run_next_job()
    assert sorted(due(engine)) == ids
    assert not walker.run_next_job()


KILLED = """
    import os, signal, sys
    sys.path.insert(0, {house!r})
    from datetime import UTC, datetime
    from operations.rules.apply import apply
    from operations.products.preview_sync import one_document
    from operations.products.request_resync import run_resync
    from records.catalog import listings
    from records.db.database import Database
    from tests.records.examples import BOX

    listings.CHUNK = 2
    database, after = Database({url!r}), {after}

    def die(walked, due):
        if walked >= after:
            os.kill(os.getpid(), signal.SIGKILL)

    now = datetime.now(UTC)
    with database.write() as connection:
        load = one_document("synchronization_policies", {document!r})
        applied = apply(connection, load, BOX, now=now, author="Ada", claimed=True)
    die(0, 0)
    run_resync(database, BOX, applied.job, clock=lambda: now, progress=die)
"""


@pytest.mark.parametrize("after", [0, 2, 4, 6])
def test_killed_anywhere_after_the_commit_every_listing_becomes_due(
    engine: Engine, database: Database, after: int, request: pytest.FixtureRequest
) -> None:
    ids = many_hidden(engine, 7)
    document = {
        "title": "Default",
        "product_upload": True,
        "product_update": True,
        "inventory_price_sync": True,
        "product_assign": True,
        "sync_not_visible_individually": True,
    }
    house = str(Path(__file__).parents[2])
    script = dedent(KILLED).format(house=house, url=database.url, after=after, document=document)
    died = subprocess.run([sys.executable, "-c", script], env={**os.environ}, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert sorted(due(engine)) == ids[:after]
    assert request.getfixturevalue("consumer").run_next_job()
    assert due(engine) == dict.fromkeys(ids, 1)
    with engine.database.read() as connection:
        (job,) = jobs.latest(connection, resync_job.KIND)
    assert job.state is JobState.DONE
    assert job.result is not None and (job.result["walked"], job.result["due"]) == (7, 7)
