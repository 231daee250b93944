"""Several consumer processes on one PostgreSQL: they share the work, one is killed in full swing, and nothing is lost.

What comes and goes makes Kafka deal the partitions anew each time, in the middle of the saves.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from records.catalog import sync_queue
from records.log.tables import dead_letters, events
from sandbox.kafka import Broker
from sandbox.magento import Store
from sandbox.tiktok import Sandbox
from tests.postgres import Databases
from tests.whole.in_front import NewerSaves, newer_saves
from tests.whole.system import System, eventually, running

PRODUCTS, SAVES_EACH = 200, 2
A_SHARE = 10
"""So many decisions and outcomes say that a process is in full swing."""


@pytest.mark.timeout(300)
def test_two_consumers_share_the_listings_and_who_is_left_takes_over(
    broker: Broker, postgres: Databases, tmp_path: Path, topic_prefix: str
) -> None:
    made: list[NewerSaves] = []

    def in_front(sandbox: Sandbox, store: Store) -> Any:
        made.append(NewerSaves(store, SAVES_EACH))
        return newer_saves(sandbox, made[0])

    with (
        postgres.one() as url,
        running(broker, tmp_path, topic_prefix, in_front, variables={"M2T_DATABASE_URL": url}) as system,
    ):
        saves = made[0]
        system.start("webhooks")
        first, second = system.start("consumer", "first"), system.start("consumer", "second")
        skus = [f"TWO-{number:03d}" for number in range(PRODUCTS)]
        with ThreadPoolExecutor(4) as pool:
            creating = [pool.submit(saves.create, sku) for sku in skus]
            eventually("both are in full swing", lambda: shares(system, "first", "second"))
            first.kill()
            system.start("consumer", "third")
            wait(creating)
            saving = [pool.submit(system.store.save, sku, {"name": f"Shirt {sku}, at last"}) for sku in skus]
            eventually("the third is in full swing, too", lambda: shares(system, "third"))
            second.stop()
        assert second.exit_code == 0
        assert {*(one.exception() for one in creating), *(one.exception() for one in saving)} == {None}
        eventually("all saves", lambda: saves.total == PRODUCTS * SAVES_EACH)
        assert system.store.delivery.wait_until_idle(30)
        accepted = {entry["webhook_id"] for entry in system.store.ledger() if entry["outcome"] == "accepted"}
        assert len(accepted) == PRODUCTS * (SAVES_EACH + 1)
        eventually("every event has its end", lambda: accepted <= ended(system), 90)
        eventually("nothing is due", lambda: waiting(system) == 0, 60)

        titles = {one["skus"][0]["seller_sku"]: one["title"] for one in on_tiktok(system)}
        assert titles == {sku: system.store.product(sku).values["name"] for sku in skus}
        assert len(on_tiktok(system)) == PRODUCTS, "a product has two listings"
        assert saves.overlaps == 0, "one listing had two writers"
        assert ends(system).keys() <= {"applied", "coalesced"}
        assert ends(system).total() == len(accepted)
        assert letters(system) == 0
        for called in ("first", "second", "third"):
            found = told(system, called)
            assert not found["batch_failed"] + found["note_not_written"] + found["database_away"], found


def shares(system: System, *called: str) -> bool:
    """Each of these has decided and delivered its part."""
    return all(min(told(system, one)["decided"], told(system, one)["outcome"]) >= A_SHARE for one in called)


def on_tiktok(system: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.tiktok("products", include_deleted="1")["products"]
    return found


def ended(system: System) -> set[str]:
    with system.database.read() as connection:
        return set(connection.execute(select(events.c.id).where(events.c.end.is_not(None))).scalars())


def ends(system: System) -> Counter[str]:
    with system.database.read() as connection:
        return Counter(connection.execute(select(events.c.end)).scalars())


def waiting(system: System) -> int:
    with system.database.read() as connection:
        return sync_queue.count(connection)


def letters(system: System) -> int:
    with system.database.read() as connection:
        return connection.execute(select(func.count()).select_from(dead_letters)).scalar_one()


def told(system: System, called: str) -> Counter[str]:
    """The words of one process's log; what was being written when it was killed is left out."""
    lines = system.log(called).read_bytes().splitlines()
    return Counter(orjson.loads(line)["event"] for line in lines if line.endswith(b"}"))
