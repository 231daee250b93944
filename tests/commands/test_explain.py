"""`m2t explain`: the state, the checks and the history of a product, in every shop that has it."""

from __future__ import annotations

import json

from policies.decision import Action
from tests.commands.conftest import Desk
from tests.commands.examples import SECRETS, SKU, saved, shop
from tests.commands.stories import (
    TIKTOK_ID,
    explained,
    govern,
    synced,
    synced_then_saved,
    with_policy,
)


def test_the_state_shows_magento_tiktok_and_the_queue(shop_desk: Desk) -> None:
    synced(shop_desk)
    state = explained(shop_desk)["state"]
    assert state["Magento"] == "product 41 (Linen shirt)"
    assert state["Status"] == "enabled (1)"
    assert state["Visibility"] == "Catalog, Search (4)"
    assert state["Template"] == "'Shirts' (by Product Assign)"
    assert state["TikTok"] == f"product {TIKTOK_ID}, ACTIVATE"
    assert state["Last sent"] == "content (Linen shirt); price 29.00 USD; stock 18; live"
    assert state["Pending"] == "nothing"


def test_the_pending_row_shows_its_times(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    pending = explained(shop_desk)["state"]["Pending"]
    assert pending == "since 2026-11-24 12:00:00 UTC, due 2026-11-24 12:00:00 UTC, 0 attempts failed"


def test_the_deciding_check_is_marked(shop_desk: Desk) -> None:
    shop_desk.take(saved(visibility="1"))
    (deciding,) = [check for check in explained(shop_desk)["checks"] if check["decides"]]
    assert deciding["reason"] == "not_visible_individually"
    lines = shop_desk.m2t("explain", SKU).stdout.splitlines()
    (marked,) = [line for line in lines if line.startswith("  =>")]
    assert "Visible individually? no (visibility 1)" in marked
    assert marked.endswith("[not_visible_individually]")


def test_the_history_is_newest_first(shop_desk: Desk) -> None:
    synced_then_saved(color="red")(shop_desk)
    history = explained(shop_desk)["history"]
    assert [(row["kind"], row["action"]) for row in history] == [
        ("decision", Action.SYNC),
        ("outcome", "none"),
        ("decision", Action.UPLOAD),
    ]
    assert history[0]["message"].endswith("Changed: color: blue -> red.")


def test_without_the_activity_log_only_the_history_is_missing(shop_desk: Desk) -> None:
    with_policy(shop_desk, activity_log=False)
    shop_desk.take(saved(visibility="1"))
    output = shop_desk.m2t("explain", SKU).stdout
    assert output.rstrip().endswith("Activity Log is off: no history.")
    assert output.splitlines()[1].startswith("Not synced: The product is Not Visible Individually")


# Which product


def test_each_shop_that_has_the_product_gets_a_block(shop_desk: Desk) -> None:
    govern(shop_desk, shops=[shop(), shop("second")])
    shop_desk.take(saved(), saved(shop="second", status="2"))
    both = json.loads(shop_desk.m2t("explain", SKU, "--json").stdout)["products"]
    assert {product["shop"]: product["verdict"].partition(" ")[0] for product in both} == {
        "demo": "A",
        "second": "Not",
    }
    text = shop_desk.m2t("explain", SKU, "--shop", "second").stdout
    assert text.startswith(f"{SKU} in shop second\nNot synced: ")
    assert "in shop demo" not in text


def test_an_unknown_sku_names_the_shops_searched_and_the_nearest_skus(shop_desk: Desk) -> None:
    shop_desk.take(saved(), saved(1, sku="MUG-01", entity_id="42"))
    result = shop_desk.m2t("explain", "shirt-n")
    assert result.exit_code == 1
    assert "There is no product 'shirt-n'. Shops searched: demo." in result.stderr
    assert f"did you mean {SKU}?" in result.stderr


def test_an_unknown_sku_with_nothing_near_says_what_to_do(shop_desk: Desk) -> None:
    result = shop_desk.m2t("explain", "NOWHERE")
    assert result.exit_code == 1
    assert "m2t trigger" in result.stderr


def test_an_unknown_sku_whose_events_are_dead_letters_says_so(shop_desk: Desk) -> None:
    shop_desk.bury(saved(5), "intake_failed")
    result = shop_desk.m2t("explain", SKU)
    assert result.exit_code == 1
    assert (
        "dead letters of this SKU: 1, the newest intake_failed at 2026-11-24 12:00:05 UTC." in result.stderr
    )


def test_dead_letters_of_a_known_product_are_part_of_its_state(shop_desk: Desk) -> None:
    synced(shop_desk)
    assert explained(shop_desk)["state"]["Dead letters"] == "none"
    shop_desk.bury(saved(5, color="red"), "intake_failed")
    value = explained(shop_desk)["state"]["Dead letters"]
    assert value == "1, the newest intake_failed at 2026-11-24 12:00:05 UTC"


def test_an_unknown_shop_names_those_that_exist(shop_desk: Desk) -> None:
    result = shop_desk.m2t("explain", SKU, "--shop", "elsewhere")
    assert result.exit_code == 1
    assert "There is no shop 'elsewhere'." in result.stderr
    assert "demo" in result.stderr


def test_no_secret_is_shown(shop_desk: Desk) -> None:
    synced(shop_desk)
    text = shop_desk.m2t("explain", SKU).output + shop_desk.m2t("explain", SKU, "--json").output
    assert not [secret for secret in SECRETS if secret in text]
