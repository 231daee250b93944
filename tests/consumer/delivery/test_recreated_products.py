"""A product deleted and created again with its SKU: the two are synced one at a time, the older first."""

from __future__ import annotations

import time

import pytest

from tests.consumer.deliveries import Case, Deliver, gone, in_good_time
from tests.consumer.engine import SKU, Engine
from tests.consumer.seller_center import SellerCenter, eventually

pytestmark = pytest.mark.both_databases


def made_again(case: Case) -> str:
    """Delete and recreate the product while TikTok holds a call for the old one. Return the new event's id."""
    eventually(case.tiktok.on_hold)
    case.engine.delete()
    case.engine.recreated()
    event_id = case.engine.save(name="Made again")
    case.delivery.wake()
    # Long enough for every call of a sync that does not wait.
    time.sleep(0.6)
    case.tiktok.release()
    in_good_time(case.engine, case.delivery, gone(case.engine))
    return event_id


def is_on_sale_once(case: Case, event_id: str) -> bool:
    (found,) = case.tiktok.products()
    assert (found["status"], found["title"]) == ("ACTIVATE", "Made again")
    return case.engine.end(event_id) == "applied"


def test_the_old_one_is_just_being_taken_down(listed: Case) -> None:
    listed.tiktok.hold("deactivate")
    listed.engine.save(status="2")
    listed.delivery.wake()
    old = listed.tiktok.product()["id"]
    assert is_on_sale_once(listed, made_again(listed))
    assert listed.tiktok.product()["id"] == old


def test_the_old_one_is_just_being_created(case: Case) -> None:
    case.tiktok.hold("create")
    case.engine.save()
    case.delivery.wake()
    assert is_on_sale_once(case, made_again(case))
    assert len(case.tiktok.products(deleted=True)) == 1


def test_both_are_due_at_once(live: Engine, tiktok: SellerCenter, deliver: Deliver) -> None:
    live.delete()
    live.recreated()
    event_id = live.save(name="Made again")
    before = len(tiktok.writes())
    case = Case(live, tiktok, deliver())
    in_good_time(live, case.delivery, gone(live, SKU))
    assert is_on_sale_once(case, event_id)
    assert tiktok.writes()[before] == "deactivate" and tiktok.writes()[-1] == "activate"
