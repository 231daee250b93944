"""What becomes of a webhook: accepted, refused, tried again, given up; and nothing is forgotten in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest

from sandbox.magento import Store
from sandbox.magento.errors import DataInUse, InvalidChange, StoreClosed
from sandbox.magento.webhooks.delivery import RETRY_AFTER, after
from sandbox.magento.webhooks.outbox import Webhook
from sandbox.magento.webhooks.signing import Target
from tests.sandbox.magento.webhook_receiver import SECRET, Receiver

WATCH = "24-WG01"
PATIENCE = 30.0


def answering(*statuses: int) -> Callable[[object], int]:
    """These, and then 202 for ever."""
    left: Iterator[int] = chain(statuses, repeat(202))
    return lambda delivery: next(left)


@pytest.mark.parametrize(
    ("status", "tries", "then"),
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
def test_busy_is_tried_ten_times_with_doubling_waits_and_no_is_no(
    status: int | None, tries: int, then: tuple[str, float]
) -> None:
    webhook = Webhook("msg_1", "http://127.0.0.1/", "product.saved", (), b"{}", tries)
    assert after(webhook, status, RETRY_AFTER) == then


def test_the_save_waits_for_the_answer_and_shows_it(store: Store, receiver: Receiver) -> None:
    webhook = store.save(WATCH, {"qty": 5}).webhook
    (delivery,) = receiver.wait_for(1)
    assert webhook == {
        "id": delivery.id,
        "event": "product.saved",
        "url": receiver.url,
        "status": 202,
        "body": '{"seen": 202}',
        "state": "accepted",
        "will_retry": False,
    }


@pytest.mark.parametrize("busy", [429, 500, 503])
def test_a_busy_receiver_gets_the_same_webhook_again_under_the_same_id(
    store: Store, receiver: Receiver, busy: int
) -> None:
    receiver.answer = answering(busy, busy)
    webhook = store.save(WATCH, {"qty": 5}).webhook
    assert store.delivery.settled(PATIENCE)
    assert webhook is not None
    assert webhook["will_retry"]
    assert [(d.id, d.told["product"]["stock_data"]["qty"]) for d in receiver.deliveries] == [
        (webhook["id"], "5")
    ] * 3
    assert [(entry["try"], entry["status"]) for entry in store.ledger()] == [(1, busy), (2, busy), (3, 202)]


@pytest.mark.parametrize("no", [302, 400, 401, 404, 413, 422])
def test_a_no_is_not_asked_again(store: Store, receiver: Receiver, no: int) -> None:
    receiver.answer = answering(no)
    webhook = store.save(WATCH, {"qty": 5}).webhook
    assert webhook is not None
    assert (webhook["status"], webhook["state"]) == (no, "refused")
    assert store.delivery.settled(PATIENCE)
    assert [entry["outcome"] for entry in store.ledger()] == ["refused"]
    assert len(receiver.deliveries) == 1


def test_nobody_there_is_tried_ten_times_and_given_up(store: Store) -> None:
    store.send_to([Target("http://127.0.0.1:9/", SECRET)])
    store.save(WATCH, {"qty": 5})
    assert store.delivery.settled(PATIENCE)
    tries = store.ledger()
    assert [entry["try"] for entry in tries] == list(range(1, 11))
    assert {(entry["status"], entry["outcome"]) for entry in tries} == {(None, "unknown")}
    assert store.waiting() == 0


def test_the_ledger_says_which_version_of_which_product_each_try_told(store: Store) -> None:
    store.save(WATCH, {"qty": 5})
    store.save(WATCH, {"qty": 6})
    store.mass_update([WATCH, "24-UG01"], {"status": 2})
    first, second, both = store.ledger()
    assert (first["seq"], first["sku"], first["version"], first["outcome"]) == (1, WATCH, 2, "accepted")
    assert (second["seq"], second["version"]) == (2, 3)
    assert (both["sku"], [(p["sku"], p["version"]) for p in both["products"]]) == (
        None,
        [(WATCH, 4), ("24-UG01", 2)],
    )
    assert store.ledger(after=1) == [second, both]


def test_each_target_gets_a_webhook_of_its_own(store: Store, receiver: Receiver) -> None:
    with Receiver() as other:
        store.send_to([Target(receiver.url, SECRET), Target(other.url, SECRET)])
        store.save(WATCH, {"qty": 5})
        (one,), (two,) = receiver.wait_for(1), other.wait_for(1)
    assert one.told == two.told
    assert one.id != two.id


def test_one_address_can_t_be_named_twice(store: Store, receiver: Receiver) -> None:
    with pytest.raises(InvalidChange, match="same url"):
        store.send_to([Target(receiver.url, SECRET), Target(receiver.url, SECRET)])


def test_a_webhook_can_be_sent_once_more_under_its_id(store: Store, receiver: Receiver) -> None:
    webhook = store.save(WATCH, {"qty": 5}).webhook
    assert webhook is not None
    store.redeliver(webhook["id"])
    first, second = receiver.wait_for(2)
    assert (first.id, first.body) == (second.id, second.body)
    with pytest.raises(InvalidChange, match="msg_none"):
        store.redeliver("msg_none")


def test_a_store_opened_again_has_its_products_its_ledger_and_its_targets(
    opened: Callable[[], Store], receiver: Receiver
) -> None:
    with opened() as store:
        store.save(WATCH, {"color": "Red", "sku": "WATCH-1"})
        store.delete("24-UG01")
        products, ledger = store.products(), store.ledger()
    with opened() as again:
        assert (again.products(), again.ledger()) == (products, ledger)
        assert again.targets == (Target(receiver.url, SECRET),)


def test_what_waits_is_sent_after_the_next_start(opened: Callable[[], Store], receiver: Receiver) -> None:
    receiver.answer = lambda delivery: 503
    with opened() as store:
        webhook = store.save(WATCH, {"qty": 5}).webhook
    receiver.answer = lambda delivery: 202
    with opened() as again:
        assert again.delivery.settled(PATIENCE)
        last = again.ledger()[-1]
    assert webhook is not None
    assert (last["webhook_id"], last["status"]) == (webhook["id"], 202)


def test_what_waits_for_an_address_that_is_gone_is_given_up_and_says_so(
    opened: Callable[[], Store], receiver: Receiver
) -> None:
    receiver.answer = lambda delivery: 503
    with opened() as store:
        store.save(WATCH, {"qty": 5})
        store.send_to([])
        assert store.delivery.settled(PATIENCE)
        assert store.ledger()[-1]["answer"] == f"not sent: {receiver.url} is no longer in the settings"


def test_two_stores_can_t_share_a_folder(store: Store, opened: Callable[[], Store]) -> None:
    with pytest.raises(DataInUse, match="in use by another store"):
        opened()


def test_a_closed_store_says_so(opened: Callable[[], Store]) -> None:
    with opened() as store:
        pass
    with pytest.raises(StoreClosed):
        store.product(WATCH)
