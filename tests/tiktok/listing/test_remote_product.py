"""Products read from TikTok, in the fields that we send; after a read nothing is sent again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.listing import Availability, LastSent, ListingStatus, Money
from schemas.listing_template import PackageDimensions
from tests.tiktok.examples import (
    PRODUCT_ID,
    SKU,
    SKU_ID,
    as_tiktok_returns_it,
    listing,
    product,
    sent,
    shop,
    template,
    wanted,
    wanted_or_refused,
)
from tests.tiktok.planned import OURS, document
from tiktok.listing.desired_listing import WantedListing
from tiktok.listing.remote_product import remote_product
from tiktok.listing.sync_plan import Operation, Plan, create_call, plan

received_products = st.builds(
    product,
    name=st.sampled_from(["Linen shirt", "Größe M – Leinen", "衬衫"]),
    price=st.decimals("0.01", "99999", places=2).map(str),
    quantity=st.integers(0, 99_999),
    color=st.sampled_from(["49", "50", None]),
    size=st.sampled_from(["M", None]),
)
templates = st.builds(
    template,
    brand_id=st.sampled_from([None, "7082427311584347905"]),
    package_dimensions=st.sampled_from([None, PackageDimensions("10", "20", "4", "CENTIMETER")]),
    category_version=st.sampled_from(["v1", "v2"]),
)
shops = st.sampled_from([("W1",), ("W1", "W2"), ("W1", "W2", "W3")]).map(
    lambda warehouses: shop(warehouse_ids=warehouses)
)


@given(received_products, templates, shops)
def test_a_sent_listing_is_read_back_unchanged(shirt: Any, listing_template: Any, selling_shop: Any) -> None:
    meant = wanted_or_refused(shirt, listing_template, selling_shop)
    assert isinstance(meant, WantedListing)
    read = remote_product(as_tiktok_returns_it(create_call(meant, "key-1").body), sent(meant), OURS)
    assert read.last_sent == sent(meant)
    read_back = listing(skus=read.skus, status=read.status, last_sent=read.last_sent)
    assert plan(meant, read_back, inventory_price_sync=True) == Plan()


def test_a_field_that_is_neither_returned_nor_known_is_sent_once() -> None:
    read = remote_product(as_tiktok_returns_it(create_call(wanted(), "key-1").body), LastSent(), OURS)
    (call,) = plan(wanted(), listing(last_sent=read.last_sent), inventory_price_sync=True).calls
    assert (call.operation, orjson.loads(call.body)) == (Operation.PARTIAL_EDIT, {"category_version": "v1"})


@pytest.mark.parametrize(
    ("audit", "reason"),
    [
        ({"status": "PRE_APPROVED", "pre_approved_reasons": ["KYC_PENDING"]}, "KYC_PENDING"),
        ({"status": "PRE_APPROVED", "pre_approved_reasons": ["A", "KYC_PENDING"]}, "A"),
        ({"status": "PRE_APPROVED", "pre_approved_reasons": []}, ""),
        ({"status": "PRE_APPROVED"}, ""),
        ({"status": "AUDITING", "pre_approved_reasons": ["KYC_PENDING"]}, None),
        ({}, None),
    ],
)
def test_a_product_that_passed_its_audit_but_waits_for_a_permission_says_for_which(
    audit: dict[str, Any], reason: str | None
) -> None:
    answer = {**as_tiktok_returns_it(create_call(wanted(), "key-1").body), "audit": audit}
    assert remote_product(answer, LastSent(), OURS).pre_approved == reason


def test_a_change_made_on_tiktok_is_reverted() -> None:
    document = as_tiktok_returns_it(create_call(wanted(), "key-1").body)
    document["title"] = "Renamed in Seller Center"
    document["skus"][0]["price"]["sale_price"] = "1.00"
    read = remote_product(document, sent(wanted()), OURS)
    planned = plan(wanted(), listing(last_sent=read.last_sent), inventory_price_sync=True)
    assert [call.operation for call in planned.calls] == [Operation.PRICE, Operation.PARTIAL_EDIT]


@pytest.mark.parametrize(
    ("status", "read_status", "availability"),
    [
        ("ACTIVATE", ListingStatus.ACTIVATE, Availability.LIVE),
        ("PENDING", ListingStatus.PENDING, Availability.LIVE),
        ("FAILED", ListingStatus.FAILED, Availability.LIVE),
        ("SELLER_DEACTIVATED", ListingStatus.SELLER_DEACTIVATED, Availability.DEACTIVATED),
        ("DELETED", ListingStatus.DELETED, Availability.DELETED),
        ("A_STATUS_OF_TOMORROW", None, Availability.LIVE),
    ],
)
def test_the_availability_follows_from_the_status(
    status: str, read_status: ListingStatus | None, availability: Availability
) -> None:
    read = remote_product(document(status=status), LastSent(), OURS)
    assert (read.status, read.last_sent.availability) == (read_status, availability)


def test_the_ids_and_the_reasons_of_a_failed_audit_are_read() -> None:
    read = remote_product(
        document(
            audit={"status": "FAILED"},
            audit_failed_reasons=[{"reasons": ["The image is blurred."]}, {"reasons": ["No brand."]}],
        ),
        LastSent(),
        OURS,
    )
    assert (read.product_id, read.skus) == (PRODUCT_ID, {SKU: SKU_ID})
    assert (read.audit, read.reasons) == ("FAILED", ("The image is blurred.", "No brand."))


@pytest.mark.parametrize(
    ("price", "money"),
    [
        ({"currency": "USD", "sale_price": "9.99", "tax_exclusive_price": "9.00"}, Money("9.99", "USD")),
        ({"currency": "USD", "tax_exclusive_price": "9.00"}, Money("9.00", "USD")),
        ({"currency": "USD", "amount": "9.99"}, Money("9.99", "USD")),
    ],
)
def test_the_price_that_buyers_pay_is_read(price: dict[str, str], money: Money) -> None:
    skus = [{"id": SKU_ID, "seller_sku": SKU, "price": price}]
    assert remote_product(document(skus=skus), LastSent(), OURS).last_sent.price == {SKU: money}


def test_a_sku_without_a_seller_sku_is_ignored() -> None:
    nameless = {"id": "1", "seller_sku": "", "price": {"currency": "USD", "sale_price": "1"}, "inventory": []}
    whole = document()
    read = remote_product({**whole, "skus": [*whole["skus"], nameless]}, LastSent(), OURS)
    assert read.skus == {SKU: SKU_ID}
    assert read.last_sent.price == wanted().price
