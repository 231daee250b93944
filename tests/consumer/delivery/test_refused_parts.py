"""A part that pre-flight refuses holds back no other part of a listing, and is named; a new listing needs all parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.listing_template import AttributeMapping
from tests.consumer.deliveries import Case
from tests.consumer.engine import SKU, TEMPLATE


def of_tiktok(case: Case, sku: str = SKU) -> tuple[str, str, int]:
    """Return the title, the price and the quantity that TikTok has."""
    found = case.tiktok.product(sku)
    (stored,) = found["skus"]
    return found["title"], stored["price"]["amount"], int(stored["quantity"])


@pytest.mark.parametrize(
    ("changes", "calls", "then", "named"),
    [
        (
            {"price": "0.0000", "quantity": 0},
            ["inventory"],
            ("Linen shirt", "29.00", 0),
            "The price '0.0000'",
        ),
        (
            {"price": "free", "name": "Shirt II"},
            ["partial_edit"],
            ("Shirt II", "29.00", 18),
            "The price 'free'",
        ),
        (
            {"quantity": "some", "price": "19.00"},
            ["price"],
            ("Linen shirt", "19.00", 18),
            "The quantity is 'some'",
        ),
        (
            {"quantity": "some", "price": "19.00", "name": "Shirt II"},
            ["price", "partial_edit"],
            ("Shirt II", "19.00", 18),
            "The quantity is 'some'",
        ),
        (
            {"name": ["a", "b"], "price": "19.00", "quantity": 3},
            ["inventory", "price"],
            ("Linen shirt", "19.00", 3),
            "Magento sent a list as the name",
        ),
        ({"price": "0", "quantity": "some", "name": ""}, [], ("Linen shirt", "29.00", 18), "The price '0'"),
    ],
)
def test_the_parts_that_can_be_sent_are_sent_and_the_other_is_named(
    listed: Case, changes: dict[str, Any], calls: list[str], then: tuple[str, str, int], named: str
) -> None:
    before = len(listed.tiktok.writes())
    event_id = listed.save(**changes)
    assert (listed.tiktok.writes()[before:], of_tiktok(listed)) == (calls, then)
    (outcome,) = [row for row in listed.engine.history() if row.reason == "refused_here"]
    assert (listed.engine.end(event_id), named in outcome.message) == ("refused_here", True)
    # An audit of the content that follows does not hide it from the product page.
    listing = listed.engine.listing()
    assert (listing.last_outcome, named in (listing.last_message or "")) == ("refused_here", True)


def test_what_was_mended_is_sent(listed: Case) -> None:
    listed.save(price="0", quantity=3)
    assert listed.after({"price": "31.00"}) == ["price"]
    assert listed.engine.listing().last_outcome == "accepted"


def test_a_listing_comes_back_on_sale_whatever_its_other_parts_are(listed: Case) -> None:
    assert listed.after({"status": "2"}) == ["deactivate"]
    assert listed.after({"status": "1", "price": "0", "name": ["a"]}) == ["activate"]
    assert listed.status() == "ACTIVATE"


def test_a_new_listing_needs_every_part(case: Case) -> None:
    for changes in ({"price": "0"}, {"price": "29.00", "quantity": "some"}):
        event_id = case.save(**changes)
        assert (case.tiktok.writes(), case.engine.end(event_id)) == ([], "refused_here")
    case.save(quantity=3)
    assert case.tiktok.writes() == ["create"]


def test_a_sku_that_tiktok_refuses_leaves_price_and_stock_of_the_listing_that_is_there(listed: Case) -> None:
    spaced = "SHIRT M"
    before = len(listed.tiktok.writes())
    event = listed.engine.saved(SKU, quantity=0, price="31.00")
    listed.engine.take(replace(event, sku=spaced, attributes={**event.attributes, "sku": spaced}))
    listed.settled(spaced)
    assert listed.tiktok.writes()[before:] == ["inventory", "price"]
    assert of_tiktok(listed) == ("Linen shirt", "31.00", 0)
    assert listed.engine.end(event.id) == "refused_here"
    assert "does not accept the SKU 'SHIRT M'" in (listed.engine.listing(spaced).last_message or "")


def test_with_inventory_price_sync_off_a_missing_price_is_no_fault_of_a_listing(listed: Case) -> None:
    listed.engine.policy(inventory_price_sync=False)
    event_id = listed.save(price="0", quantity="some", name="Shirt II")
    assert of_tiktok(listed) == ("Shirt II", "29.00", 18)
    assert (listed.engine.end(event_id), "refused_here" in listed.engine.outcomes()) == ("applied", False)


def test_what_tiktok_rejects_is_rejected_even_beside_what_was_refused_here(listed: Case) -> None:
    listed.tiktok.fault("inventory", "reject", code=12052055, message="The stock is not right.")
    event_id = listed.save(price="0", quantity=3)
    assert listed.engine.end(event_id) == "rejected"
    message = listed.engine.listing().last_message or ""
    assert "The price '0' is not a price above zero." in message and "TikTok rejected it" in message


def test_an_attribute_without_a_label_is_left_out_with_a_warning(listed: Case) -> None:
    mapping = AttributeMapping("100392", "color", values={"49": "Black"})
    listed.engine.template(replace(TEMPLATE, attributes=(mapping,)))
    listed.save(color="49")
    assert listed.after({"color": "999"}) == ["partial_edit"]
    assert listed.tiktok.product()["product_attributes"] == []
    (warning,) = [row for row in listed.engine.history() if row.reason == "left_out"]
    assert (warning.level, "no label is known for 'color' = 999" in warning.message) == ("warning", True)
