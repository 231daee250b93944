"""`m2t sync`: a person's request overrides the switches, but not eligibility."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from records.catalog import baselines, sync_queue, tables
from records.rules import shops
from sync.decide_event import Lane
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, saved, shop, template
from tests.commands.stories import (
    delivered,
    explained,
    first_saved,
    gone,
    govern,
    observing,
    price_off,
    synced,
    update_off,
    upload_off,
    with_policy,
)
from tests.policies.examples import at


def synced_by_hand(desk: Desk, *options: str) -> dict[str, Any]:
    result = desk.m2t("sync", SKU, "--json", *options)
    (product,) = json.loads(result.stdout)["products"]
    return dict(product)


def row(desk: Desk, sku: str = SKU) -> Any:
    with desk.database.read() as connection:
        return sync_queue.get(connection, desk.product(sku).id)


def existed(desk: Desk) -> None:
    desk.take(saved(is_new=False))


def unobserved(desk: Desk) -> None:
    observing(desk, size="L")
    delivered(desk, seconds=6)


@pytest.mark.parametrize(
    ("story", "then"),
    [
        (synced, ("sync", "sync_requested")),
        (existed, ("upload", "upload_requested")),
        (upload_off, ("upload", "upload_requested")),
        (gone, ("upload", "upload_requested")),
        (update_off, ("sync", "sync_requested")),
        (unobserved, ("sync", "sync_requested")),
        (price_off, ("sync", "sync_requested")),
    ],
)
def test_a_request_overrides_the_switches(
    shop_desk: Desk, story: Callable[[Desk], None], then: tuple[str, str]
) -> None:
    story(shop_desk)
    found = synced_by_hand(shop_desk)
    assert (found["action"], found["reason"]) == then
    assert row(shop_desk).requested is True


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "2"}, "product_disabled"),
        ({"website_ids": ["2"]}, "not_in_website"),
        ({"visibility": "1"}, "not_visible_individually"),
        ({"attribute_set_id": "77"}, "no_listing_template_matches"),
        ({"type_id": "bundle"}, "unsupported_type"),
    ],
)
def test_an_ineligible_product_is_not_queued_and_the_reason_is_shown(
    shop_desk: Desk, fields: dict[str, Any], reason: str
) -> None:
    first_saved(**fields)(shop_desk)
    answer = shop_desk.m2t("sync", SKU)
    assert answer.exit_code == 1
    assert answer.stdout.startswith(f"{SKU} in shop demo: Nothing is sent: ")
    assert row(shop_desk) is None
    newest = explained(shop_desk)["history"][0]
    assert (newest["actor"], newest["action"], newest["reason"]) == ("person", "skip", reason)


def test_a_listed_product_that_is_no_longer_eligible_is_taken_down_on_request(shop_desk: Desk) -> None:
    synced(shop_desk)
    shop_desk.take(saved(5, status="2"))
    delivered(shop_desk, seconds=6)
    assert synced_by_hand(shop_desk)["action"] == "take_down"
    assert row(shop_desk).lane == Lane.OFF_SALE


def test_the_decision_and_what_the_sync_waits_for_are_shown(shop_desk: Desk) -> None:
    existed(shop_desk)
    assert shop_desk.m2t("sync", SKU).stdout == (
        f"{SKU} in shop demo: Is uploaded to TikTok: you requested the upload. "
        "Queued: the consumer will sync it next (if it does not, run m2t doctor).\n"
    )


def test_a_paused_policy_and_a_stopped_shop_are_shown(shop_desk: Desk) -> None:
    existed(shop_desk)
    with shop_desk.database.write() as connection:
        shops.stop(connection, "demo", "the authorization has ended", now=at(10))
    assert "the authorization has ended" in shop_desk.m2t("sync", SKU).stdout
    with_policy(shop_desk, paused=True)
    assert "its synchronization policy 'Default' is paused" in shop_desk.m2t("sync", SKU).stdout


def test_the_request_is_written_to_the_activity_log_if_it_is_on(shop_desk: Desk) -> None:
    existed(shop_desk)
    shop_desk.m2t("sync", SKU)
    newest = explained(shop_desk)["history"][0]
    assert (newest["actor"], newest["kind"]) == ("person", "decision")
    assert newest["message"] == "Is uploaded to TikTok: you requested the upload."
    with_policy(shop_desk, activity_log=False)
    shop_desk.m2t("sync", SKU)
    with_policy(shop_desk)
    assert len(explained(shop_desk)["history"]) == 2


def test_the_next_save_is_compared_with_the_requested_state(
    shop_desk: Desk,
) -> None:
    unobserved(shop_desk)
    shop_desk.m2t("sync", SKU)
    with shop_desk.database.read() as connection:
        product = shop_desk.product(SKU)
        assert baselines.load(connection, [product.id])[product.id]["size"] == "L"


def test_dry_run_requests_nothing(shop_desk: Desk) -> None:
    existed(shop_desk)
    result = shop_desk.m2t("sync", SKU, "--dry-run")
    assert result.stdout.endswith("you requested the upload.\nNothing was requested (--dry-run).\n")
    assert row(shop_desk) is None
    assert len(explained(shop_desk)["history"]) == 1


def test_an_unknown_sku_stops_the_whole_request(shop_desk: Desk) -> None:
    shop_desk.take(saved(is_new=False), saved(1, sku="MUG-01", entity_id="42", is_new=False))
    result = shop_desk.m2t("sync", SKU, "MUG-01", "NOWHERE")
    assert result.exit_code == 1
    assert "There is no product 'NOWHERE'." in result.stderr
    assert row(shop_desk) is None
    assert shop_desk.m2t("sync", SKU, "MUG-01").exit_code == 0
    assert row(shop_desk).requested and row(shop_desk, "MUG-01").requested


def test_a_sku_in_two_shops_needs_the_shop(shop_desk: Desk) -> None:
    govern(shop_desk, shops=[shop(), shop("second")])
    shop_desk.take(saved(is_new=False), saved(shop="second", is_new=False))
    result = shop_desk.m2t("sync", SKU)
    assert result.exit_code == 1
    assert "Next: choose one with --shop: demo, second" in result.stderr
    assert synced_by_hand(shop_desk, "--shop", "second")["shop"] == "second"


# m2t upload --matching


def catalogue(desk: Desk) -> None:
    """Store 1 listed product, 2 older products, 1 disabled, 1 of another template and 1 deleted."""
    govern(desk, listing_templates=[template(), template("Mugs", "11")])
    synced(desk)
    older = [saved(n, sku=f"OLD-{n}", entity_id=f"5{n}", is_new=False) for n in (1, 2)]
    disabled = saved(3, sku="OFF-1", entity_id="61", status="2", is_new=False)
    mug = saved(4, sku="MUG-01", entity_id="62", attribute_set_id="11", is_new=False)
    deleted = saved(5, sku="GONE-1", entity_id="63", is_new=False)
    desk.take(*older, disabled, mug, deleted)
    with desk.database.write() as connection:
        connection.execute(
            tables.products.update().where(tables.products.c.sku == "GONE-1").values(deleted=True)
        )


NUMBERS = {"match": 4, "on_tiktok": 1, "go_up": 2, "stay": {"product_disabled": 1}, "asked_for": 0}


def test_json_without_yes_prints_only_the_numbers(shop_desk: Desk) -> None:
    catalogue(shop_desk)
    result = shop_desk.m2t("upload", "--matching", "Shirts", "--json")
    assert json.loads(result.stdout) == NUMBERS
    assert [row(shop_desk, sku) for sku in ("OLD-1", "OLD-2")] == [None, None]


def test_nothing_is_requested_without_confirmation(shop_desk: Desk) -> None:
    catalogue(shop_desk)
    result = shop_desk.m2t("upload", "--matching", "Shirts")
    assert result.stdout.splitlines()[:4] == [
        "4 products match 'Shirts':",
        "  1 are on TikTok already",
        "  1 stay: product_disabled",
        "  2 would be uploaded",
    ]
    assert result.exit_code == 1
    assert row(shop_desk, "OLD-1") is None


def test_with_confirmation_only_matching_products_are_uploaded(shop_desk: Desk) -> None:
    catalogue(shop_desk)
    result = shop_desk.m2t("upload", "--matching", "Shirts", "--yes")
    assert result.exit_code == 0
    assert result.stdout.endswith("2 requested. Next: m2t pending\n")
    assert [row(shop_desk, sku).requested for sku in ("OLD-1", "OLD-2")] == [True, True]
    assert [row(shop_desk, sku) for sku in (SKU, "OFF-1", "MUG-01")] == [None, None, None]


def test_products_are_uploaded_even_if_product_upload_is_off(shop_desk: Desk) -> None:
    upload_off(shop_desk)
    document = json.loads(shop_desk.m2t("upload", "--matching", "Shirts", "--yes", "--json").stdout)
    assert (document["go_up"], document["asked_for"]) == (1, 1)


def test_a_catalogue_larger_than_a_chunk_is_counted_and_requested_whole(
    shop_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.catalog.listings.CHUNK", 2)
    shop_desk.take(*(saved(n, sku=f"OLD-{n}", entity_id=f"5{n}", is_new=False) for n in range(5)))
    document = json.loads(shop_desk.m2t("upload", "--matching", "Shirts", "--yes", "--json").stdout)
    assert (document["match"], document["go_up"], document["asked_for"]) == (5, 5, 5)


def test_an_unknown_template_names_those_that_exist(shop_desk: Desk) -> None:
    result = shop_desk.m2t("upload", "--matching", "Shoes")
    assert result.exit_code == 1
    assert "Next: choose one of: 'Shirts'" in result.stderr
