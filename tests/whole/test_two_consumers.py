"""Several consumer processes on one PostgreSQL share the work; one is killed, and nothing is lost.

Each start and end makes Kafka rebalance the partitions while saves arrive.
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
from tests.whole.saves_during_calls import SavesDuringCalls, proxy_with_saves
from tests.whole.system import System, eventually, running

PRODUCTS, SAVES_EACH = 200, 2
A_SHARE = 10
"""Decisions and outcomes after which a process counts as busy."""


@pytest.mark.timeout(300)
def test_consumers_share_the_listings_and_take_over_from_one_that_is_killed(
    broker: Broker, postgres: Databases, tmp_path: Path, topic_prefix: str
) -> None:
    made: list[SavesDuringCalls] = []

    def proxy(sandbox: Sandbox, store: Store) -> Any:
        made.append(SavesDuringCalls(store, SAVES_EACH))
        return proxy_with_saves(sandbox, made[0])

    with (
        postgres.new() as url,
        running(broker, tmp_path, topic_prefix, proxy, variables={"M2T_DATABASE_URL": url}) as system,
    ):
        saves = made[0]
        system.start("webhooks")
        first, second = system.start("consumer", "first"), system.start("consumer", "second")
        skus = [f"TWO-{number:03d}" for number in range(PRODUCTS)]
        with ThreadPoolExecutor(4) as pool:
            creating = [pool.submit(saves.create, sku) for sku in skus]
            eventually("both are busy", lambda: shares(system, "first", "second"))
            first.kill()
            system.start("consumer", "third")
            wait(creating)
            saving = [pool.submit(system.store.save, sku, {"name": f"Shirt {sku}, at last"}) for sku in skus]
            eventually("the third is busy, too", lambda: shares(system, "third"))
            second.stop()
        assert second.exit_code == 0
        assert {*(future.exception() for future in creating), *(future.exception() for future in saving)} == {
            None
        }
        eventually("all saves", lambda: saves.total == PRODUCTS * SAVES_EACH)
        assert system.store.delivery.wait_until_idle(30)
        accepted = {entry["webhook_id"] for entry in system.store.ledger() if entry["outcome"] == "accepted"}
        assert len(accepted) == PRODUCTS * (SAVES_EACH + 1)
        eventually("every event has a result", lambda: accepted <= ended(system), 90)
        eventually("nothing is due", lambda: waiting(system) == 0, 60)

        titles = {product["skus"][0]["seller_sku"]: product["title"] for product in on_tiktok(system)}
        assert titles == {sku: system.store.product(sku).values["name"] for sku in skus}
        assert len(on_tiktok(system)) == PRODUCTS, "a product has two listings"
        assert saves.overlaps == 0, "one listing had two writers"
        assert ends(system).keys() <= {"applied", "coalesced"}
        assert ends(system).total() == len(accepted)
        assert letters(system) == 0
        for called in ("first", "second", "third"):
            found = logged_events(system, called)
            assert not found["batch_failed"] + found["note_not_written"] + found["database_away"], found


def shares(system: System, *called: str) -> bool:
    """Return whether each of these processes has decided and delivered its share."""
    counts = [logged_events(system, name) for name in called]
    return all(min(count["decided"], count["outcome"]) >= A_SHARE for count in counts)


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


def logged_events(system: System, called: str) -> Counter[str]:
    """Return the codes in the log of a process, without a last line that a kill cut off."""
    lines = system.log(called).read_bytes().splitlines()
    return Counter(orjson.loads(line)["event"] for line in lines if line.endswith(b"}"))
