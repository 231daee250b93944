"""A product's price and stock on TikTok, as its template's policies compute them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from policies.attribute_changes import is_empty
from policies.template_policies.inventory import StockLevel, source_code, stock_level, unsent_stock
from policies.template_policies.price import (
    CENT,
    price,
    source_price,
    unread_dates,
    unread_special_price,
)
from schemas.attributes import shown
from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.listing import Money, Part
from schemas.listing_template import ListingTemplate
from schemas.pricing_policy import PriceSource, PricingPolicy
from schemas.product import Product
from schemas.shop import Shop
from schemas.template_policies import TemplatePolicies
from tiktok.listing.preflight import RefusedField

DEFAULT_PRICING: Final = PricingPolicy("as Magento has it")
DEFAULT_INVENTORY: Final = InventoryPolicy("as Magento has it")
"""The policies for a template that names none: price and stock as Magento has them."""

TOO_HIGH: Final = Decimal(10**9)
"""Prices from here on are not sent."""
_CURRENCIES_WITHOUT_CENTS: Final = frozenset({"JPY", "VND", "IDR"})


@dataclass(frozen=True, slots=True)
class Offer:
    """The price and the stock of one SKU. Each is None if TikTok would reject it; a fault then says why.

    `notes` are sentences about values of Magento that are not understood, although a price is sent.
    """

    price: Money | None
    stock: StockLevel | None
    faults: tuple[RefusedField, ...] = ()
    notes: tuple[str, ...] = ()


def offer_of(
    product: Product,
    template: ListingTemplate,
    shop: Shop,
    policies: TemplatePolicies,
    now: datetime,
) -> Offer:
    """Return the price and stock that the template's policies compute from Magento's at this time."""
    pricing = policies.pricing_of(template) or DEFAULT_PRICING
    inventory = policies.inventory_of(template) or DEFAULT_INVENTORY
    currency = shop.tiktok.currency
    amount = price(product, pricing, now, price_step(currency))
    if amount is not None and amount >= TOO_HIGH:
        amount = None
    found = stock_level(product, inventory)
    faults: list[RefusedField] = []
    if amount is None:
        faults.append(_price_fault(product, pricing, now))
    if found is None:
        faults.append(_stock_fault(product, inventory))
    money = None if amount is None else Money(str(amount), currency)
    return Offer(money, found, tuple(faults), unread_dates(product, pricing))


def price_step(currency: str) -> Decimal:
    """Return the smallest step between two prices in this currency."""
    return Decimal(1) if currency in _CURRENCIES_WITHOUT_CENTS else CENT


def _price_fault(product: Product, policy: PricingPolicy, now: datetime) -> RefusedField:
    if (unread := unread_special_price(product, policy)) is not None:
        hint = "Enter it in Magento as a number such as 59.90, or empty it."
        return RefusedField("price", unread, hint, Part.PRICE)
    if policy.source is PriceSource.ATTRIBUTE:
        value = product.value(policy.attribute or "")
        words = f"The attribute {policy.attribute!r} is {shown(value)}, not a price above zero."
        hint = f"Set {policy.attribute!r} in Magento."
    else:
        value = product.value("price")
        words = (
            "Magento has sent no price."
            if is_empty(value)
            else f"The price {shown(value)} is not a price above zero."
        )
        hint = "Set the price in Magento."
    source = source_price(product, policy, now)
    if source is not None and 0 < source < TOO_HIGH and policy is not DEFAULT_PRICING:
        words = (
            f"The pricing policy {policy.title!r} turns {source} into a price that TikTok does not accept."
        )
        hint = "Change the policy, or the price in Magento."
    return RefusedField("price", words, hint, Part.PRICE)


def _stock_fault(product: Product, policy: InventoryPolicy) -> RefusedField:
    if (unsent := unsent_stock(product, policy)) is not None:
        return RefusedField("quantity", *unsent, Part.STOCK)
    code = source_code(policy)
    value = product.value(code)
    if policy.source is StockSource.STOCK_ITEM:
        hint = "Save the product's stock in Magento, so that a webhook sends it."
        words = "Magento has sent no quantity." if is_empty(value) else f"The quantity is {shown(value)}."
        return RefusedField("quantity", words, hint, Part.STOCK)
    return RefusedField(
        "quantity",
        f"The inventory policy {policy.title!r} takes the stock from {code!r}, which is {shown(value)}.",
        f"Include {code!r} in Magento's webhooks, or choose another source.",
        Part.STOCK,
    )
