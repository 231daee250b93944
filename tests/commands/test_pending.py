"""`m2t pending`: the queue in order, and what each row waits for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from records.catalog import sync_queue_leases
from records.rules import shops
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, saved, shop, template
from tests.commands.stories import delivered, govern, request_sync, synced, with_policy
from tests.policies.examples import at


def pending(desk: Desk, *options: str) -> dict[str, Any]:
    result = desk.m2t("pending", "--json", *options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def the_row(desk: Desk) -> dict[str, Any]:
    (row,) = pending(desk)["pending"]
    return dict(row)


def test_the_queue_is_empty_while_nothing_is_due(shop_desk: Desk) -> None:
    assert shop_desk.m2t("pending").stdout == "The queue is empty.\n"


def test_a_row_shows_its_lane_its_times_and_what_it_waits_for(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    assert shop_desk.m2t("pending").stdout.splitlines() == [
        f"{SKU} in shop demo (upload): the consumer will sync it next (if it does not, run m2t doctor).",
        "  since 2026-11-24 12:00:00 UTC, due 2026-11-24 12:00:00 UTC, 0 attempts failed",
    ]


def test_a_row_shows_its_lease(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        sync_queue_leases.lease(connection, "demo", now=at(3600), until=at(3620), token="an-owner", limit=1)
    row = the_row(shop_desk)
    assert (row["leased_by"], row["leased_until"]) == ("an-owner", at(3620).isoformat())
    assert row["waits_for"] == "it is being synced now"


def test_an_expired_lease_is_not_shown(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        sync_queue_leases.lease(connection, "demo", now=at(3570), until=at(3590), token="an-owner", limit=1)
    assert the_row(shop_desk)["leased_by"] is None


@pytest.mark.parametrize(
    ("fields", "waits_for"),
    [
        ({"tries": 3}, "3 attempts failed; the next one is due 2026-11-24 13:01:00 UTC"),
        (
            {"audit_since": at(3500)},
            "TikTok's audit has been running since 2026-11-24 12:58:20 UTC; "
            "the next check is due 2026-11-24 13:01:00 UTC",
        ),
        ({}, "TikTok does not accept it yet; the next check is due 2026-11-24 13:01:00 UTC"),
    ],
)
def test_a_row_that_is_not_due_says_why(shop_desk: Desk, fields: dict[str, Any], waits_for: str) -> None:
    shop_desk.take(saved())
    delivered(shop_desk, None, due_at=at(3660), waits=True, **fields)
    assert the_row(shop_desk)["waits_for"] == waits_for


def test_listings_wait_for_their_paused_policy(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with_policy(shop_desk, paused=True)
    assert the_row(shop_desk)["waits_for"] == "its synchronization policy 'Default' is paused"


def test_listings_wait_for_their_stopped_shop(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    with shop_desk.database.write() as connection:
        shops.stop(connection, "demo", "the authorization has ended", now=at(10))
    assert "the authorization has ended" in the_row(shop_desk)["waits_for"]


def test_a_row_waits_for_the_time_when_its_price_changes(shop_desk: Desk) -> None:
    named = {"title": "Special", "source": "special_price"}
    priced = template(pricing_policy="Special")
    govern(shop_desk, pricing_policies=[named], listing_templates=[priced])
    shop_desk.take(saved(special_price="19.00", special_from_date="2026-11-25 00:00:00"))
    delivered(shop_desk, due_at=at(12 * 3600))
    assert the_row(shop_desk)["waits_for"] == "its price changes at 2026-11-25 00:00:00 UTC"


def test_due_rows_are_in_order_of_lane_and_later_rows_in_order_of_time(shop_desk: Desk) -> None:
    synced(shop_desk)
    fresh = at(3600) - timedelta(seconds=5)
    shop_desk.take(saved(1, sku="NEW-1", entity_id="42"), at=3595)
    shop_desk.take(saved(2, price="31.00"), at=3596)
    rows = [(row["sku"], row["lane"]) for row in pending(shop_desk)["pending"]]
    assert rows == [(SKU, "price"), ("NEW-1", "upload")]
    assert fresh.isoformat() == pending(shop_desk)["pending"][1]["since"]


def test_a_person_s_request_is_marked(shop_desk: Desk) -> None:
    synced(shop_desk)
    request_sync(shop_desk)
    assert the_row(shop_desk)["asked"] is True
    assert "requested" in shop_desk.m2t("pending").stdout


def test_the_number_of_rows_beyond_the_limit_is_shown(shop_desk: Desk) -> None:
    shop_desk.take(*(saved(n, sku=f"SKU-{n}", entity_id=str(n)) for n in range(1, 4)))
    output = shop_desk.m2t("pending", "--limit", "2").stdout
    assert output.endswith("1 more is queued (--limit).\n")
    assert pending(shop_desk, "--limit", "2")["total"] == 3


def test_only_the_named_shop_s_queue_is_shown(shop_desk: Desk) -> None:
    govern(shop_desk, shops=[shop(), shop("second")])
    shop_desk.take(saved(), saved(shop="second"))
    assert [row["shop"] for row in pending(shop_desk, "--shop", "second")["pending"]] == ["second"]
    assert pending(shop_desk)["total"] == 2


def test_an_unknown_shop_names_those_that_exist(shop_desk: Desk) -> None:
    result = shop_desk.m2t("pending", "--shop", "elsewhere")
    assert result.exit_code == 1
    assert "Next: choose one of: demo" in result.stderr
