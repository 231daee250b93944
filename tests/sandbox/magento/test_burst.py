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
from sandbox.magento.burst import Burst, BurstRequest, plan
from sandbox.magento.catalog.sample_catalog import first_products
from sandbox.magento.errors import BurstRunning, InvalidChange
from tests.sandbox.magento.webhook_receiver import Delivery, Receiver

TIMEOUT_SECONDS = 60.0
SMALL = BurstRequest(saves=40, products=6, per_second=10_000, seed=3)
LONG = BurstRequest(saves=1000, products=6, per_second=1)
CATALOG = list(first_products(30))


@given(saves=st.integers(1, 50), products=st.integers(1, 20), seed=st.integers())
def test_the_same_seed_gives_the_same_burst(saves: int, products: int, seed: int) -> None:
    burst = BurstRequest(saves, products, 50, seed)
    planned = plan(CATALOG, burst)
    assert planned == plan(CATALOG, burst)
    assert len(planned) == saves
    assert len({save.sku for save in planned}) <= products


def test_another_seed_gives_another_burst() -> None:
    assert plan(CATALOG, BurstRequest(50, 20, 50, 1)) != plan(CATALOG, BurstRequest(50, 20, 50, 2))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"saves": 0}, "saves: 0"),
        ({"products": 0}, "products: 0"),
        ({"per_second": 0}, "per_second: 0"),
        ({"per_second": 10_001}, "between 1 and 10000"),
    ],
)
def test_a_burst_with_a_number_out_of_range_is_rejected(values: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidChange, match=message):
        BurstRequest(**values)


def test_the_saves_of_a_product_fire_their_webhooks_in_order(
    store: Store, burst: Burst, receiver: Receiver
) -> None:
    burst.start(SMALL)
    progress = burst.wait(TIMEOUT_SECONDS)
    assert (progress.running, progress.done, progress.accepted, progress.failed) == (False, 40, 40, 0)
    assert len(receiver.deliveries) == 40
    versions: dict[str, list[int]] = {}
    for entry in store.ledger():
        for product in entry["products"]:
            versions.setdefault(product["sku"], []).append(product["version"])
    assert all(seen == list(range(2, len(seen) + 2)) for seen in versions.values())


def test_the_same_burst_leaves_two_stores_in_the_same_state(tmp_path: Path) -> None:
    ends = []
    for name in ("one", "two"):
        with Store(tmp_path / name, products=12) as store:
            burst = Burst(store)
            burst.start(SMALL)
            assert burst.wait(TIMEOUT_SECONDS).done == 40
            ends.append(
                [
                    (product.sku, product.values, product.stock, product.version)
                    for product in store.products()
                ]
            )
    assert ends[0] == ends[1]


def test_only_one_burst_runs_at_a_time_and_it_can_be_stopped(burst: Burst) -> None:
    burst.start(LONG)
    with pytest.raises(BurstRunning):
        burst.start(SMALL)
    stopped = burst.stop()
    assert not stopped.running
    assert stopped.done < 1000
    assert burst.start(SMALL).saves == 40


def test_deleting_a_product_fails_only_its_own_saves(store: Store, burst: Burst, receiver: Receiver) -> None:
    deleted = threading.Event()

    def answer(delivery: Delivery) -> int:
        deleted.wait(TIMEOUT_SECONDS)
        return 202

    receiver.answer = answer
    planned = [save.sku for save in plan(store.products(), SMALL)]
    busiest, saves = Counter(planned).most_common(1)[0]
    burst.start(SMALL)
    receiver.wait_for(1)
    store.delete(busiest, fire=False)
    deleted.set()
    progress = burst.wait(TIMEOUT_SECONDS)
    assert progress.done == 40
    assert saves - 1 <= progress.failed <= saves


def test_refused_webhooks_are_counted(store: Store, burst: Burst, receiver: Receiver) -> None:
    receiver.answer = lambda delivery: 400
    burst.start(SMALL)
    progress = burst.wait(TIMEOUT_SECONDS)
    assert (progress.accepted, progress.not_accepted) == (0, 40)


def test_closing_the_store_ends_the_burst(open_store: Callable[[], Store]) -> None:
    with open_store() as store:
        burst = Burst(store)
        burst.start(BurstRequest(saves=100_000, products=6, per_second=10_000))
    assert not burst.wait(TIMEOUT_SECONDS).running


def test_a_burst_is_started_and_stopped_over_http(client: FlaskClient, burst: Burst) -> None:
    assert client.get("/_store/burst").get_json()["running"] is False
    start_store = client.post("/_store/burst", json={"saves": 40, "products": 6, "per_second": 1})
    assert (start_store.status_code, start_store.get_json()["running"]) == (202, True)
    again = client.post("/_store/burst", json={"saves": 40, "products": 6})
    assert (again.status_code, "A burst is running" in again.get_json()["message"]) == (409, True)
    assert client.delete("/_store/burst").get_json()["running"] is False
