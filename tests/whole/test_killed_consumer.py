"""The two promises hold while the consumer is killed and each call is overtaken by a newer save.

Nothing accepted is lost: each event has exactly one result. In the end TikTok has what the policy says for the last
state of each product, and never two listings of one product.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from commands.demo_world.demo_shops import COLOR, COLORS, SIZE, SIZES
from records.catalog import sync_queue
from records.log.tables import events
from sandbox.kafka import Broker
from sandbox.magento import Store
from sandbox.tiktok import Sandbox
from tests.whole.saves_during_calls import SavesDuringCalls, proxy_with_saves
from tests.whole.system import System, eventually, running

PRODUCTS, SAVES_EACH = 100, 10
KILLS = (120, 280, 440, 620, 800)
"""The consumer is killed after so many saves."""


@pytest.mark.timeout(600)
def test_a_thousand_saves_with_five_kills_end_as_the_policy_says(
    broker: Broker, tmp_path: Path, topic_prefix: str
) -> None:
    made: list[SavesDuringCalls] = []

    def proxy(sandbox: Sandbox, store: Store) -> Any:
        made.append(SavesDuringCalls(store, SAVES_EACH))
        return proxy_with_saves(sandbox, made[0])

    with running(broker, tmp_path, topic_prefix, proxy) as system:
        saves = made[0]
        system.start("webhooks")
        system.start("consumer")
        skus = [f"KILL-{number:03d}" for number in range(PRODUCTS)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(saves.create, skus))
        for reached in KILLS:
            eventually(f"{reached} saves", lambda reached=reached: saves.total >= reached, 120)  # type: ignore[misc]
            system.children[-1].kill()
            system.start("consumer")
        eventually("all saves", lambda: saves.total == PRODUCTS * SAVES_EACH, 240)
        assert system.store.delivery.wait_until_idle(30)
        accepted = [entry["webhook_id"] for entry in system.store.ledger() if entry["outcome"] == "accepted"]
        assert len(set(accepted)) == PRODUCTS * SAVES_EACH
        eventually("every event has a result", lambda: _open_events(system, set(accepted)) == 0, 120)
        eventually("nothing is due", lambda: _pending(system) == 0, 60)

        assert {sku: _on_tiktok(system, sku) for sku in skus} == {
            sku: _in_magento(system, sku) for sku in skus
        }
        everything = system.tiktok("products", include_deleted="1")["products"]
        assert Counter(
            sku["seller_sku"] for product in everything for sku in product["skus"]
        ) == dict.fromkeys(skus, 1)
        assert saves.overlaps == 0, "one listing had two writers"
        ends = _ends(system)
        assert sum(ends.values()) == PRODUCTS * SAVES_EACH
        assert ends.keys() <= {"applied", "coalesced"}


def _open_events(system: System, accepted: set[str]) -> int:
    with system.database.read() as connection:
        ended = set(connection.execute(select(events.c.id).where(events.c.end.is_not(None))).scalars())
    return len(accepted - ended)


def _ends(system: System) -> Counter[str]:
    with system.database.read() as connection:
        return Counter(connection.execute(select(events.c.end)).scalars())


def _pending(system: System) -> int:
    with system.database.read() as connection:
        return sync_queue.count(connection)


def _on_tiktok(system: System, sku: str) -> dict[str, Any]:
    listing = system.listing(sku)
    assert listing is not None, f"{sku} is not on TikTok"
    (found,) = listing["skus"]
    values = {attribute["id"]: attribute["values"][0]["name"] for attribute in listing["product_attributes"]}
    return {
        "status": listing["status"],
        "title": listing["title"],
        "price": found["price"]["amount"],
        "quantity": found["quantity"],
        "color": values[COLOR],
        "size": values[SIZE],
    }


def _in_magento(system: System, sku: str) -> dict[str, Any]:
    product = system.store.product(sku)
    values = {code: str(value) for code, value in product.values.items()}
    return {
        "status": "ACTIVATE",
        "title": values["name"],
        "price": f"{float(values['price']):.2f}",
        "quantity": int(float(product.stock.qty)),
        "color": COLORS[values["color"]],
        "size": SIZES[values["size"]],
    }
