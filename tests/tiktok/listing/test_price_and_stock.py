"""Price and stock: what the policies compute, why a value may be missing, and what is held back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.listing import LastSent, Money, Part
from schemas.pricing_policy import Adjustment, PriceSource, PricingPolicy, Rounding
from schemas.template_policies import TemplatePolicies
from tests.policies.examples import NOON
from tests.tiktok.examples import SKU, WAREHOUSE, product, sent, shop, template
from tiktok.listing.desired_listing import Refusal, WantedListing, wanted_listing
from tiktok.listing.price_and_stock import Offer, offer_of
from tiktok.listing.price_guard import PriceDrop, hold_back

PLUS_TEN = PricingPolicy(
    "Plus ten",
    adjustment=Adjustment.PERCENT,
    adjustment_value=Decimal(10),
    rounding=Rounding.NEAREST_99,
    guard_percent=Decimal(30),
)
SPECIAL = PricingPolicy("Sale", PriceSource.SPECIAL_PRICE)
BUFFERED = InventoryPolicy("Buffered", buffer=5, sync_out_of_stock=False)


def offered(
    pricing: PricingPolicy | None = PLUS_TEN,
    inventory: InventoryPolicy | None = BUFFERED,
    currency: str = "USD",
    **attributes: Any,
) -> Offer:
    """Return the shirt's price and stock under these policies."""
    named = template(pricing_policy=pricing and pricing.title, inventory_policy=inventory and inventory.title)
    policies = TemplatePolicies(
        {pricing.title: pricing} if pricing else {}, {inventory.title: inventory} if inventory else {}
    )
    return offer_of(product(**attributes), named, shop(currency=currency), policies, NOON)


def listed_at(offer: Offer) -> WantedListing:
    found = wanted_listing(product(), template(), shop(), offer)
    assert isinstance(found, WantedListing)
    return found


def test_the_wanted_listing_has_the_price_and_the_stock_of_its_policies() -> None:
    found = listed_at(offered())
    assert found.price == {SKU: Money("31.99", "USD")}
    assert found.stock == {SKU: {WAREHOUSE: 13}}


def test_a_template_without_policies_sends_what_magento_has() -> None:
    found = listed_at(offered(None, None))
    assert found.price == {SKU: Money("29.00", "USD")}
    assert found.stock[SKU][WAREHOUSE] == 18


def test_a_policy_adds_no_cents_to_a_currency_without_cents() -> None:
    assert offered(currency="JPY").price == Money("32", "JPY")


@pytest.mark.parametrize(
    ("pricing", "attributes", "words"),
    [
        (
            PLUS_TEN,
            {"price": None},
            "Magento has sent no price. Set the price in Magento.",
        ),
        (
            PricingPolicy("Minus", adjustment=Adjustment.FIXED, adjustment_value=Decimal(-30)),
            {},
            "The pricing policy 'Minus' turns 29.000000 into a price that TikTok does not accept. "
            "Change the policy, or the price in Magento.",
        ),
        (
            SPECIAL,
            {"special_price": "19,90"},
            "The special price (special_price) is '19,90', which is not a number. "
            "Enter it in Magento as a number such as 59.90, or empty it.",
        ),
        (
            PricingPolicy("Own", PriceSource.ATTRIBUTE, "tiktok_price"),
            {},
            "The attribute 'tiktok_price' is not received, not a price above zero. Set 'tiktok_price' in Magento.",
        ),
        (
            PricingPolicy("Rich", currency_rate=Decimal(10**9)),
            {},
            "The pricing policy 'Rich' turns 29.000000 into a price that TikTok does not accept. "
            "Change the policy, or the price in Magento.",
        ),
    ],
)
def test_a_missing_price_is_explained(pricing: PricingPolicy, attributes: dict[str, Any], words: str) -> None:
    offer = offered(pricing, **attributes)
    assert offer.price is None
    refused = wanted_listing(product(), template(), shop(), offer)
    assert isinstance(refused, Refusal)
    assert refused.sentence() == words


@pytest.mark.parametrize(
    ("inventory", "words"),
    [
        (
            InventoryPolicy("Salable", StockSource.SALABLE_QUANTITY),
            "The inventory policy 'Salable' takes the stock from 'salable_quantity', which is not received. "
            "Include 'salable_quantity' in Magento's webhooks, or choose another source.",
        ),
        (
            InventoryPolicy("Berlin", StockSource.MSI, "berlin"),
            "The inventory policy 'Berlin' takes the stock from 'source_items', which is not received. "
            "Include 'source_items' in Magento's webhooks, or choose another source.",
        ),
    ],
)
def test_a_missing_stock_is_explained(inventory: InventoryPolicy, words: str) -> None:
    refused = wanted_listing(product(), template(), shop(), offered(inventory=inventory))
    assert isinstance(refused, Refusal)
    assert refused.sentence() == words


def test_stock_that_magento_does_not_manage_needs_a_default_quantity() -> None:
    refused = wanted_listing(
        product(), template(), shop(), offered(None, None, manage_stock="0", stock_status="0")
    )
    assert isinstance(refused, Refusal)
    assert refused.sentence() == (
        "Magento does not manage this product's stock (manage_stock is off), and no default quantity is set. "
        "Set a default quantity in the inventory policy of the listing template, or switch Manage Stock on."
    )
    default = InventoryPolicy("Default", default_quantity=100)
    stock = offered(None, default, manage_stock="0", stock_status="0").stock
    assert stock is not None and stock.sent == 100


@pytest.mark.parametrize(
    ("pricing", "inventory", "attributes", "part"),
    [
        (None, None, {"price": None}, Part.PRICE),
        (None, None, {"price": True}, Part.PRICE),
        (SPECIAL, None, {"special_price": "19,90"}, Part.PRICE),
        (None, None, {"quantity": None}, Part.STOCK),
        (None, None, {"manage_stock": "0"}, Part.STOCK),
        (
            None,
            InventoryPolicy("Rome", StockSource.MSI, "rome"),
            {"source_items": [{"source_code": "oslo", "quantity": 3}]},
            Part.STOCK,
        ),
        (None, None, {"min_qty": "few"}, Part.STOCK),
    ],
)
def test_a_value_that_is_not_understood_holds_its_own_part_only(
    pricing: PricingPolicy | None, inventory: InventoryPolicy | None, attributes: dict[str, Any], part: Part
) -> None:
    offer = offered(pricing, inventory, **attributes)
    assert {fault.part for fault in offer.faults} == {part}
    assert (offer.price is None, offer.stock is None) == (part is Part.PRICE, part is Part.STOCK)


def test_a_special_price_whose_date_is_not_understood_does_not_apply_and_says_so() -> None:
    offer = offered(SPECIAL, special_price="19.00", special_to_date="24.12.2026")
    assert offer.price == Money("29.00", "USD")
    assert offer.notes == (
        "The special price does not apply: special_to_date is '24.12.2026', not a date such as 2026-11-30.",
    )
    assert offered(SPECIAL, special_price="19.00", special_to_date="2026-12-24").notes == ()


# Holding back

FALLEN = Money("14.99", "USD")
LAST = sent(listed_at(offered()))


@pytest.mark.parametrize(
    ("confirmed", "flag"),
    [
        ({}, True),
        ({SKU: FALLEN}, False),
        ({SKU: Money("14.98", "USD")}, True),
        ({SKU: Money("14.99", "EUR")}, True),
        ({"MUG": FALLEN}, True),
    ],
)
def test_a_price_drop_waits_until_the_same_price_is_confirmed(
    confirmed: dict[str, Money], flag: bool
) -> None:
    offer = offered(price="13.60")
    assert offer.price == FALLEN
    found = hold_back(listed_at(offer), offer, LAST, PLUS_TEN, confirmed)
    drop = PriceDrop(SKU, Money("31.99", "USD"), FALLEN, Decimal(30))
    assert found.price_drops == ((drop,) if flag else ())
    assert found.wanted.price == {SKU: Money("31.99", "USD") if flag else FALLEN}
    assert found.wanted.content == listed_at(offer).content


@pytest.mark.parametrize(
    ("last", "pricing"),
    [
        (LAST, None),
        (LAST, PricingPolicy("No guard")),
        (LastSent(), PLUS_TEN),
        (LastSent(price={SKU: Money("31.99", "EUR")}), PLUS_TEN),
        (LastSent(price={"MUG": Money("31.99", "USD")}), PLUS_TEN),
    ],
)
def test_every_price_is_sent_without_a_guard_or_a_last_price(
    last: LastSent, pricing: PricingPolicy | None
) -> None:
    offer = offered(price="13.60")
    found = hold_back(listed_at(offer), offer, last, pricing, {})
    assert (found.price_drops, found.wanted.price) == ((), {SKU: FALLEN})


def test_the_stock_of_a_sold_out_product_stays_if_the_policy_says_so() -> None:
    offer = offered(quantity=5)
    found = hold_back(listed_at(offer), offer, LAST, PLUS_TEN, {})
    assert found.stock_left
    assert found.wanted.stock == LAST.stock
    never_sent = hold_back(listed_at(offer), offer, LastSent(), PLUS_TEN, {})
    assert not never_sent.stock_left
    assert never_sent.wanted.stock[SKU][WAREHOUSE] == 0


@given(st.decimals("0.01", "9999", places=2), st.decimals("0.01", "9999", places=2))
def test_a_sent_price_never_drops_by_more_than_the_guard(last: Decimal, new: Decimal) -> None:
    offer = offered(price=str(new))
    before = LastSent(price={SKU: Money(str(last), "USD")})
    found = hold_back(listed_at(offer), offer, before, PLUS_TEN, {})
    assert Decimal(found.wanted.price[SKU].amount) >= last * Decimal("0.7")
