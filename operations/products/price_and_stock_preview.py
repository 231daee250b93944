"""The price and stock that a template's policies give a product now, and the price drops that wait for a person."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from operations.formatting import moment
from policies.assign import Assignment, template_in_use
from policies.observed_attributes import follows_final_price
from policies.rulebook import Rulebooks
from policies.template_policies.price import next_change, source_price
from records.catalog import confirmed_prices
from schemas.inventory_policy import InventoryPolicy
from schemas.listing import Listing
from schemas.listing_template import ListingTemplate
from schemas.pricing_policy import PricingPolicy
from schemas.product import Product
from tiktok.listing.price_and_stock import Offer, offer_of
from tiktok.listing.price_guard import PriceDrop, price_drops


@dataclass(frozen=True, slots=True)
class PriceAndStockPreview:
    """A product's price and stock. `price_drops` are the price drops that the guard withholds.

    `price_changes_at` is when the price changes with the clock.
    """

    product: Product
    template: ListingTemplate
    pricing: PricingPolicy | None
    inventory: InventoryPolicy | None
    offer: Offer
    price_drops: tuple[PriceDrop, ...]
    price_changes_at: datetime | None
    now: datetime

    def state(self) -> Iterator[tuple[str, str]]:
        """Yield a name and a line for each policy that the template names."""
        if self.pricing is not None:
            yield "Price", " ".join(self._price(self.pricing))
        if self.inventory is not None:
            yield "Stock", self._stock(self.inventory)

    def unconfirmed_prices(self) -> str:
        """Return sentences about the price drops that wait for confirmation; empty if there are none."""
        sentences = [drop.sentence() for drop in self.price_drops]
        return f"{' '.join(sentences)} To confirm it: {self.confirm_command()}" if sentences else ""

    def confirm_command(self) -> str:
        """Return the command that confirms the withheld price."""
        return f"m2t price confirm {shlex.quote(self.product.sku or '')} --shop {self.product.shop}"

    def _price(self, policy: PricingPolicy) -> Iterator[str]:
        source = source_price(self.product, policy, self.now)
        money = self.offer.price
        made = "no price" if money is None else f"{money.amount} {money.currency}"
        yield f"{made}, of {source if source is not None else 'none'} in Magento ({policy.title!r})"
        yield from (f"- {note}" for note in self.offer.notes)
        if self.price_drops:
            yield "- withheld by the price guard"
        if self.price_changes_at is not None:
            yield f"- changes at {moment(self.price_changes_at)}"

    def _stock(self, policy: InventoryPolicy) -> str:
        value = self.offer.stock
        if value is None:
            return f"not sent ({policy.title!r})"
        left = "; out of stock: the quantity last sent stays" if value.keeps_last_sent else ""
        return f"{value.sent}, of {value.available} available ({policy.title!r}){left}"


def preview_price_and_stock(
    connection: Connection, product: Product, listing: Listing, rulebooks: Rulebooks, now: datetime
) -> PriceAndStockPreview | None:
    """Return the price and stock of a product; None if it uses no template."""
    policies, shop = rulebooks.template_policies, rulebooks.shops[product.shop]
    assignment = Assignment(listing.template, listing.assigned_by)
    template = template_in_use(product, rulebooks.templates, assignment, shop.magento)
    if template is None:
        return None
    policy = rulebooks.policy_of(product.shop).policy
    pricing = policies.pricing_of(template)
    offer = offer_of(product, template, shop, policies, now)
    rows: tuple[PriceDrop, ...] = ()
    if offer.price is not None and product.sku is not None and policy.inventory_price_sync and listing.listed:
        confirmed = confirmed_prices.load(connection, [product.id]).get(product.id, {})
        rows = tuple(price_drops({product.sku: offer.price}, listing.last_sent.price, pricing, confirmed))
    moves = next_change(product, pricing, now) if listing.listed and follows_final_price(policy) else None
    return PriceAndStockPreview(
        product, template, pricing, policies.inventory_of(template), offer, rows, moves, now
    )
