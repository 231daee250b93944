"""A product that passed its audit and waits for something of the seller: each read says whether it still does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consumer.delivery.apply_answer import begin
from consumer.delivery.read_back import read_back
from schemas.listing import FirstAudit, LastSent, Listing, ListingStatus
from tests.consumer.delivery.tiktok_model import Records
from tests.records.examples import SHOP
from tiktok.listing.remote_product import RemoteProduct

RUNNING = Listing(
    7, SHOP.key, tiktok_product_id="1729", status=ListingStatus.PENDING, first_audit=FirstAudit.RUNNING
)


@pytest.mark.parametrize("before", [None, "KYC_PENDING"])
@pytest.mark.parametrize(
    ("status", "audit", "reason", "waits"),
    [
        (ListingStatus.PENDING, "PRE_APPROVED", "RESTRICTED_CATEGORY_PENDING", True),
        (ListingStatus.PENDING, "AUDITING", None, True),
        (ListingStatus.ACTIVATE, "APPROVED", None, False),
    ],
)
def test_a_read_says_what_a_listing_waits_for(
    before: str | None, status: ListingStatus, audit: str, reason: str | None, waits: bool
) -> None:
    records = Records()
    records.save()
    listing = replace(RUNNING, audit_since=records.now, pre_approved=before)
    records.listing = listing
    state = begin(records.lease(), records.now, audit_look=timedelta(seconds=5), new_key="key")
    product = RemoteProduct("1729", status, audit, (), {}, LastSent(), {}, pre_approved=reason)
    found = read_back(state, product, as_last_sent=False).listing
    assert (found.pre_approved, found.audit_since is not None) == (reason, waits)
