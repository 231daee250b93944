"""Hold back changes of an existing listing that its template's policies do not allow. Pure.

A price that drops too far waits for a person's confirmation, and the stock of a sold-out product may stay as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Generic, TypeVar

from policies.template_policies.price import drop_percent, drops_too_far
from schemas.listing import LastSent, Money
from schemas.pricing_policy import PricingPolicy
from tiktok.listing.desired_listing import Sendable
from tiktok.listing.price_and_stock import Offer

_Wanted = TypeVar("_Wanted", bound=Sendable)


@dataclass(frozen=True, slots=True)
class PriceDrop:
    """A price that the guard holds back, because it is too far below the last sent price."""

    seller_sku: str
    last: Money
    new: Money
    guard_percent: Decimal

    def sentence(self) -> str:
        """Return the message for the merchant."""
        percent = drop_percent(Decimal(self.last.amount), Decimal(self.new.amount))
        return (
            f"The price of {self.seller_sku} was not sent: it drops from {self.last.amount} to {self.new.amount} "
            f"{self.new.currency}, by {percent:.1f} %, and the price guard holds drops of more than "
            f"{self.guard_percent} %."
        )


@dataclass(frozen=True, slots=True)
class GuardedPrices(Generic[_Wanted]):
    """What to send, with the last sent values in place of the changes that are held back.

    `wanted` is the wanted listing, or those of its parts that can be sent. `price_drops` are the held prices;
    `stock_left` is whether the stock is held as well.
    """

    wanted: _Wanted
    price_drops: tuple[PriceDrop, ...] = ()
    stock_left: bool = False


def hold_back(
    wanted: _Wanted,
    offer: Offer,
    last: LastSent,
    pricing: PricingPolicy | None,
    confirmed: Mapping[str, Money],
) -> GuardedPrices[_Wanted]:
    """Return what to send, without the changes that the policies hold back. `confirmed` are prices by seller SKU."""
    drops = tuple(price_drops(wanted.price or {}, last.price, pricing, confirmed))
    if drops:
        wanted = replace(
            wanted, price={**(wanted.price or {}), **{drop.seller_sku: drop.last for drop in drops}}
        )
    if offer.stock is None or not offer.stock.keeps_last_sent or last.stock is None:
        return GuardedPrices(wanted, drops)
    stock = {sku: last.stock.get(sku, item) for sku, item in (wanted.stock or {}).items()}
    stock_left = wanted.stock is not None and stock != wanted.stock
    return GuardedPrices(replace(wanted, stock=stock) if stock_left else wanted, drops, stock_left)


def price_drops(
    wanted: Mapping[str, Money],
    last: Mapping[str, Money] | None,
    policy: PricingPolicy | None,
    confirmed: Mapping[str, Money],
) -> Iterator[PriceDrop]:
    """Yield the prices that the policy's guard holds back. A person's confirmation is valid for one exact price."""
    for sku, new in wanted.items():
        old = (last or {}).get(sku)
        if policy is None or policy.guard_percent is None or old is None or old.currency != new.currency:
            continue
        if drops_too_far(Decimal(old.amount), Decimal(new.amount), policy) and confirmed.get(sku) != new:
            yield PriceDrop(sku, old, new, policy.guard_percent)
