"""Pricing and inventory policies on the command line: applying, explaining, confirming a price."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from commands.cli.declaration import read_declaration
from records.catalog import confirmed_prices, listings, sync_queue
from records.catalog.tables import pending_syncs as pending_table
from records.log.tables import events as events_table
from records.rules import template_policies
from schemas.listing import FirstAudit, LastSent, ListingStatus, Money
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, declaration, saved, shop, template
from tests.policies.examples import at

EXAMPLE = Path(__file__).parents[2] / "docs" / "shop.yaml"
GUARDED = {"title": "Guarded", "guard_percent": 30, "floor": "5.00"}
CAREFUL = {"title": "Careful", "buffer": 5}
NAMED = template(pricing_policy="Guarded", inventory_policy="Careful")
OFFERED = declaration(pricing_policies=[GUARDED], inventory_policies=[CAREFUL], listing_templates=[NAMED])


@pytest.fixture
def sold(shop_desk: Desk) -> Desk:
    """The price last sent to TikTok is 29.00; in Magento it is now 14.50."""
    assert shop_desk.apply(OFFERED).exit_code == 0
    shop_desk.take(saved())
    on_tiktok(shop_desk)
    shop_desk.take(saved(60, price="14.50"), at=60)
    return shop_desk


def on_tiktok(desk: Desk, shop_key: str = "demo") -> None:
    """Simulate a delivery at 29.00, and empty the queue."""
    product = desk.product(SKU, shop_key)
    with desk.database.write() as connection:
        listing = replace(
            listings.load(connection, [product.id])[product.id],
            tiktok_product_id="1729592969712207008",
            skus={SKU: "1729592969712207012"},
            status=ListingStatus.ACTIVATE,
            first_audit=FirstAudit.PASSED,
            last_sent=LastSent(price={SKU: Money("29.00", "USD")}),
        )
        listings.save_delivered(connection, [listing])
        connection.execute(pending_table.delete())
        connection.execute(update(events_table).values(end="applied", ended_at=at(1)))


def confirmed(desk: Desk) -> Mapping[str, Money]:
    product = desk.product(SKU)
    with desk.database.read() as connection:
        return confirmed_prices.load(connection, [product.id]).get(product.id, {})


def state(desk: Desk) -> tuple[str, Mapping[str, str]]:
    result = desk.m2t("explain", SKU, "--json")
    assert result.exit_code == 0, result.output
    (explained,) = json.loads(result.stdout)["products"]
    return explained["verdict"], explained["state"]


# Apply


def test_the_example_in_the_documentation_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(name, "x" * 40)
    declared = read_declaration(EXAMPLE, os.environ)({}, {})
    assert {policy.title for policy in declared.pricing_policies} == {"Plus ten"}
    assert {policy.title for policy in declared.inventory_policies} == {"Careful"}


def test_applied_policies_are_stored_and_shown(shop_desk: Desk) -> None:
    result = shop_desk.apply(OFFERED)
    assert result.exit_code == 0, result.output
    assert "pricing policy 'Guarded': is new" in result.stdout
    assert "inventory policy 'Careful': is new" in result.stdout
    assert "template 'Shirts': pricing_policy: nothing -> Guarded" in result.stdout
    with shop_desk.database.read() as connection:
        stored = template_policies.load_all(connection)
    assert (list(stored.pricing_policies), list(stored.inventory_policies)) == (["Guarded"], ["Careful"])
    assert "pricing policy 'Guarded': unchanged" in shop_desk.apply(OFFERED).stdout


def test_a_changed_policy_makes_the_listings_due_whose_price_or_stock_changes(sold: Desk) -> None:
    with sold.database.write() as connection:
        connection.execute(pending_table.delete())
    other = {**OFFERED, "pricing_policies": [GUARDED, {"title": "Named by none", "floor": "9.00"}]}
    assert json.loads(sold.apply(other, "--json").stdout)["due"] == 0
    dearer = {**OFFERED, "pricing_policies": [{**GUARDED, "floor": "40.00"}]}
    document = json.loads(sold.apply(dearer, "--json").stdout)
    assert (document["due"], document["changes"]) == (
        1,
        {"pricing policy 'Guarded'": ["floor: 5.00 -> 40.00"]},
    )


@pytest.mark.parametrize(
    ("field", "words"), [("pricing_policy", "pricing policy"), ("inventory_policy", "inventory policy")]
)
def test_a_template_with_an_unknown_policy_is_an_error(shop_desk: Desk, field: str, words: str) -> None:
    result = shop_desk.apply(declaration(listing_templates=[template(**{field: "Nowhere"})]))
    assert result.exit_code == 1
    assert (
        f"listing_templates[0].{field}: names no {words}; there is none yet (found 'Nowhere')"
        in result.stderr
    )
    assert shop_desk.apply(OFFERED).exit_code == 0
    # What is there already need not stand in the file again.
    assert shop_desk.apply(declaration(listing_templates=[NAMED])).exit_code == 0


# Explain


def test_explain_shows_price_stock_and_the_withheld_price(sold: Desk) -> None:
    verdict, found = state(sold)
    assert "it drops from 29.00 to 14.50 USD, by 50.0 %" in verdict
    assert f"m2t price confirm {SKU} --shop demo" in verdict
    assert found["Price"] == "14.50 USD, of 14.50 in Magento ('Guarded') - withheld by the price guard"
    assert found["Stock"] == "13, of 13 available ('Careful')"


def test_the_verdict_says_that_the_price_was_not_sent(sold: Desk) -> None:
    with sold.database.write() as connection:
        connection.execute(pending_table.delete())
        connection.execute(update(events_table).values(end="applied", ended_at=at(61)))
    verdict, _ = state(sold)
    assert verdict.startswith(f"Synced except for its price. The price of {SKU} was not sent: it drops")


def test_explain_omits_policies_that_no_template_uses(shop_desk: Desk) -> None:
    shop_desk.take(saved())
    _, found = state(shop_desk)
    assert not {"Price", "Stock"} & found.keys()


def test_explain_shows_when_the_price_changes(shop_desk: Desk) -> None:
    special = {"title": "Special", "source": "special_price"}
    shop_desk.apply(
        declaration(pricing_policies=[special], listing_templates=[template(pricing_policy="Special")])
    )
    week: dict[str, Any] = {"special_price": "19.99", "special_from_date": "2026-12-01 00:00:00"}
    shop_desk.take(saved(**week))
    on_tiktok(shop_desk)
    shop_desk.take(saved(60, **week), at=60)
    verdict, found = state(shop_desk)
    assert verdict == "Synced: TikTok has the current product data."
    assert found["Price"].endswith("- changes at 2026-12-01 00:00:00 UTC")


def test_explain_names_a_date_that_is_not_understood(shop_desk: Desk) -> None:
    special = {"title": "Special", "source": "special_price"}
    shop_desk.apply(
        declaration(pricing_policies=[special], listing_templates=[template(pricing_policy="Special")])
    )
    shop_desk.take(saved(special_price="19.99", special_to_date="24/12/2026"))
    _, found = state(shop_desk)
    assert found["Price"] == (
        "29.00 USD, of 29.00 in Magento ('Special') - The special price does not apply: special_to_date is "
        "'24/12/2026', not a date such as 2026-11-30."
    )


# Confirm


def test_a_withheld_price_is_confirmed_and_sent(sold: Desk) -> None:
    result = sold.m2t("price", "confirm", SKU)
    assert (result.exit_code, result.stdout) == (
        0,
        f"{SKU}: 14.50 USD is confirmed, and is sent to TikTok now.\n",
    )
    assert confirmed(sold) == {SKU: Money("14.50", "USD")}
    with sold.database.read() as connection:
        assert sync_queue.get(connection, sold.product(SKU).id) is not None
    verdict, _ = state(sold)
    assert "price confirm" not in verdict


@pytest.mark.parametrize(("value", "exit_code"), [("14.5", 0), ("14.49", 1), ("cheap", 2)])
def test_the_named_amount_must_be_the_withheld_price(sold: Desk, value: str, exit_code: int) -> None:
    assert sold.m2t("price", "confirm", SKU, "--value", value).exit_code == exit_code
    assert bool(confirmed(sold)) is (exit_code == 0)


def test_a_later_price_is_withheld_again(sold: Desk) -> None:
    sold.m2t("price", "confirm", SKU)
    sold.take(saved(120, price="13.00"), at=120)
    verdict, _ = state(sold)
    assert "it drops from 29.00 to 13.00 USD" in verdict


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("NEVER-SEEN",), "There is no product 'NEVER-SEEN'."),
        ((SKU, "--shop", "elsewhere"), "There is no shop 'elsewhere'."),
    ],
)
def test_an_unknown_product_is_an_error(sold: Desk, arguments: Any, words: str) -> None:
    result = sold.m2t("price", "confirm", *arguments)
    assert result.exit_code == 1
    assert words in result.stderr


def test_confirming_without_a_withheld_price_is_an_error(sold: Desk) -> None:
    sold.take(saved(120, price="28.00"), at=120)
    result = sold.m2t("price", "confirm", SKU)
    assert result.exit_code == 1
    assert f"No price of '{SKU}' in shop demo waits for confirmation." in result.stderr
    assert confirmed(sold) == {}


def test_a_sku_in_several_shops_needs_the_shop(sold: Desk) -> None:
    assert sold.apply({**OFFERED, "shops": [shop(), shop("other")]}).exit_code == 0
    sold.take(saved(60, id="evt-other", shop="other"), at=60)
    result = sold.m2t("price", "confirm", SKU)
    assert result.exit_code == 1
    assert "choose one with --shop: demo, other" in result.stderr
    assert sold.m2t("price", "confirm", SKU, "--shop", "demo").exit_code == 0
