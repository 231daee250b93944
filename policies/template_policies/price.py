"""The price that a pricing policy sends, when a price changes with time, and which price drops the guard holds back.

Price = source × currency rate, ± a fixed amount or a percentage, rounded half up, never below the floor. All arithmetic
is in Decimal.

Nothing is guessed: a special price that is not understood means that no price is sent, and one whose dates are not
understood does not apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final
from zoneinfo import ZoneInfo

from policies.assign import Assignment, template_in_use
from policies.attribute_changes import as_amount, as_date, is_absent_date, is_empty
from policies.conditions import StoreAttributes
from schemas.attributes import FINAL_PRICE, Attributes, NotReceived, Value, shown
from schemas.listing import Listing
from schemas.listing_template import ListingTemplate
from schemas.pricing_policy import Adjustment, PriceSource, PricingPolicy, Rounding
from schemas.product import Product
from schemas.template_policies import TemplatePolicies

CENT: Final = Decimal("0.01")
HIGHEST: Final = Decimal(10**12)
"""A source above this is not a price, and computing with it would exceed Decimal's precision."""
_DATES: Final = ("special_from_date", "special_to_date")
_ENDINGS: Final = {
    Rounding.NEAREST_99: Decimal("0.99"),
    Rounding.NEAREST_95: Decimal("0.95"),
    Rounding.NEAREST_WHOLE: Decimal(0),
}


def price(product: Product, policy: PricingPolicy, now: datetime, digit: Decimal = CENT) -> Decimal | None:
    """Return the price to send, in the shop's currency; None where the source is not a price above zero.

    `digit` is the smallest step of the currency: ``0.01``, or ``1`` for a currency without cents.
    """
    source = source_price(product, policy, now)
    if source is None or not 0 < source < HIGHEST:
        return None
    rounded = round_price(_adjusted(source * policy.currency_rate, policy), policy.rounding, digit)
    floor = Decimal(0) if policy.floor is None else policy.floor.quantize(digit, ROUND_CEILING)
    amount = max(rounded, floor)
    return amount if amount > 0 else None


def source_price(product: Product, policy: PricingPolicy, now: datetime) -> Decimal | None:
    """Return Magento's price, before the policy's rate and adjustment; None where it is not a number.

    It is not a number either where the policy uses special prices and that of the product is not one.
    """
    if policy.source is PriceSource.ATTRIBUTE:
        return as_amount(product.value(policy.attribute or ""))
    regular = as_amount(product.value("price"))
    value = product.value("special_price")
    if policy.source is PriceSource.PRICE or regular is None or _is_absent_price(value):
        return regular
    special = as_amount(value)
    if special is None:
        return None
    return min(regular, special) if special > 0 and _within(product, policy, now) else regular


def unread_special_price(product: Product, policy: PricingPolicy) -> str | None:
    """Return a sentence about a special price that is not a number, so that no price is sent; else None."""
    value = product.value("special_price")
    if (
        policy.source is not PriceSource.SPECIAL_PRICE
        or _is_absent_price(value)
        or as_amount(value) is not None
    ):
        return None
    return f"The special price (special_price) is {shown(value)}, which is not a number."


def unread_dates(product: Product, policy: PricingPolicy) -> tuple[str, ...]:
    """Return a sentence for each date that is not understood, so that the special price does not apply."""
    value = product.value("special_price")
    if policy.source is not PriceSource.SPECIAL_PRICE or _is_absent_price(value):
        return ()
    return tuple(
        f"The special price does not apply: {code} is {shown(product.value(code))}, not a date such as 2026-11-30."
        for code in _DATES
        if _is_unread_date(product.value(code))
    )


def round_price(amount: Decimal, rounding: Rounding, digit: Decimal = CENT) -> Decimal:
    """Return the nearest price above zero with this ending, half up. Currencies without cents round to the whole."""
    ending = _ENDINGS.get(rounding)
    if ending is None or digit >= 1:
        return amount.quantize(digit, ROUND_HALF_UP)
    whole = (amount - ending).quantize(Decimal(1), ROUND_HALF_UP)
    return (max(whole, Decimal(0 if ending else 1)) + ending).quantize(digit)


def derived(product: Product, policy: PricingPolicy | None, now: datetime) -> Attributes:
    """Return `final_price` as it is now, where the policy uses special prices: it changes without a save."""
    if policy is None or policy.source is not PriceSource.SPECIAL_PRICE:
        return {}
    final = source_price(product, policy, now)
    return {} if final is None else {FINAL_PRICE: str(final)}


def next_change(product: Product, policy: PricingPolicy | None, now: datetime) -> datetime | None:
    """Return when the price next changes without a save, because a special price begins or ends; else None."""
    if policy is None:
        return None
    current = derived(product, policy, now)
    times = sorted(at for at in _bounds(product, policy) if at is not None and at > now)
    return next((at for at in times if derived(product, policy, at) != current), None)


def pricing_in_use(
    product: Product,
    listing: Listing,
    templates: Sequence[ListingTemplate],
    policies: TemplatePolicies,
    store: StoreAttributes,
) -> PricingPolicy | None:
    """Return the pricing policy that an upload or update of this product uses now; None where it uses none."""
    if not policies.pricing_policies:
        return None
    assignment = Assignment(listing.template, listing.assigned_by)
    return policies.pricing_of(template_in_use(product, templates, assignment, store))


def drop_percent(last: Decimal, new: Decimal) -> Decimal:
    """Return by how many per cent of the last price the new price is lower; 0 where it is not lower."""
    return max((last - new) / last * 100, Decimal(0)) if last > 0 else Decimal(0)


def drops_too_far(last: Decimal, new: Decimal, policy: PricingPolicy | None) -> bool:
    """Whether the policy's guard holds the new price back until a person confirms it."""
    if policy is None or policy.guard_percent is None:
        return False
    return drop_percent(last, new) > policy.guard_percent


def lints(policy: PricingPolicy) -> tuple[str, ...]:
    """Return warnings about settings that are allowed but may not be meant."""
    return tuple(_lints(policy))


def _lints(policy: PricingPolicy) -> Iterator[str]:
    if policy.floor is None:
        yield "There is no floor: a price entered by mistake is sent as it is, however low."
    if policy.guard_percent is None:
        yield "There is no guard: a price drop of any size is sent without confirmation."
    elif policy.guard_percent == 0:
        yield "The guard is 0 %: every fall of a price waits until a person confirms it."
    elif policy.guard_percent == 100:
        yield "The guard is 100 %: no price falls that far, so it holds nothing back."
    if policy.adjustment is not Adjustment.NONE and not policy.adjustment_value:
        yield f"The adjustment is {policy.adjustment} by 0: it changes nothing."
    if policy.adjustment_value < 0 and policy.floor is None:
        yield "Prices are lowered, and no floor holds them."
    if policy.adjustment is Adjustment.FIXED and policy.adjustment_value < 0:
        yield f"A product that costs {-policy.adjustment_value} or less has no price left and is refused."
    if policy.floor is not None and policy.rounding is not Rounding.NONE:
        rounded = round_price(policy.floor, policy.rounding)
        if rounded != policy.floor:
            yield f"The floor {policy.floor} does not end as rounded prices do: a price raised to it is sent as it is."


def _adjusted(amount: Decimal, policy: PricingPolicy) -> Decimal:
    if policy.adjustment is Adjustment.PERCENT:
        return amount * (100 + policy.adjustment_value) / 100
    return amount + policy.adjustment_value if policy.adjustment is Adjustment.FIXED else amount


def _is_absent_price(value: Value | NotReceived) -> bool:
    """Whether the product has no special price: Magento counts false as none, too (*SpecialPrice::getValue*)."""
    return is_empty(value) or value is False or (isinstance(value, str) and not value.strip())


def _is_unread_date(value: Value | NotReceived) -> bool:
    return not is_absent_date(value) and as_date(value) is None


def _within(product: Product, policy: PricingPolicy, now: datetime) -> bool:
    if any(_is_unread_date(product.value(code)) for code in _DATES):
        return False
    begins, ends = _bounds(product, policy)
    return (begins is None or begins <= now) and (ends is None or now < ends)


def _bounds(product: Product, policy: PricingPolicy) -> tuple[datetime | None, datetime | None]:
    """Return when the special price begins, and when it no longer counts; each None where it has no such date.

    Magento stores days in the store view's time zone, and the last day counts to its end (*isScopeDateInInterval*).
    """
    zone = UTC if policy.time_zone == "UTC" else ZoneInfo(policy.time_zone)
    begins, ends = (as_date(product.value(code)) for code in _DATES)
    if ends is not None and ends.time() == time() and ends.date() < date.max:
        ends += timedelta(days=1)
    in_zone = (None if at is None else at.replace(tzinfo=zone) for at in (begins, ends))
    first, last = (None if at is None else _as_utc(at) for at in in_zone)
    return first, last


def _as_utc(at: datetime) -> datetime:
    """Return the time in UTC. At the ends of the calendar, where converting overflows, the time zone is dropped."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)
