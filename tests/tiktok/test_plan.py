"""The plan: which calls bring TikTok from what it was last given to what it should hold; often none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.listing import Availability, LastSent, Listing, ListingStatus, Money, Part
from schemas.listing_template import ListingTemplate
from schemas.synchronization_policy import WhenLeaving
from tests.policies.examples import NOON
from tests.tiktok.examples import (
    OTHER_WAREHOUSE,
    SKU,
    SKU_ID,
    WAREHOUSE,
    last_given,
    listing,
    product,
    sent,
    shop,
    template,
    wanted,
)
from tiktok.listing import WantedListing, wanted_listing
from tiktok.plan import (
    Call,
    Operation,
    Plan,
    after,
    create_call,
    merge_for_edit,
    plan,
    sent_by_create,
    take_down,
    with_sku_ids,
)

PARTIAL_EDIT, EDIT, PRICE, INVENTORY = (
    Operation.PARTIAL_EDIT,
    Operation.EDIT,
    Operation.PRICE,
    Operation.INVENTORY,
)
ACTIVATE, DEACTIVATE, DELETE, RECOVER = (
    Operation.ACTIVATE,
    Operation.DEACTIVATE,
    Operation.DELETE,
    Operation.RECOVER,
)
NOT_LIVE = [
    status for status in ListingStatus if status not in (ListingStatus.ACTIVATE, ListingStatus.FREEZE)
]


def operations(planned: Plan) -> list[Operation]:
    return [call.operation for call in planned.calls]


def body(call: Call) -> Any:
    return orjson.loads(call.body)


def carried_out(known: Listing, planned: Plan) -> Listing:
    """The listing after every call of the plan was accepted."""
    for call in planned.calls:
        known = replace(known, last_sent=after(known.last_sent, call.sends))
    return known


def of_template(made_of: ListingTemplate) -> WantedListing:
    found = wanted_listing(product(), made_of, shop())
    assert isinstance(found, WantedListing)
    return found


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
def test_a_sync_sends_what_differs_falling_stock_first(
    saved: dict[str, Any], inventory_price_sync: bool, calls: list[Operation]
) -> None:
    planned = plan(wanted(**saved), listing(), inventory_price_sync=inventory_price_sync)
    assert operations(planned) == calls
    assert (planned.waits, planned.withheld) == ((), ())


saves = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Linen shirt", "Shirt"]),
        "price": st.sampled_from(["29.00", "31.00", 9]),
        "quantity": st.integers(-1, 40),
        "color": st.sampled_from(["49", "50", None]),
        "size": st.sampled_from(["M", "L", ""]),
    },
)


@given(before=saves, saved=saves, inventory_price_sync=st.booleans())
def test_what_was_sent_is_not_sent_again(
    before: dict[str, Any], saved: dict[str, Any], inventory_price_sync: bool
) -> None:
    known = listing(last_sent=sent(wanted(**before)))
    planned = plan(wanted(**saved), known, inventory_price_sync=inventory_price_sync)
    again = plan(wanted(**saved), carried_out(known, planned), inventory_price_sync=inventory_price_sync)
    assert again == Plan()


@given(before=saves, saved=saves)
def test_a_sync_leaves_tiktok_with_all_of_what_is_wanted(
    before: dict[str, Any], saved: dict[str, Any]
) -> None:
    known = listing(last_sent=sent(wanted(**before)))
    planned = plan(wanted(**saved), known, inventory_price_sync=True)
    assert carried_out(known, planned).last_sent == sent(wanted(**saved))


# --- bodies ------------------------------------------------------------------------------------------------------


def test_a_partial_edit_names_only_the_properties_that_differ() -> None:
    (call,) = plan(wanted(name="Shirt"), listing(), inventory_price_sync=True).calls
    assert body(call) == {"title": "Shirt"}


def test_a_change_of_color_carries_the_size_and_the_quantity_with_it() -> None:
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


def test_a_price_update_gives_the_sku_by_tiktoks_id() -> None:
    (call,) = plan(wanted(price="31.00"), listing(), inventory_price_sync=True).calls
    assert body(call) == {"skus": [{"id": SKU_ID, "price": {"amount": "31.00", "currency": "USD"}}]}


def test_an_inventory_update_names_every_warehouse() -> None:
    (call,) = plan(wanted(quantity=17), listing(), inventory_price_sync=True).calls
    assert body(call) == {
        "skus": [
            {
                "id": SKU_ID,
                "inventory": [
                    {"warehouse_id": WAREHOUSE, "quantity": 17},
                    {"warehouse_id": OTHER_WAREHOUSE, "quantity": 0},
                ],
            }
        ]
    }


@pytest.mark.parametrize("inventory_price_sync", [True, False])
def test_an_edit_that_names_skus_gives_the_price_and_stock_that_tiktok_demands(
    inventory_price_sync: bool,
) -> None:
    renamed = wanted_listing(replace(product(), sku="SHIRT-NEW"), template(), shop())
    assert isinstance(renamed, WantedListing)
    known = last_given(listing(), price={"SHIRT-NEW": Money("29.00", "USD")}, stock=renamed.stock)
    (call,) = plan(renamed, known, inventory_price_sync=inventory_price_sync).calls
    (sku,) = body(call)["skus"]
    assert (sku["id"], sku["seller_sku"]) == (SKU_ID, "SHIRT-NEW")
    assert sku["price"] == {"amount": "29.00", "currency": "USD"}
    assert [one["warehouse_id"] for one in sku["inventory"]] == [WAREHOUSE, OTHER_WAREHOUSE]


def test_a_sku_whose_id_nobody_can_tell_is_named_without_one() -> None:
    known = listing(skus={"SHIRT-S": "1", "SHIRT-L": "2"})
    (call,) = plan(wanted(), last_given(known, content=None), inventory_price_sync=True).calls
    assert [sku.get("id") for sku in body(call)["skus"]] == [None]


def test_a_category_moves_by_a_full_edit_that_keeps_what_stands_beside_ours() -> None:
    (call,) = plan(of_template(template(category_id="600002")), listing(), inventory_price_sync=True).calls
    assert call.operation is EDIT
    merged = orjson.loads(merge_for_edit({"video": {"id": "v09e40f40000"}, "title": "Old"}, call))
    assert (merged["category_id"], merged["title"]) == ("600002", "Linen shirt")
    assert merged["video"] == {"id": "v09e40f40000"}
    assert [sku["id"] for sku in merged["skus"]] == [SKU_ID]


def test_a_property_that_is_no_longer_wanted_takes_one_full_edit_without_it() -> None:
    branded = listing(last_sent=sent(of_template(template(brand_id="7082427311584347905"))))
    planned = plan(of_template(template()), branded, inventory_price_sync=True)
    assert operations(planned) == [EDIT]
    assert "brand_id" not in body(planned.calls[0])
    assert plan(of_template(template()), carried_out(branded, planned), inventory_price_sync=True) == Plan()


def test_of_content_that_is_not_known_all_is_sent_once() -> None:
    planned = plan(wanted(), last_given(listing(), content=None), inventory_price_sync=True)
    assert operations(planned) == [PARTIAL_EDIT]
    assert body(planned.calls[0]).keys() == wanted().content.keys() - {"category_id"}


# --- refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "part"),
    [({"name": "Shirt"}, Part.CONTENT), ({"price": "31.00"}, Part.PRICE), ({"quantity": 17}, Part.STOCK)],
)
def test_a_part_that_was_refused_is_withheld_until_it_changes_or_a_person_asks(
    saved: dict[str, Any], part: Part
) -> None:
    (refused,) = plan(wanted(**saved), listing(), inventory_price_sync=True).calls
    known = listing(refused={part: refused.digest})
    assert plan(wanted(**saved), known, inventory_price_sync=True) == Plan(withheld=(part,))
    assert plan(wanted(**saved), known, inventory_price_sync=True, asked=True).calls == (refused,)
    otherwise = wanted(name="Blouse", price="33.00", quantity=16)
    assert len(plan(otherwise, known, inventory_price_sync=True).calls) == 3


def test_a_refused_part_holds_up_no_other() -> None:
    saved = {"name": "Shirt", "price": "31.00"}
    price, content = plan(wanted(**saved), listing(), inventory_price_sync=True).calls
    planned = plan(
        wanted(**saved), listing(refused={Part.CONTENT: content.digest}), inventory_price_sync=True
    )
    assert (planned.calls, planned.withheld) == ((price,), (Part.CONTENT,))


# --- status ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", NOT_LIVE)
def test_a_price_waits_for_the_listing_to_be_active_and_nothing_else_does(status: ListingStatus) -> None:
    saved = wanted(name="Shirt", price="31.00", quantity=17)
    planned = plan(saved, listing(status=status), inventory_price_sync=True)
    assert operations(planned) == [INVENTORY, PARTIAL_EDIT]
    assert [wait.part for wait in planned.waits] == [Part.PRICE]
    assert status in planned.waits[0].why


def test_a_frozen_listing_waits_with_everything() -> None:
    saved = wanted(name="Shirt", price="31.00", quantity=17)
    planned = plan(saved, listing(status=ListingStatus.FREEZE), inventory_price_sync=True)
    assert planned.calls == ()
    assert {wait.part for wait in planned.waits} == {Part.CONTENT, Part.PRICE, Part.STOCK}


# --- leaving and coming back -------------------------------------------------------------------------------------

LIVE, AWAY, DELETED = Availability.LIVE, Availability.DEACTIVATED, Availability.DELETED


@pytest.mark.parametrize(
    ("how", "status", "availability", "calls", "waits"),
    [
        ("deactivate", "ACTIVATE", LIVE, [DEACTIVATE], []),
        ("deactivate", "ACTIVATE", None, [DEACTIVATE], []),  # nothing is known of it
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
def test_how_a_listing_leaves(
    how: str,
    status: str | None,
    availability: Availability | None,
    calls: list[Operation],
    waits: list[Part],
) -> None:
    known = last_given(listing(status=ListingStatus(status) if status else None), availability=availability)
    planned = take_down(WhenLeaving(how), known, (WAREHOUSE, OTHER_WAREHOUSE))
    assert operations(planned) == calls
    assert [wait.part for wait in planned.waits] == waits


def test_stock_is_taken_to_nothing_in_every_warehouse_and_once() -> None:
    warehouses = (WAREHOUSE, OTHER_WAREHOUSE)
    planned = take_down(WhenLeaving.ZERO_STOCK, listing(), warehouses)
    (sku,) = body(planned.calls[0])["skus"]
    assert {one["warehouse_id"]: one["quantity"] for one in sku["inventory"]} == dict.fromkeys(warehouses, 0)
    assert take_down(WhenLeaving.ZERO_STOCK, carried_out(listing(), planned), warehouses) == Plan()


def test_a_take_down_is_sent_even_where_it_was_refused_before() -> None:
    (zero,) = take_down(WhenLeaving.ZERO_STOCK, listing(), (WAREHOUSE,)).calls
    known = listing(refused={Part.STOCK: zero.digest})
    assert take_down(WhenLeaving.ZERO_STOCK, known, (WAREHOUSE,)).calls == (zero,)


@pytest.mark.parametrize("inventory_price_sync", [True, False])
def test_stock_that_was_taken_away_comes_back_whatever_inventory_price_sync_says(
    inventory_price_sync: bool,
) -> None:
    gone = carried_out(listing(), take_down(WhenLeaving.ZERO_STOCK, listing(), (WAREHOUSE, OTHER_WAREHOUSE)))
    back = replace(gone, ineligible_since=NOON)
    assert operations(plan(wanted(), back, inventory_price_sync=inventory_price_sync)) == [INVENTORY]


@pytest.mark.parametrize(
    ("status", "availability", "calls"),
    [
        (ListingStatus.SELLER_DEACTIVATED, AWAY, [PARTIAL_EDIT, ACTIVATE]),
        (ListingStatus.DELETED, DELETED, [RECOVER, PARTIAL_EDIT, ACTIVATE]),
    ],
)
def test_a_listing_that_comes_back_is_recovered_first_and_activated_last(
    status: ListingStatus, availability: Availability, calls: list[Operation]
) -> None:
    known = last_given(listing(status=status), availability=availability)
    planned = plan(wanted(name="Shirt"), known, inventory_price_sync=True)
    assert operations(planned) == calls
    assert carried_out(known, planned).last_sent.availability is LIVE


# --- create ------------------------------------------------------------------------------------------------------


def test_a_create_sends_content_price_and_stock_in_one_body() -> None:
    told = body(create_call(wanted(), "key-1"))
    (sku,) = told["skus"]
    assert (told["title"], told["save_mode"], told["idempotency_key"]) == ("Linen shirt", "LISTING", "key-1")
    assert sku == {
        "seller_sku": SKU,
        "external_sku_id": "demo/41",
        "price": {"amount": "29.00", "currency": "USD"},
        "inventory": [
            {"warehouse_id": WAREHOUSE, "quantity": 18},
            {"warehouse_id": OTHER_WAREHOUSE, "quantity": 0},
        ],
    }


@given(saves)
def test_what_a_create_made_is_read_back_from_its_body(saved: dict[str, Any]) -> None:
    call = create_call(wanted(**saved), "key-1")
    assert sent_by_create(call.body) == call.sends == sent(wanted(**saved))


def test_a_refused_create_is_told_apart_by_content_and_price_and_not_by_stock() -> None:
    def named(key: str, **saved: Any) -> str:
        return create_call(wanted(**saved), key).digest

    assert named("key-1") == named("key-2") == named("key-1", quantity=3)
    assert len({named("key-1"), named("key-1", price="31.00"), named("key-1", name="Shirt")}) == 3


def test_sku_ids_are_matched_by_seller_sku() -> None:
    answered = [{"id": "2", "seller_sku": "B"}, {"id": "1", "seller_sku": "A"}, {"id": "3"}]
    assert with_sku_ids(listing(), answered).skus == {"A": "1", "B": "2"}
    assert with_sku_ids(listing(), []).skus == {SKU: SKU_ID}


def test_only_the_part_that_was_sent_is_known_anew() -> None:
    before = listing().last_sent
    cheaper = {SKU: Money("9.00", "USD")}
    assert after(before, LastSent(price=cheaper)) == replace(before, price=cheaper)
