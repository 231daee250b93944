"""Webhook delivery: accepted, refused, retried or given up, and nothing is lost in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from sandbox.magento import Store
from sandbox.magento.errors import DataInUse, InvalidChange, StoreClosed
from sandbox.magento.webhooks.delivery import RETRY_AFTER, next_state
from sandbox.magento.webhooks.outbox import Webhook
from sandbox.magento.webhooks.signing import Target
from tests.sandbox.magento.webhook_receiver import SECRET, Receiver

WATCH = "24-WG01"
TIMEOUT_SECONDS = 30.0


def respond_with(*statuses: int) -> Callable[[object], int]:
    """Respond with these statuses, then always with 202."""
    remaining: Iterator[int] = chain(statuses, repeat(202))
    return lambda delivery: next(remaining)


@pytest.mark.parametrize(
    ("status", "attempts", "expected"),
    [
        (200, 0, ("accepted", 0)),
        (202, 3, ("accepted", 0)),
        (301, 0, ("refused", 0)),
        (400, 0, ("refused", 0)),
        (401, 0, ("refused", 0)),
        (404, 0, ("refused", 0)),
        (429, 0, ("due", 1)),
        (500, 0, ("due", 1)),
        (503, 1, ("due", 2)),
        (None, 2, ("due", 4)),
        (503, 8, ("due", 256)),
        (503, 9, ("given_up", 0)),
        (None, 9, ("given_up", 0)),
    ],
)
def test_temporary_errors_are_tried_ten_times_with_doubling_waits(
    status: int | None, attempts: int, expected: tuple[str, float]
) -> None:
    webhook = Webhook("msg_1", "http://127.0.0.1/", "product.saved", (), b"{}", attempts)
    assert next_state(webhook, status, RETRY_AFTER) == expected


def test_a_save_waits_for_the_response_and_returns_it(store: Store, receiver: Receiver) -> None:
    webhook = store.save(WATCH, {"qty": 5}).webhook
    (delivery,) = receiver.wait_for(1)
    assert webhook == {
        "id": delivery.id,
        "event": "catalog_product_save_commit_after",
        "url": receiver.url,
        "status": 202,
        "body": '{"seen": 202}',
        "state": "accepted",
        "will_retry": False,
    }


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_webhook_is_retried_with_the_same_id(store: Store, receiver: Receiver, status: int) -> None:
    receiver.answer = respond_with(status, status)
    webhook = store.save(WATCH, {"qty": 5}).webhook
    assert store.delivery.wait_until_idle(TIMEOUT_SECONDS)
    assert webhook is not None
    assert webhook["will_retry"]
    assert [
        (delivery.id, delivery.payload["product"]["stock_data"]["qty"]) for delivery in receiver.deliveries
    ] == [(webhook["id"], "5")] * 3
    assert [(entry["try"], entry["status"]) for entry in store.ledger()] == [
        (1, status),
        (2, status),
        (3, 202),
    ]


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 422])
def test_a_refused_webhook_is_not_retried(store: Store, receiver: Receiver, status: int) -> None:
    receiver.answer = respond_with(status)
    webhook = store.save(WATCH, {"qty": 5}).webhook
    assert webhook is not None
    assert (webhook["status"], webhook["state"]) == (status, "refused")
    assert store.delivery.wait_until_idle(TIMEOUT_SECONDS)
    assert [entry["outcome"] for entry in store.ledger()] == ["refused"]
    assert len(receiver.deliveries) == 1


def test_an_unreachable_receiver_is_tried_ten_times(store: Store) -> None:
    store.set_targets([Target("http://127.0.0.1:9/", SECRET)])
    store.save(WATCH, {"qty": 5})
    assert store.delivery.wait_until_idle(TIMEOUT_SECONDS)
    attempts = store.ledger()
    assert [entry["try"] for entry in attempts] == list(range(1, 11))
    assert {(entry["status"], entry["outcome"]) for entry in attempts} == {(None, "unknown")}
    assert store.count_waiting() == 0


def test_the_ledger_has_the_product_version_of_each_attempt(store: Store) -> None:
    store.save(WATCH, {"qty": 5})
    store.save(WATCH, {"qty": 6})
    store.mass_update([WATCH, "24-UG01"], {"status": 2})
    first, second, both = store.ledger()
    assert (first["seq"], first["sku"], first["version"], first["outcome"]) == (1, WATCH, 2, "accepted")
    assert (second["seq"], second["version"]) == (2, 3)
    assert (both["sku"], [(product["sku"], product["version"]) for product in both["products"]]) == (
        None,
        [(WATCH, 4), ("24-UG01", 2)],
    )
    assert store.ledger(after=1) == [second, both]


def test_each_target_gets_its_own_webhook(store: Store, receiver: Receiver) -> None:
    with Receiver() as other:
        store.set_targets([Target(receiver.url, SECRET), Target(other.url, SECRET)])
        store.save(WATCH, {"qty": 5})
        (first,), (second,) = receiver.wait_for(1), other.wait_for(1)
    assert first.payload == second.payload
    assert first.id != second.id


def test_a_target_with_a_sku_prefix_gets_the_webhooks_of_these_products_alone(
    store: Store, receiver: Receiver
) -> None:
    with Receiver() as other:
        store.set_targets([Target(receiver.url, SECRET), Target(other.url, SECRET, sku_prefix="24-UG")])
        for sku in (WATCH, "24-UG01"):
            store.save(sku, {"qty": 5})
        store.mass_update([WATCH, "24-UG01"], {"status": "2"})
        seen = [[len(at.wait_for(number)), number] for at, number in ((receiver, 3), (other, 2))]
        assert seen == [[3, 3], [2, 2]]
        assert other.deliveries[0].payload["product"]["sku"] == "24-UG01"


def test_two_targets_can_not_have_the_same_url(store: Store, receiver: Receiver) -> None:
    with pytest.raises(InvalidChange, match="same url"):
        store.set_targets([Target(receiver.url, SECRET), Target(receiver.url, SECRET)])


def test_a_redelivered_webhook_has_the_same_id_and_body(store: Store, receiver: Receiver) -> None:
    webhook = store.save(WATCH, {"qty": 5}).webhook
    assert webhook is not None
    store.redeliver(webhook["id"])
    first, second = receiver.wait_for(2)
    assert (first.id, first.body) == (second.id, second.body)
    with pytest.raises(InvalidChange, match="msg_none"):
        store.redeliver("msg_none")


def test_a_reopened_store_has_its_products_ledger_and_targets(
    open_store: Callable[[], Store], receiver: Receiver
) -> None:
    with open_store() as store:
        store.save(WATCH, {"color": "Red", "sku": "WATCH-1"})
        store.delete("24-UG01")
        products, ledger = store.products(), store.ledger()
    with open_store() as reopened:
        assert (reopened.products(), reopened.ledger()) == (products, ledger)
        assert reopened.targets == (Target(receiver.url, SECRET),)


def test_waiting_webhooks_are_sent_after_the_next_start(
    open_store: Callable[[], Store], receiver: Receiver
) -> None:
    receiver.answer = lambda delivery: 503
    with open_store() as store:
        webhook = store.save(WATCH, {"qty": 5}).webhook
    receiver.answer = lambda delivery: 202
    with open_store() as reopened:
        assert reopened.delivery.wait_until_idle(TIMEOUT_SECONDS)
        last = reopened.ledger()[-1]
    assert webhook is not None
    assert (last["webhook_id"], last["status"]) == (webhook["id"], 202)


def test_webhooks_for_a_removed_target_are_given_up(
    open_store: Callable[[], Store], receiver: Receiver
) -> None:
    receiver.answer = lambda delivery: 503
    with open_store() as store:
        store.save(WATCH, {"qty": 5})
        store.set_targets([])
        assert store.delivery.wait_until_idle(TIMEOUT_SECONDS)
        assert store.ledger()[-1]["answer"] == f"not sent: {receiver.url} is no longer a target"


def test_two_stores_can_not_share_a_folder(store: Store, open_store: Callable[[], Store]) -> None:
    with pytest.raises(DataInUse, match="in use by another store"):
        open_store()


def test_a_closed_store_raises_an_error(open_store: Callable[[], Store]) -> None:
    with open_store() as store:
        pass
    with pytest.raises(StoreClosed):
        store.product(WATCH)
