"""The burst: many saves in the background, the same ones for the same seed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento import Store
from sandbox.magento.burst import Burst, Order, plan
from sandbox.magento.catalog.sample_catalog import first_products
from sandbox.magento.errors import BurstRunning, InvalidChange
from tests.sandbox.magento.webhook_receiver import Delivery, Receiver

PATIENCE = 60.0
SMALL = Order(saves=40, products=6, per_second=10_000, seed=3)
ENDLESS = Order(saves=1000, products=6, per_second=1)
CATALOGUE = list(first_products(30))


@given(saves=st.integers(1, 50), products=st.integers(1, 20), seed=st.integers())
def test_the_same_seed_is_the_same_burst(saves: int, products: int, seed: int) -> None:
    order = Order(saves, products, 50, seed)
    planned = plan(CATALOGUE, order)
    assert planned == plan(CATALOGUE, order)
    assert len(planned) == saves
    assert len({save.sku for save in planned}) <= products


def test_another_seed_is_another_burst() -> None:
    assert plan(CATALOGUE, Order(50, 20, 50, 1)) != plan(CATALOGUE, Order(50, 20, 50, 2))


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"saves": 0}, "saves: 0"),
        ({"products": 0}, "products: 0"),
        ({"per_second": 0}, "per_second: 0"),
        ({"per_second": 10_001}, "from 1 to 10000"),
    ],
)
def test_a_burst_that_can_t_be_is_refused(order: dict[str, int], says: str) -> None:
    with pytest.raises(InvalidChange, match=says):
        Order(**order)


def test_each_save_fires_its_webhook_in_the_order_of_its_product(
    store: Store, burst: Burst, receiver: Receiver
) -> None:
    burst.start(SMALL)
    progress = burst.wait(PATIENCE)
    assert (progress.running, progress.done, progress.accepted, progress.failed) == (False, 40, 40, 0)
    assert len(receiver.deliveries) == 40
    versions: dict[str, list[int]] = {}
    for entry in store.ledger():
        versions.setdefault(entry["sku"], []).append(entry["version"])
    assert all(seen == list(range(2, len(seen) + 2)) for seen in versions.values())


def test_two_stores_end_the_same_after_the_same_burst(tmp_path: Path) -> None:
    ends = []
    for name in ("one", "two"):
        with Store(tmp_path / name, products=12) as store:
            burst = Burst(store)
            burst.start(SMALL)
            assert burst.wait(PATIENCE).done == 40
            ends.append([(p.sku, p.values, p.stock, p.version) for p in store.products()])
    assert ends[0] == ends[1]


def test_one_burst_at_a_time_and_it_can_be_stopped(burst: Burst) -> None:
    burst.start(ENDLESS)
    with pytest.raises(BurstRunning):
        burst.start(SMALL)
    stopped = burst.stop()
    assert not stopped.running
    assert stopped.done < 1000
    assert burst.start(SMALL).saves == 40


def test_a_product_deleted_meanwhile_fails_its_own_saves_alone(
    store: Store, burst: Burst, receiver: Receiver
) -> None:
    deleted = threading.Event()

    def answer(delivery: Delivery) -> int:
        deleted.wait(PATIENCE)
        return 202

    receiver.answer = answer
    planned = [save.sku for save in plan(store.products(), SMALL)]
    busiest, saves = Counter(planned).most_common(1)[0]
    burst.start(SMALL)
    receiver.wait_for(1)
    store.delete(busiest, fire=False)
    deleted.set()
    progress = burst.wait(PATIENCE)
    assert progress.done == 40
    assert saves - 1 <= progress.failed <= saves


def test_a_receiver_that_says_no_is_counted(store: Store, burst: Burst, receiver: Receiver) -> None:
    receiver.answer = lambda delivery: 400
    burst.start(SMALL)
    progress = burst.wait(PATIENCE)
    assert (progress.accepted, progress.not_accepted) == (0, 40)


def test_closing_the_store_ends_the_burst(opened: Callable[[], Store]) -> None:
    with opened() as store:
        burst = Burst(store)
        burst.start(Order(saves=100_000, products=6, per_second=10_000))
    assert not burst.wait(PATIENCE).running


def test_the_burst_has_an_address(client: FlaskClient, burst: Burst) -> None:
    assert client.get("/_store/burst").get_json()["running"] is False
    started = client.post("/_store/burst", json={"saves": 40, "products": 6, "per_second": 1})
    assert (started.status_code, started.get_json()["running"]) == (202, True)
    again = client.post("/_store/burst", json={"saves": 40, "products": 6})
    assert (again.status_code, "A burst is running" in again.get_json()["message"]) == (409, True)
    assert client.delete("/_store/burst").get_json()["running"] is False
