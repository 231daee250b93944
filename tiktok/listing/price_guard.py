"""Holding back: what a template's policies keep from TikTok of a listing that is there. Pure.

A price that falls too far waits for a person, and the stock of what is sold out may be left as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from policies.template_policies.price import drop_percent, drops_too_far
from schemas.listing import LastSent, Money
from schemas.pricing_policy import PricingPolicy
from tiktok.listing.desired_listing import WantedListing
from tiktok.listing.price_and_stock import Offer


@dataclass(frozen=True, slots=True)
class PriceDrop:
    """A price that the guard holds back: it falls too far from what TikTok was last given."""

    seller_sku: str
    last: Money
    new: Money
    guard_percent: Decimal

    def sentence(self) -> str:
        """For the merchant."""
        percent = drop_percent(Decimal(self.last.amount), Decimal(self.new.amount))
        return (
            f"The price of {self.seller_sku} was not sent: it falls from {self.last.amount} to {self.new.amount} "
            f"{self.new.currency}, by {percent:.1f} %, and the guard holds what falls by more than "
            f"{self.guard_percent} %."
        )


@dataclass(frozen=True, slots=True)
class GuardedPrices:
    """The wanted listing with last sent values where something is held back; what is, and whether stock is."""

    wanted: WantedListing
    price_drops: tuple[PriceDrop, ...] = ()
    stock_left: bool = False


def hold_back(
    wanted: WantedListing,
    offer: Offer,
    last: LastSent,
    pricing: PricingPolicy | None,
    confirmed: Mapping[str, Money],
) -> GuardedPrices:
    """What is to be sent, but for what the policies hold back."""
    found = tuple(price_drops(wanted.price, last.price, pricing, confirmed))
    price = {**wanted.price, **{drop.seller_sku: drop.last for drop in found}}
    left = offer.stock is not None and offer.stock.keeps_last_sent and last.stock is not None
    stock = {sku: (last.stock or {}).get(sku, item) for sku, item in wanted.stock.items()}
    stock_left = left and stock != wanted.stock
    return GuardedPrices(
        replace(wanted, price=price, stock=stock if stock_left else wanted.stock), found, stock_left
    )


def price_drops(
    wanted: Mapping[str, Money],
    last: Mapping[str, Money] | None,
    policy: PricingPolicy | None,
    confirmed: Mapping[str, Money],
) -> Iterator[PriceDrop]:
    """The prices that the policy's guard holds back, but for those that a person confirmed to the very value."""
    for sku, new in wanted.items():
        old = (last or {}).get(sku)
        if policy is None or policy.guard_percent is None or old is None or old.currency != new.currency:
            continue
        if drops_too_far(Decimal(old.amount), Decimal(new.amount), policy) and confirmed.get(sku) != new:
            yield PriceDrop(sku, old, new, policy.guard_percent)
