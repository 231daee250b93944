"""The verdict of `m2t explain`, for every reason and every outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from policies.messages import reason_sentence
from policies.reasons import Reason
from records.catalog import sync_queue_leases
from records.rules import shops
from schemas.listing import Availability, FirstAudit, ListingStatus, OutcomeKind
from schemas.product_event import EventKind
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, saved
from tests.commands.stories import (
    REFUSED,
    SENT,
    delivered,
    eligible_again,
    first_saved,
    gone,
    never_decided,
    not_accepted,
    observing,
    of_another_type,
    other_store_view,
    policy_changed,
    price_off,
    stale,
    sync_requested,
    synced,
    synced_then_saved,
    template_changed,
    update_off,
    upload_off,
    upload_requested,
    verdict,
    with_policy,
)
from tests.policies.examples import at

STORIES: Mapping[Reason, Callable[[Desk], None]] = {
    Reason.STALE_EVENT: stale,
    Reason.OTHER_STORE_VIEW: other_store_view,
    Reason.UNSUPPORTED_TYPE: of_another_type,
    Reason.UPDATE_OFF: update_off,
    Reason.PRODUCT_DELETED: first_saved(kind=EventKind.DELETED),
    Reason.PRODUCT_DISABLED: first_saved(status="2"),
    Reason.NOT_IN_WEBSITE: first_saved(website_ids=["2"]),
    Reason.NOT_VISIBLE_INDIVIDUALLY: first_saved(visibility="1"),
    Reason.UNREAD_GATE: first_saved(visibility="somewhere"),
    Reason.NO_LISTING_TEMPLATE_MATCHES: first_saved(attribute_set_id="11"),
    Reason.UPLOAD_OFF: upload_off,
    Reason.EXISTED_BEFORE_UPLOAD: first_saved(is_new=False),
    Reason.GONE_ON_TIKTOK: gone,
    Reason.NEW_PRODUCT: first_saved(),
    Reason.UPLOAD_REQUESTED: upload_requested,
    Reason.BECAME_ELIGIBLE: eligible_again,
    Reason.TEMPLATE_CHANGED: template_changed,
    Reason.SYNC_REQUESTED: sync_requested,
    Reason.POLICY_CHANGED: policy_changed,
    Reason.NOTHING_CHANGED: synced,
    Reason.NOT_ACCEPTED_YET: not_accepted,
    Reason.NO_OBSERVED_ATTRIBUTE_CHANGED: lambda desk: observing(desk, size="L"),
    Reason.INVENTORY_PRICE_SYNC_OFF: price_off,
    Reason.OBSERVED_ATTRIBUTE_CHANGED: lambda desk: observing(desk, color="red"),
    Reason.ATTRIBUTE_CHANGED: synced_then_saved(color="red"),
    Reason.FIRST_SEEN: never_decided,
}


@pytest.mark.parametrize("reason", Reason)
def test_the_verdict_contains_the_sentence_of_each_reason(shop_desk: Desk, reason: Reason) -> None:
    STORIES[reason](shop_desk)
    words = {
        Reason.NOTHING_CHANGED: "Synced: TikTok has the current",
        Reason.UNREAD_GATE: "Held: visibility 'somewhere' is not a Magento value (1 to 4).",
    }.get(reason, reason_sentence(reason))
    assert words.casefold() in verdict(shop_desk).casefold()


@pytest.mark.parametrize(
    ("story", "begins"),
    [
        (synced, "Synced: "),
        (stale, "Synced: "),
        (first_saved(status="2"), "Not synced: "),
        (
            first_saved(),
            "A sync has been queued since 2026-11-24 12:00:00 UTC: the consumer will sync it next",
        ),
        (synced_then_saved(color="red"), "A sync has been queued since "),
        (price_off, "Synced except for its last change: "),
        (never_decided, "Its next save will be synced: "),
    ],
)
def test_the_verdict_begins_with_the_state_of_the_sync(
    shop_desk: Desk, story: Callable[[Desk], None], begins: str
) -> None:
    story(shop_desk)
    assert verdict(shop_desk).startswith(begins)


def test_the_nearest_template_is_named_with_what_the_product_misses(shop_desk: Desk) -> None:
    shop_desk.take(saved(attribute_set_id="11"))
    assert verdict(shop_desk).endswith("Nearest: 'Shirts' requires attribute_set_id 9 (this product has 11).")


def test_a_change_that_was_not_observed_is_shown(shop_desk: Desk) -> None:
    observing(shop_desk, size="L")
    assert verdict(shop_desk).endswith("Changed: size: M -> L.")


def test_a_product_kept_on_tiktok_is_shown_as_still_on_sale(shop_desk: Desk) -> None:
    synced_then_saved(visibility="1")(shop_desk)
    assert verdict(shop_desk).endswith("TikTok still sells it.")


def test_a_completed_take_down_is_shown(shop_desk: Desk) -> None:
    synced_then_saved(status="2")(shop_desk)
    down = {**SENT, "availability": Availability.DEACTIVATED}
    delivered(shop_desk, seconds=6, status=ListingStatus.SELLER_DEACTIVATED, last_sent=down)
    assert verdict(shop_desk) == "Taken down on TikTok (off sale): The product is disabled in Magento."


@pytest.mark.parametrize(
    ("quantity", "begins"),
    [(0, "Taken down on TikTok (out of stock): "), (18, "Its next save will take it down on TikTok: ")],
)
def test_a_take_down_by_stock_is_complete_once_the_quantity_sent_is_0(
    shop_desk: Desk, quantity: int, begins: str
) -> None:
    with_policy(shop_desk, when_disabled="zero_stock")
    synced_then_saved(status="2")(shop_desk)
    delivered(shop_desk, seconds=6, last_sent={**SENT, "stock": {SKU: {"7068517275539719942": quantity}}})
    assert verdict(shop_desk).startswith(begins)


def test_an_eligible_product_without_a_queued_sync_is_uploaded_at_its_next_save(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, None, tiktok_product_id=None, first_audit=FirstAudit.NONE)
    assert verdict(shop_desk).startswith("Not on TikTok yet: its next save will upload it.")


# Every outcome


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (OutcomeKind.REJECTED, "TikTok rejected it"),
        (OutcomeKind.REFUSED_HERE, "a part of it was refused here, and not sent to TikTok"),
        (OutcomeKind.AUDIT_FAILED, "TikTok's audit rejected it"),
        (OutcomeKind.TWO_LISTINGS_ON_TIKTOK, "more than once"),
        (OutcomeKind.VARIANT_OF_ANOTHER_LISTING, "a variant of another TikTok product"),
        (OutcomeKind.DEAD_LETTERED, "dead letter"),
    ],
)
def test_a_rejection_is_shown_with_its_message_and_hint(
    shop_desk: Desk, kind: OutcomeKind, says: str
) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, replace(REFUSED, kind=kind))
    assert says in verdict(shop_desk)
    assert verdict(shop_desk).endswith("TikTok rejected it: the title is too long. Shorten the name.")


@pytest.mark.parametrize("due_at", [None, at(600)])
def test_a_left_out_image_is_shown_after_a_sync(shop_desk: Desk, due_at: datetime | None) -> None:
    shop_desk.take(saved())
    words = "TikTok accepted it: created. The image https://shop.example/a.png is empty."
    delivered(shop_desk, replace(REFUSED, kind=OutcomeKind.IMAGE_LEFT_OUT, message=words), due_at=due_at)
    assert verdict(shop_desk).startswith(
        f"Synced: TikTok has the current product data. But an image was left out: {words}"
    )


def test_without_the_activity_log_a_rejection_keeps_its_message(shop_desk: Desk) -> None:
    with_policy(shop_desk, activity_log=False)
    shop_desk.take(saved())
    delivered(shop_desk, REFUSED)
    assert verdict(shop_desk).endswith("TikTok rejected it: the title is too long.")


@pytest.mark.parametrize(
    ("tries", "says"),
    [
        (3, "3 attempts failed; the next one is due 2026-11-24 12:01:00 UTC"),
        (1, "1 attempt failed; the next one"),
    ],
)
def test_failed_attempts_are_counted_and_the_next_attempt_is_shown(
    shop_desk: Desk, tries: int, says: str
) -> None:
    shop_desk.take(saved())
    delivered(
        shop_desk,
        None,
        due_at=at(60),
        tries=tries,
        waits=True,
        tiktok_product_id=None,
        first_audit=FirstAudit.NONE,
    )
    assert says in verdict(shop_desk)


def test_a_sync_waits_for_its_paused_policy(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with_policy(shop_desk, paused=True)
    assert "its synchronization policy 'Default' is paused" in verdict(shop_desk)


def test_a_sync_waits_for_its_stopped_shop(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        shops.stop(connection, "demo", "the refresh token has expired", now=at(5))
    assert "sync stopped for its shop (the refresh token has expired)" in verdict(shop_desk)


def test_a_running_audit_is_shown_beside_the_sync(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(
        shop_desk,
        due_at=at(3),
        audit_since=at(1),
        status=ListingStatus.PENDING,
        first_audit=FirstAudit.RUNNING,
    )
    found = verdict(shop_desk)
    assert found.startswith("Sent: TikTok has the current product data. It goes live once")
    assert found.endswith("TikTok's audit has been running since 2026-11-24 12:00:01 UTC.")


def test_a_product_that_waits_for_a_permission_does_not_read_as_an_audit_running(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(
        shop_desk,
        due_at=at(3),
        audit_since=at(1),
        pre_approved="RESTRICTED_CATEGORY_PENDING",
        status=ListingStatus.PENDING,
        first_audit=FirstAudit.RUNNING,
    )
    found = verdict(shop_desk)
    assert "audit passes" not in found
    assert found.endswith("TikTok waits for your permission (Qualification Center).")


def test_a_running_sync_is_shown(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        sync_queue_leases.lease(connection, "demo", now=at(3599), until=at(3619), token="owner", limit=1)
    assert "it is being synced now" in verdict(shop_desk)


def test_an_expired_lease_is_not_a_running_sync(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        sync_queue_leases.lease(connection, "demo", now=at(10), until=at(30), token="crashed", limit=1)
    assert "the consumer will sync it next" in verdict(shop_desk)


def test_a_queue_row_left_after_a_rejection_does_not_hide_it(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, REFUSED, due_at=at(7200))
    assert verdict(shop_desk).startswith("Not synced: TikTok rejected it.")


def test_a_sync_behind_a_running_audit_waits_for_it(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, None, due_at=at(7200), waits=True, audit_since=at(1))
    assert "TikTok's audit has been running since 2026-11-24 12:00:01 UTC; the next check is due" in verdict(
        shop_desk
    )


def test_a_part_that_tiktok_does_not_accept_yet_shows_its_next_check(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, None, due_at=at(7200), waits=True)
    assert "TikTok does not accept it yet; the next check is due 2026-11-24 14:00:00 UTC" in verdict(
        shop_desk
    )


def test_a_product_that_tiktok_deactivated_is_not_shown_as_live(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, status=ListingStatus.PLATFORM_DEACTIVATED)
    assert verdict(shop_desk).endswith("its status there is PLATFORM_DEACTIVATED.")
