"""Pricing policies: the price that is sent, its dates, and the price drops that the guard holds back."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.template_policies.price import (
    CENT,
    drop_percent,
    drops_too_far,
    lints,
    price,
    round_price,
    unread_dates,
    unread_special_price,
)
from schemas.pricing_policy import PricingPolicy, PricingPolicySchema, Rounding
from tests.policies.examples import NOON, SPECIAL, pricing, product


def priced(
    settings: dict[str, Any], now: datetime = NOON, digit: Decimal = CENT, **attributes: Any
) -> str | None:
    found = price(product(**attributes), pricing(**settings), now, digit)
    return None if found is None else str(found)


def php_date(text: str) -> dict[str, object]:
    """Return the JSON of a PHP DateTime object."""
    return {"date": text, "timezone_type": 3, "timezone": "UTC"}


@pytest.mark.parametrize(
    ("settings", "value", "sent"),
    [
        ({}, "29.000000", "29.00"),
        ({}, 29, "29.00"),
        ({}, "0.005", "0.01"),  # half up
        ({}, "0.004", None),
        ({}, "0", None),
        ({}, "-1", None),
        ({}, "free", None),
        ({}, None, None),
        ({"currency_rate": "1.0950"}, "29.00", "31.76"),
        ({"currency_rate": 0.5}, "29.01", "14.51"),
        ({"adjustment": "percent", "adjustment_value": 10}, "29.00", "31.90"),
        ({"adjustment": "percent", "adjustment_value": "10"}, "19.95", "21.95"),  # 21.945, half up
        ({"adjustment": "percent", "adjustment_value": -50}, "29.00", "14.50"),
        ({"adjustment": "fixed", "adjustment_value": "2.5"}, "29.00", "31.50"),
        ({"adjustment": "fixed", "adjustment_value": -30}, "29.00", None),
        (
            {"currency_rate": 2, "adjustment": "fixed", "adjustment_value": 1},
            "10.00",
            "21.00",
        ),  # the rate first
        ({"rounding": "nearest_99"}, "29.00", "28.99"),
        ({"rounding": "nearest_99"}, "29.48", "28.99"),
        ({"rounding": "nearest_99"}, "29.49", "29.99"),  # half up
        ({"rounding": "nearest_99"}, "29.99", "29.99"),
        ({"rounding": "nearest_99"}, "0.10", "0.99"),
        ({"rounding": "nearest_95"}, "29.45", "29.95"),
        ({"rounding": "nearest_95"}, "29.44", "28.95"),
        ({"rounding": "nearest_whole"}, "29.50", "30.00"),
        ({"rounding": "nearest_whole"}, "0.20", "1.00"),
        ({"adjustment": "percent", "adjustment_value": 10, "rounding": "nearest_99"}, "29.00", "31.99"),
        ({"floor": "25"}, "24.99", "25.00"),
        ({"floor": "25"}, "25.01", "25.01"),
        ({"floor": "25.00", "rounding": "nearest_99"}, "25.20", "25.00"),  # not 24.99
        ({"floor": "5", "adjustment": "fixed", "adjustment_value": -30}, "29.00", "5.00"),
        ({"floor": "5"}, None, None),  # a floor is no price of its own
    ],
)
def test_the_price_that_is_sent(settings: dict[str, Any], value: Any, sent: str | None) -> None:
    assert priced(settings, price=value) == sent


@pytest.mark.parametrize(
    ("settings", "text", "sent"),
    [
        ({}, "2980.50", "2981"),
        ({"rounding": "nearest_99"}, "2980.40", "2980"),
        ({"floor": "2980.10"}, "100", "2981"),  # never below it
        ({}, "0.4", None),
    ],
)
def test_a_currency_without_cents_has_whole_prices(
    settings: dict[str, Any], text: str, sent: str | None
) -> None:
    assert priced(settings, digit=Decimal(1), price=text) == sent


@pytest.mark.parametrize(
    ("attributes", "sent"),
    [
        ({"special_price": "19.99"}, "19.99"),
        ({"special_price": "39.99"}, "29.00"),  # only a lower one counts
        ({"special_price": None}, "29.00"),
        ({"special_price": ""}, "29.00"),
        ({"special_price": "0"}, "29.00"),
        ({"special_price": "19.99", "price": None}, None),
        ({"special_price": "19.99", "special_from_date": "2026-11-24 00:00:00"}, "19.99"),
        ({"special_price": "19.99", "special_from_date": "2026-11-25 00:00:00"}, "29.00"),
        ({"special_price": "19.99", "special_to_date": "2026-11-24 00:00:00"}, "19.99"),  # its last day
        ({"special_price": "19.99", "special_to_date": "2026-11-24"}, "19.99"),
        ({"special_price": "19.99", "special_to_date": "2026-11-23 00:00:00"}, "29.00"),
        ({"special_price": "19.99", "special_to_date": "2026-11-24 11:59:59"}, "29.00"),  # a schedule's hour
        ({"special_price": "19.99", "special_to_date": "9999-12-31"}, "19.99"),
        ({"special_price": "19.99", "special_to_date": php_date("2026-11-23 00:00:00.000000")}, "29.00"),
        ({"special_price": "19.99", "special_to_date": php_date("2026-11-24 00:00:00.000000")}, "19.99"),
        ({"special_price": False, "special_to_date": "2026-12-01"}, "29.00"),  # Magento's none
        ({"special_price": "19.99", "special_from_date": False, "special_to_date": None}, "19.99"),
        ({"special_price": "19.99", "special_to_date": "0000-00-00 00:00:00"}, "19.99"),
    ],
)
def test_a_special_price_counts_within_its_dates(attributes: dict[str, Any], sent: str | None) -> None:
    assert priced(SPECIAL, **attributes) == sent
    assert priced({}, **attributes) == (None if "price" in attributes else "29.00")


@pytest.mark.parametrize("code", ["special_from_date", "special_to_date"])
@pytest.mark.parametrize(
    "date",
    ["some day", "20261101", "2026-W48", "01/11/2026", "01.11.2026", 20261101, ["2026-11-01"], {"date": 5}],
)
def test_a_special_price_whose_dates_are_not_understood_does_not_apply_and_says_why(
    code: str, date: object
) -> None:
    own: dict[str, Any] = {"special_price": "19.99", code: date}
    assert priced(SPECIAL, **own) == "29.00"
    (sentence,) = unread_dates(product(**own), pricing(**SPECIAL))
    assert code in sentence and str(date).strip("[]'{}").split("'")[0] in sentence
    assert unread_dates(product(**own), pricing()) == ()
    assert unread_dates(product(**{code: date}), pricing(**SPECIAL)) == ()


@pytest.mark.parametrize("value", ["19,99", "about 20", True, ["19.99"], {"amount": 19}, "1_9"])
def test_a_special_price_that_is_no_number_sends_no_price_and_says_why(value: object) -> None:
    own: dict[str, Any] = {"special_price": value, "special_to_date": "2026-11-30"}
    assert priced(SPECIAL, **own) is None
    assert "special_price" in (unread_special_price(product(**own), pricing(**SPECIAL)) or "")
    assert priced({}, **own) == "29.00"
    assert unread_special_price(product(**own), pricing()) is None


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_is_no_price(value: bool) -> None:
    assert priced({}, price=value) is None
    assert priced({"source": "attribute", "attribute": "tiktok_price"}, tiktok_price=value) is None


def test_the_price_of_an_attribute() -> None:
    settings = {"source": "attribute", "attribute": "tiktok_price"}
    assert priced(settings, tiktok_price="24.00") == "24.00"
    assert priced(settings) is None


@pytest.mark.parametrize(
    ("last", "new", "guard", "flag"),
    [
        ("29.00", "20.30", "30", False),  # 30 % to the cent
        ("29.00", "20.29", "30", True),
        ("29.00", "14.50", None, False),
        ("29.00", "28.99", "0", True),
        ("29.00", "29.00", "0", False),
        ("29.00", "90.00", "0", False),
        ("29.00", "0.01", "100", False),
        ("0", "1", "10", False),
    ],
)
def test_the_guard_holds_back_drops_beyond_its_percentage(
    last: str, new: str, guard: str | None, flag: bool
) -> None:
    assert drops_too_far(Decimal(last), Decimal(new), pricing(guard_percent=guard)) is flag
    assert not drops_too_far(Decimal(last), Decimal(new), None)


AMOUNTS = st.decimals("0.01", "999999", places=2)
POLICIES = st.builds(
    pricing,
    currency_rate=st.decimals("0.001", "1000", places=4),
    adjustment=st.sampled_from(["fixed", "percent"]),
    adjustment_value=st.decimals("-99", "500", places=2),
    rounding=st.sampled_from([rounding.value for rounding in Rounding]),
    floor=st.none() | AMOUNTS,
    guard_percent=st.none() | st.decimals("0", "100", places=1),
)
DIGITS = st.sampled_from([CENT, Decimal(1)])


@given(POLICIES, AMOUNTS, DIGITS)
def test_a_price_is_positive_whole_steps_and_never_below_the_floor(
    made: PricingPolicy, source: Decimal, digit: Decimal
) -> None:
    found = price(product(price=str(source)), made, NOON, digit)
    if found is None:
        assert made.floor is None
        return
    assert found > 0
    assert found % digit == 0
    assert made.floor is None or found >= made.floor


@given(AMOUNTS, st.sampled_from(list(Rounding)), DIGITS)
def test_rounding_is_idempotent_and_nearest(amount: Decimal, rounding: Rounding, digit: Decimal) -> None:
    rounded = round_price(amount, rounding, digit)
    assert round_price(rounded, rounding, digit) == rounded
    assert abs(rounded - amount) <= Decimal("0.5") or amount < 1


@given(AMOUNTS, AMOUNTS, POLICIES)
def test_a_higher_price_in_magento_is_never_lower_on_tiktok(
    first: Decimal, second: Decimal, made: PricingPolicy
) -> None:
    lower, higher = (price(product(price=str(item)), made, NOON) or 0 for item in sorted((first, second)))
    assert lower <= higher


@given(AMOUNTS, AMOUNTS)
def test_a_drop_is_0_to_100_per_cent_and_a_rise_is_0(last: Decimal, new: Decimal) -> None:
    assert 0 <= drop_percent(last, new) < 100
    assert (drop_percent(last, new) > 0) is (new < last)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "There is no floor: a price entered by mistake is sent as it is, however low."),
        ({}, "There is no guard: a price drop of any size is sent without confirmation."),
        ({"guard_percent": 0}, "The guard is 0 %: every fall of a price waits until a person confirms it."),
        ({"guard_percent": 100}, "The guard is 100 %: no price falls that far, so it holds nothing back."),
        ({"adjustment": "percent"}, "The adjustment is percent by 0: it changes nothing."),
        ({"adjustment": "percent", "adjustment_value": -5}, "Prices are lowered, and no floor holds them."),
        (
            {"adjustment": "fixed", "adjustment_value": -5},
            "A product that costs 5 or less has no price left and is refused.",
        ),
        (
            {"floor": "25.00", "rounding": "nearest_99"},
            "The floor 25.00 does not end as rounded prices do: a price raised to it is sent as it is.",
        ),
    ],
)
def test_doubtful_settings_have_a_warning(settings: dict[str, Any], words: str) -> None:
    assert words in lints(pricing(**settings))


def test_a_usual_policy_has_no_warning() -> None:
    usual = {"adjustment": "percent", "adjustment_value": 10, "rounding": "nearest_99"}
    assert lints(pricing(**usual, floor="4.99", guard_percent=30)) == ()


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"source": "attribute"}, "attribute"),
        ({"attribute": "tiktok_price"}, "attribute"),
        ({"source": "cost_price"}, "source"),
        ({"currency_rate": 0}, "currency_rate"),
        ({"currency_rate": "NaN"}, "currency_rate"),
        ({"currency_rate": "much"}, "currency_rate"),
        ({"adjustment_value": 10}, "adjustment"),
        ({"adjustment": "percent", "adjustment_value": -100}, "adjustment_value"),
        ({"rounding": "nearest_98"}, "rounding"),
        ({"floor": 0}, "floor"),
        ({"guard_percent": 101}, "guard_percent"),
        ({"time_zone": "Middle/Earth"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"ceiling": 9}, "ceiling"),
    ],
)
def test_a_fault_is_reported_at_its_place(settings: dict[str, Any], where: str) -> None:
    assert list(PricingPolicySchema().validate({"title": "Plus", **settings})) == [where]


def test_every_field_is_a_key_of_apply_files() -> None:
    assert {field.name for field in fields(PricingPolicy)} == set(PricingPolicySchema().fields)
