"""The plan: what waits for a status, how a listing is taken down and restored, and how it is created."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from schemas.listing import Availability, LastSent, ListingStatus, Money, Part
from schemas.synchronization_policy import WhenLeaving
from tests.policies.examples import NOON
from tests.tiktok.examples import (
    SKU,
    SKU_ID,
    WAREHOUSE,
    listing,
    sent,
    wanted,
    with_last_sent,
)
from tests.tiktok.planned import (
    ACTIVATE,
    DEACTIVATE,
    DELETE,
    INVENTORY,
    NOT_LIVE,
    PARTIAL_EDIT,
    RECOVER,
    body,
    carried_out,
    operations,
    saves,
)
from tiktok.listing.edit_bodies import with_sku_ids
from tiktok.listing.sync_plan import (
    Operation,
    Plan,
    after,
    create_call,
    plan,
    sent_by_create,
    take_down,
)


@pytest.mark.parametrize("status", NOT_LIVE)
def test_only_a_price_waits_until_the_listing_is_active(status: ListingStatus) -> None:
    saved = wanted(name="Shirt", price="31.00", quantity=17)
    planned = plan(saved, listing(status=status), inventory_price_sync=True)
    back = [ACTIVATE] if status is ListingStatus.SELLER_DEACTIVATED else []
    assert operations(planned) == [INVENTORY, PARTIAL_EDIT, *back]
    assert [wait.part for wait in planned.waits] == [Part.PRICE]
    assert status in planned.waits[0].why


def test_every_part_of_a_frozen_listing_waits() -> None:
    saved = wanted(name="Shirt", price="31.00", quantity=17)
    planned = plan(saved, listing(status=ListingStatus.FREEZE), inventory_price_sync=True)
    assert planned.calls == ()
    assert {wait.part for wait in planned.waits} == {Part.CONTENT, Part.PRICE, Part.STOCK}


LIVE, AWAY, DELETED = Availability.LIVE, Availability.DEACTIVATED, Availability.DELETED


@pytest.mark.parametrize(
    ("how", "status", "availability", "calls", "waits"),
    [
        ("deactivate", "ACTIVATE", LIVE, [DEACTIVATE], []),
        ("deactivate", "ACTIVATE", None, [DEACTIVATE], []),  # its availability is unknown
        ("deactivate", None, LIVE, [DEACTIVATE], []),
        ("deactivate", "PENDING", LIVE, [INVENTORY], [Part.AVAILABILITY]),
        ("deactivate", "FAILED", LIVE, [INVENTORY], [Part.AVAILABILITY]),
        ("deactivate", "SELLER_DEACTIVATED", LIVE, [], []),
        ("deactivate", "ACTIVATE", AWAY, [], []),
        ("deactivate", "DELETED", DELETED, [], []),
        ("zero_stock", "ACTIVATE", LIVE, [INVENTORY], []),
        ("zero_stock", "PENDING", LIVE, [INVENTORY], []),
        ("delete", "ACTIVATE", LIVE, [DELETE], []),
        ("delete", "PENDING", LIVE, [DELETE], []),
        ("delete", "SELLER_DEACTIVATED", AWAY, [DELETE], []),
        ("delete", "DELETED", DELETED, [], []),
        ("deactivate", "FREEZE", LIVE, [], [Part.STOCK, Part.AVAILABILITY]),
        ("zero_stock", "FREEZE", LIVE, [], [Part.STOCK]),
        ("delete", "FREEZE", LIVE, [], [Part.AVAILABILITY]),
    ],
)
def test_a_listing_is_taken_down_as_the_policy_says(
    how: str,
    status: str | None,
    availability: Availability | None,
    calls: list[Operation],
    waits: list[Part],
) -> None:
    before_sync = with_last_sent(
        listing(status=ListingStatus(status) if status else None), availability=availability
    )
    planned = take_down(WhenLeaving(how), before_sync, WAREHOUSE)
    assert operations(planned) == calls
    assert [wait.part for wait in planned.waits] == waits


def test_stock_is_set_to_zero_once_in_our_warehouse_alone() -> None:
    planned = take_down(WhenLeaving.ZERO_STOCK, listing(), WAREHOUSE)
    (sku,) = body(planned.calls[0])["skus"]
    assert sku["inventory"] == [{"warehouse_id": WAREHOUSE, "quantity": 0}]
    assert take_down(WhenLeaving.ZERO_STOCK, carried_out(listing(), planned), WAREHOUSE) == Plan()


def test_a_take_down_is_sent_again_after_a_refusal() -> None:
    (zero,) = take_down(WhenLeaving.ZERO_STOCK, listing(), WAREHOUSE).calls
    before_sync = listing(refused={Part.STOCK: zero.digest})
    assert take_down(WhenLeaving.ZERO_STOCK, before_sync, WAREHOUSE).calls == (zero,)


@pytest.mark.parametrize("inventory_price_sync", [True, False])
def test_zeroed_stock_is_restored_whatever_inventory_price_sync_says(
    inventory_price_sync: bool,
) -> None:
    taken_down = carried_out(listing(), take_down(WhenLeaving.ZERO_STOCK, listing(), WAREHOUSE))
    back = replace(taken_down, ineligible_since=NOON)
    assert operations(plan(wanted(), back, inventory_price_sync=inventory_price_sync)) == [INVENTORY]


@pytest.mark.parametrize(
    ("status", "availability", "calls"),
    [
        (ListingStatus.SELLER_DEACTIVATED, AWAY, [PARTIAL_EDIT, ACTIVATE]),
        (ListingStatus.DELETED, DELETED, [RECOVER, PARTIAL_EDIT, ACTIVATE]),
    ],
)
def test_a_returning_listing_is_recovered_first_and_activated_last(
    status: ListingStatus, availability: Availability, calls: list[Operation]
) -> None:
    before_sync = with_last_sent(listing(status=status), availability=availability)
    planned = plan(wanted(name="Shirt"), before_sync, inventory_price_sync=True)
    assert operations(planned) == calls
    assert carried_out(before_sync, planned).last_sent.availability is LIVE


def test_a_create_sends_content_price_and_stock_in_one_body() -> None:
    found = body(create_call(wanted(), "key-1"))
    (sku,) = found["skus"]
    assert (found["title"], found["save_mode"], found["idempotency_key"]) == (
        "Linen shirt",
        "LISTING",
        "key-1",
    )
    assert sku == {
        "seller_sku": SKU,
        "external_sku_id": "demo/41",
        "price": {"amount": "29.00", "currency": "USD"},
        "inventory": [
            {"warehouse_id": WAREHOUSE, "quantity": 18},
        ],
    }


@given(saves)
def test_the_last_sent_values_of_a_create_are_read_from_its_body(saved: dict[str, Any]) -> None:
    call = create_call(wanted(**saved), "key-1")
    assert sent_by_create(call.body) == call.sends == sent(wanted(**saved))


def test_the_digest_of_a_create_depends_on_content_and_price_only() -> None:
    def named(key: str, **saved: Any) -> str:
        return create_call(wanted(**saved), key).digest

    assert named("key-1") == named("key-2") == named("key-1", quantity=3)
    assert len({named("key-1"), named("key-1", price="31.00"), named("key-1", name="Shirt")}) == 3


def test_sku_ids_are_matched_by_seller_sku() -> None:
    answered = [{"id": "2", "seller_sku": "B"}, {"id": "1", "seller_sku": "A"}, {"id": "3"}]
    content = {"skus": [{"seller_sku": "A"}]}
    assert with_sku_ids(listing(), {"skus": answered}, content).skus == {"A": "1"}
    assert with_sku_ids(listing(skus={"B": "1"}), {"skus": answered}, None).skus == {"B": "2"}
    assert with_sku_ids(listing(), {"skus": []}, content).skus == {SKU: SKU_ID}


def test_an_accepted_call_changes_only_the_part_that_it_sends() -> None:
    before = listing().last_sent
    cheaper = {SKU: Money("9.00", "USD")}
    assert after(before, LastSent(price=cheaper)) == replace(before, price=cheaper)
