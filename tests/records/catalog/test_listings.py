"""Listings: intake and delivery each write their own columns only."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest

from records.catalog import baselines, listings
from records.db.database import Database
from schemas.listing import (
    AssignedBy,
    Availability,
    CreateAttempt,
    FirstAudit,
    LastSent,
    Listing,
    ListingStatus,
    Money,
    OutcomeKind,
    Part,
)
from tests.policies.examples import NOON, at
from tests.records.examples import listing_of, located

DECIDED: dict[str, Any] = {
    "template": "Shirts",
    "assigned_by": AssignedBy.POLICY,
    "ineligible_since": NOON,
    "ineligible_reason": "product_disabled",
}
DELIVERED: dict[str, Any] = {
    "tiktok_product_id": "1729",
    "skus": {"S": "1730"},
    "status": ListingStatus.PENDING,
    "first_audit": FirstAudit.RUNNING,
    "gone": True,
    "last_outcome": OutcomeKind.ACCEPTED,
    "last_message": "TikTok accepted it.",
    "last_codes": (("accepted", "price"),),
    "last_sent": LastSent(
        content={"title": "Shirt", "skus": [{"seller_sku": "S"}]},
        price={"S": Money("9.90", "USD")},
        stock={"S": {"7001": 3, "7002": 0}},
        availability=Availability.DEACTIVATED,
    ),
    "refused": {Part.CONTENT: "digest"},
    "create_attempt": CreateAttempt("key-1", '{"title":"x"}'),
    "audit_since": at(3),
    "pre_approved": "KYC_PENDING",
}


@pytest.fixture
def bare(database: Database) -> Listing:
    with database.write() as connection:
        return listing_of(connection, located(connection, "41", "S").id)


def kept(database: Database) -> Listing:
    with database.read() as connection:
        return listing_of(connection, 1)


def test_a_new_product_has_an_empty_listing(bare: Listing) -> None:
    assert bare == Listing(product_id=1, shop="demo")


def test_every_field_is_written_by_intake_or_by_delivery() -> None:
    names = {field.name for field in fields(Listing)}
    assert DECIDED.keys() | DELIVERED.keys() | {"product_id", "shop"} == names


def test_columns_of_intake_and_of_delivery_are_loaded_as_stored(database: Database, bare: Listing) -> None:
    whole = replace(bare, **DECIDED, **DELIVERED)
    with database.write() as connection:
        listings.save_decided(connection, [whole])
        listings.save_delivered(connection, [whole])
    assert kept(database) == whole


def test_intake_leaves_the_columns_of_delivery_unchanged(database: Database, bare: Listing) -> None:
    with database.write() as connection:
        listings.save_delivered(connection, [replace(bare, **DELIVERED)])
        listings.save_decided(connection, [replace(bare, **DECIDED)])
    assert kept(database) == replace(bare, **DECIDED, **DELIVERED)


def test_delivery_leaves_the_columns_of_intake_unchanged(database: Database, bare: Listing) -> None:
    with database.write() as connection:
        listings.save_decided(connection, [replace(bare, **DECIDED)])
        listings.save_delivered(connection, [replace(bare, **DELIVERED)])
    assert kept(database) == replace(bare, **DECIDED, **DELIVERED)


@pytest.mark.parametrize("given, template", [(None, "Winner"), ("Chosen", "Chosen")])
def test_the_matching_template_is_assigned_to_a_listing_without_one(
    database: Database, bare: Listing, given: str | None, template: str
) -> None:
    with database.write() as connection:
        assigned_by = AssignedBy.HAND if given else None
        listings.save_decided(connection, [replace(bare, template=given, assigned_by=assigned_by)])
        listings.remember_template(connection, bare.product_id, "Winner")
    assert kept(database).template == template
    assert kept(database).assigned_by is (AssignedBy.HAND if given else AssignedBy.REMEMBERED)


def test_ineligible_since_keeps_the_first_time(database: Database, bare: Listing) -> None:
    with database.write() as connection:
        listings.mark_ineligible(connection, bare.product_id, "product_disabled", at(1))
        listings.mark_ineligible(connection, bare.product_id, "product_deleted", at(2))
    assert (kept(database).ineligible_since, kept(database).ineligible_reason) == (at(1), "product_disabled")


@pytest.mark.parametrize("as_of, then", [(at(1), None), (at(0), at(1)), (None, at(1))])
def test_an_accepted_sync_does_not_clear_a_newer_ineligible_mark(
    database: Database, bare: Listing, as_of: datetime | None, then: datetime | None
) -> None:
    with database.write() as connection:
        listings.mark_ineligible(connection, bare.product_id, "product_disabled", at(1))
        listings.clear_ineligible(connection, bare.product_id, as_of)
    assert kept(database).ineligible_since == then


def test_a_tiktok_product_belongs_to_one_listing(database: Database, bare: Listing) -> None:
    with database.write() as connection:
        others = [located(connection, str(number), f"S-{number}").id for number in (2, 3)]

        def save(product_id: int, tiktok: str) -> None:
            listing = replace(listing_of(connection, product_id), tiktok_product_id=tiktok, skus={"S": "1"})
            listings.save_delivered(connection, [listing])

        save(bare.product_id, "1729")
        save(others[1], "1800")
        listings.release_claims(connection, "demo", "1729", keeper=others[0])
        save(others[0], "1729")
        former, keeper, stranger = (listing_of(connection, product_id) for product_id in (1, *others))
    assert (former.tiktok_product_id, former.gone, former.listed) == (None, True, False)
    assert (keeper.tiktok_product_id, keeper.gone) == ("1729", False)
    assert (stranger.tiktok_product_id, stranger.gone) == ("1800", False)


def test_a_listing_does_not_take_back_a_tiktok_product_that_another_has_adopted(
    database: Database, bare: Listing
) -> None:
    with database.write() as connection:
        other = located(connection, "2", "S-2").id
        for product_id in (bare.product_id, other, bare.product_id):
            listing = replace(listing_of(connection, product_id), tiktok_product_id="1729")
            listings.save_delivered(connection, [listing])
        found = [listing_of(connection, product_id).tiktok_product_id for product_id in (1, other)]
    assert found == ["1729", None]


def test_a_baseline_is_replaced_completely(database: Database, bare: Listing) -> None:
    with database.write() as connection:
        assert baselines.load(connection, [1]) == {}
        baselines.save(connection, {1: {"color": "red", "size": "M"}})
        baselines.save(connection, {1: {"color": "blue"}})
        assert baselines.load(connection, [1, 2]) == {1: {"color": "blue"}}
