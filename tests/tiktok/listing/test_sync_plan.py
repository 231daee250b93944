"""The plan: the calls that lead from the last sent values to the wanted listing; often none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.listing import Listing, Money, Part
from tests.tiktok.examples import (
    OTHER_WAREHOUSE,
    SKU,
    SKU_ID,
    WAREHOUSE,
    listing,
    product,
    sent,
    shop,
    template,
    wanted,
    wanted_or_refused,
    with_last_sent,
)
from tests.tiktok.planned import (
    EDIT,
    INVENTORY,
    PARTIAL_EDIT,
    PRICE,
    body,
    carried_out,
    of_template,
    operations,
    saves,
)
from tiktok.listing.desired_listing import ListingParts, WantedListing
from tiktok.listing.sync_plan import Operation, Plan, misses_offer, plan


@pytest.mark.parametrize(
    ("saved", "inventory_price_sync", "calls"),
    [
        ({}, True, []),
        ({"price": "29"}, True, []),  # the same price in another dress
        ({"price": "31.00"}, True, [PRICE]),
        ({"name": "Shirt"}, True, [PARTIAL_EDIT]),
        ({"name": "Shirt", "price": "31.00"}, True, [PRICE, PARTIAL_EDIT]),
        ({"quantity": 17}, True, [INVENTORY]),
        ({"stock_status": "0"}, True, [INVENTORY]),
        ({"color": "50", "size": "L", "quantity": 3}, True, [INVENTORY, PARTIAL_EDIT]),
        ({"name": "Shirt", "price": "31.00", "quantity": 17}, True, [INVENTORY, PRICE, PARTIAL_EDIT]),
        ({"name": "Shirt", "price": "31.00", "quantity": 19}, True, [PRICE, PARTIAL_EDIT, INVENTORY]),
        ({"meta_title": "never sent"}, True, []),
        # Inventory/Price Sync off
        ({"price": "31.00"}, False, []),
        ({"quantity": 17}, False, []),
        ({"name": "Shirt", "price": "31.00", "quantity": 17}, False, [PARTIAL_EDIT]),
    ],
)
def test_a_sync_sends_what_differs_and_a_decrease_of_stock_first(
    saved: dict[str, Any], inventory_price_sync: bool, calls: list[Operation]
) -> None:
    planned = plan(wanted(**saved), listing(), inventory_price_sync=inventory_price_sync)
    assert operations(planned) == calls
    assert (planned.waits, planned.withheld) == ((), ())


@given(before=saves, saved=saves, inventory_price_sync=st.booleans())
def test_a_carried_out_plan_is_not_repeated(
    before: dict[str, Any], saved: dict[str, Any], inventory_price_sync: bool
) -> None:
    before_sync = listing(last_sent=sent(wanted(**before)))
    planned = plan(wanted(**saved), before_sync, inventory_price_sync=inventory_price_sync)
    again = plan(
        wanted(**saved), carried_out(before_sync, planned), inventory_price_sync=inventory_price_sync
    )
    assert again == Plan()


@given(before=saves, saved=saves)
def test_a_carried_out_plan_leads_to_the_wanted_listing(
    before: dict[str, Any], saved: dict[str, Any]
) -> None:
    before_sync = listing(last_sent=sent(wanted(**before)))
    planned = plan(wanted(**saved), before_sync, inventory_price_sync=True)
    assert carried_out(before_sync, planned).last_sent == sent(wanted(**saved))


def test_a_partial_edit_contains_only_the_properties_that_differ() -> None:
    (call,) = plan(wanted(name="Shirt"), listing(), inventory_price_sync=True).calls
    assert body(call) == {"title": "Shirt"}


def test_a_change_of_color_sends_all_attributes() -> None:
    inventory, edit = plan(
        wanted(color="50", size="L", quantity=3), listing(), inventory_price_sync=True
    ).calls
    assert body(edit) == {
        "product_attributes": [
            {"id": "100392", "values": [{"name": "Blue"}]},
            {"id": "100393", "values": [{"name": "L"}]},
        ]
    }
    assert body(inventory)["skus"][0]["inventory"][0]["quantity"] == 3


def test_a_price_update_uses_tiktoks_sku_id() -> None:
    (call,) = plan(wanted(price="31.00"), listing(), inventory_price_sync=True).calls
    assert body(call) == {"skus": [{"id": SKU_ID, "price": {"amount": "31.00", "currency": "USD"}}]}


def test_an_inventory_update_contains_our_warehouse() -> None:
    (call,) = plan(wanted(quantity=17), listing(), inventory_price_sync=True).calls
    assert body(call) == {
        "skus": [{"id": SKU_ID, "inventory": [{"warehouse_id": WAREHOUSE, "quantity": 17}]}]
    }
    assert not call.must_be_read


def with_other_warehouse(quantity: int) -> Listing:
    """Return the listing, of whose SKU the seller has stock in another warehouse."""
    stock = {SKU: {**(listing().last_sent.stock or {})[SKU], OTHER_WAREHOUSE: quantity}}
    return listing(last_sent=replace(listing().last_sent, stock=stock))


def test_stock_in_a_warehouse_of_the_seller_is_no_difference() -> None:
    assert plan(wanted(), with_other_warehouse(5), inventory_price_sync=True) == Plan()


def test_a_sku_with_a_warehouse_of_the_seller_is_read_before_its_stock_is_set() -> None:
    (call,) = plan(wanted(quantity=17), with_other_warehouse(5), inventory_price_sync=True).calls
    assert call.must_be_read


@pytest.mark.parametrize("inventory_price_sync", [True, False])
def test_an_edit_with_skus_contains_the_required_price_and_stock(
    inventory_price_sync: bool,
) -> None:
    renamed = wanted_or_refused(replace(product(), sku="SHIRT-NEW"), template(), shop())
    assert isinstance(renamed, WantedListing)
    before_sync = with_last_sent(
        listing(), price={SKU: Money("29.00", "USD")}, stock={SKU: renamed.stock["SHIRT-NEW"]}
    )
    before_sync = before_sync.with_seller_sku("SHIRT-NEW")
    (call,) = plan(renamed, before_sync, inventory_price_sync=inventory_price_sync).calls
    (sku,) = body(call)["skus"]
    assert (sku["id"], sku["seller_sku"]) == (SKU_ID, "SHIRT-NEW")
    assert sku["price"] == {"amount": "29.00", "currency": "USD"}
    assert [row["warehouse_id"] for row in sku["inventory"]] == [WAREHOUSE]


def test_a_sku_with_an_unknown_id_is_sent_without_it() -> None:
    before_sync = listing(skus={"SHIRT-S": "1", "SHIRT-L": "2"})
    (call,) = plan(wanted(), with_last_sent(before_sync, content=None), inventory_price_sync=True).calls
    assert [sku.get("id") for sku in body(call)["skus"]] == [None]


def test_price_and_stock_of_a_sku_that_is_not_on_tiktok_are_sent_by_an_edit_only() -> None:
    before_sync = listing(skus={"SHIRT-S": "1", "SHIRT-L": "2"})
    assert plan(wanted(price="31.00", quantity=3), before_sync, inventory_price_sync=True) == Plan()


MOVED = template(category_id="600002")


def moved(**attributes: Any) -> WantedListing:
    found = wanted_or_refused(product(**attributes), MOVED, shop())
    assert isinstance(found, WantedListing)
    return found


@pytest.mark.parametrize(
    ("saved", "calls"),
    [
        ({}, [EDIT]),
        ({"price": "31.00", "quantity": 19}, [EDIT]),
        (
            {"price": "31.00", "quantity": 17},
            [INVENTORY, EDIT],
        ),  # the edit may fail, and a decrease must not wait
    ],
)
def test_an_edit_that_carries_price_and_stock_is_not_followed_by_calls_that_repeat_them(
    saved: dict[str, Any], calls: list[Operation]
) -> None:
    wanted_now = moved(**saved)
    planned = plan(wanted_now, listing(), inventory_price_sync=True)
    assert operations(planned) == calls
    after_sync = carried_out(listing(), planned)
    assert after_sync.last_sent == sent(wanted_now)
    assert plan(wanted_now, after_sync, inventory_price_sync=True) == Plan()


def test_what_a_refused_edit_carried_is_sent_on_its_own() -> None:
    (edit,) = plan(moved(price="31.00", quantity=19), listing(), inventory_price_sync=True).calls
    assert [step.part for step in edit.otherwise] == [Part.PRICE, Part.STOCK]
    withheld = plan(
        moved(price="31.00", quantity=19),
        listing(refused={Part.CONTENT: edit.digest}),
        inventory_price_sync=True,
    )
    assert (operations(withheld), withheld.withheld) == ([PRICE, INVENTORY], (Part.CONTENT,))


def test_with_inventory_price_sync_off_an_edit_carries_what_tiktok_has() -> None:
    (edit,) = plan(moved(price="31.00", quantity=3), listing(), inventory_price_sync=False).calls
    (sku,) = body(edit)["skus"]
    assert (sku["price"]["amount"], sku["inventory"][0]["quantity"]) == ("29.00", 18)
    after_sync = carried_out(listing(), Plan((edit,)))
    assert (after_sync.last_sent.price, after_sync.last_sent.stock) == (wanted().price, wanted().stock)


@pytest.mark.parametrize(
    ("parts", "calls"),
    [
        (ListingParts(), []),
        (ListingParts(price=wanted(price="31.00").price), [PRICE]),
        (ListingParts(stock=wanted(quantity=3).stock), [INVENTORY]),
        (ListingParts(content=wanted(name="Shirt").content), [PARTIAL_EDIT]),
        (ListingParts(content=moved().content), [EDIT]),  # with the price and the stock last sent
    ],
)
def test_a_part_that_can_not_be_sent_stays_as_it_is_on_tiktok(
    parts: ListingParts, calls: list[Operation]
) -> None:
    assert operations(plan(parts, listing(), inventory_price_sync=True)) == calls


def test_an_edit_of_skus_waits_for_a_price_if_none_is_known() -> None:
    parts = ListingParts(content=moved().content, stock=wanted().stock)
    before_sync = with_last_sent(listing(), price=None)
    assert plan(parts, before_sync, inventory_price_sync=True) == Plan()
    assert misses_offer(parts, before_sync, inventory_price_sync=True)


def test_a_change_of_category_is_a_full_edit() -> None:
    (call,) = plan(of_template(template(category_id="600002")), listing(), inventory_price_sync=True).calls
    assert call.operation is EDIT
    sent_whole = orjson.loads(call.body)
    assert (sent_whole["category_id"], sent_whole["title"]) == ("600002", "Linen shirt")
    assert [sku["id"] for sku in sent_whole["skus"]] == [SKU_ID]
    assert call.must_be_read


def test_removing_a_property_takes_a_full_edit() -> None:
    branded = listing(last_sent=sent(of_template(template(brand_id="7082427311584347905"))))
    planned = plan(of_template(template()), branded, inventory_price_sync=True)
    assert operations(planned) == [EDIT]
    assert "brand_id" not in body(planned.calls[0])
    assert plan(of_template(template()), carried_out(branded, planned), inventory_price_sync=True) == Plan()


def test_unknown_content_is_sent_completely_once() -> None:
    planned = plan(wanted(), with_last_sent(listing(), content=None), inventory_price_sync=True)
    assert operations(planned) == [PARTIAL_EDIT]
    assert body(planned.calls[0]).keys() == wanted().content.keys() - {"category_id"}


@pytest.mark.parametrize(
    ("saved", "part"),
    [({"name": "Shirt"}, Part.CONTENT), ({"price": "31.00"}, Part.PRICE), ({"quantity": 17}, Part.STOCK)],
)
def test_a_refused_part_is_withheld_until_it_changes_or_a_person_requests_it(
    saved: dict[str, Any], part: Part
) -> None:
    (refused,) = plan(wanted(**saved), listing(), inventory_price_sync=True).calls
    before_sync = listing(refused={part: refused.digest})
    assert plan(wanted(**saved), before_sync, inventory_price_sync=True) == Plan(withheld=(part,))
    assert plan(wanted(**saved), before_sync, inventory_price_sync=True, requested=True).calls == (refused,)
    otherwise = wanted(name="Blouse", price="33.00", quantity=16)
    assert len(plan(otherwise, before_sync, inventory_price_sync=True).calls) == 3


def test_a_refused_part_does_not_delay_the_others() -> None:
    saved = {"name": "Shirt", "price": "31.00"}
    price, content = plan(wanted(**saved), listing(), inventory_price_sync=True).calls
    planned = plan(
        wanted(**saved), listing(refused={Part.CONTENT: content.digest}), inventory_price_sync=True
    )
    assert (planned.calls, planned.withheld) == ((price,), (Part.CONTENT,))
