"""The offer: what a product costs on TikTok and how many pieces there are, by its template's policies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from policies.template_policies.inventory import StockLevel, source_code, stock_level
from policies.template_policies.price import CENT, price, source_price
from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.listing import Money
from schemas.listing_template import ListingTemplate
from schemas.pricing_policy import PriceSource, PricingPolicy
from schemas.product import Product
from schemas.shop import Shop
from schemas.template_policies import TemplatePolicies
from tiktok.listing.preflight import RefusedField

AS_PRICED: Final = PricingPolicy("as Magento has it")
AS_STOCKED: Final = InventoryPolicy("as Magento has it")
"""What holds where a template names no policy."""

TOO_HIGH: Final = Decimal(10**9)
_NO_CENTS: Final = frozenset({"JPY", "VND", "IDR"})


@dataclass(frozen=True, slots=True)
class Offer:
    """Price and pieces of one SKU; None where there is nothing that TikTok would take, and then a fault says why."""

    price: Money | None
    stock: StockLevel | None
    faults: tuple[RefusedField, ...] = ()


def offer_of(
    product: Product,
    template: ListingTemplate,
    shop: Shop,
    policies: TemplatePolicies,
    now: datetime,
) -> Offer:
    """What the template's policies make of Magento's price and stock at this moment."""
    pricing = policies.pricing_of(template) or AS_PRICED
    inventory = policies.inventory_of(template) or AS_STOCKED
    currency = shop.tiktok.currency
    amount = price(product, pricing, now, digit_of(currency))
    if amount is not None and amount >= TOO_HIGH:
        amount = None
    found = stock_level(product, inventory)
    faults: list[RefusedField] = []
    if amount is None:
        faults.append(_price_fault(product, pricing, now))
    if found is None:
        faults.append(_stock_fault(product, inventory))
    return Offer(None if amount is None else Money(str(amount), currency), found, tuple(faults))


def digit_of(currency: str) -> Decimal:
    """The smallest step of a price in this currency."""
    return Decimal(1) if currency in _NO_CENTS else CENT


def _price_fault(product: Product, policy: PricingPolicy, now: datetime) -> RefusedField:
    if policy.source is PriceSource.ATTRIBUTE:
        found, place = product.value(policy.attribute or ""), f"The attribute {policy.attribute!r}"
        words, hint = (
            f"{place} is {found!r}, not a price above zero.",
            f"Set {policy.attribute!r} in Magento.",
        )
    else:
        words = f"The price {product.value('price')!r} is not a price above zero."
        hint = "Set the price in Magento."
    source = source_price(product, policy, now)
    if source is not None and 0 < source < TOO_HIGH and policy is not AS_PRICED:
        words = f"The pricing policy {policy.title!r} makes no price that TikTok takes of {source}."
        hint = "Change the policy, or the price in Magento."
    return RefusedField("price", words, hint)


def _stock_fault(product: Product, policy: InventoryPolicy) -> RefusedField:
    code = source_code(policy)
    value = product.value(code)
    if policy.source is StockSource.STOCK_ITEM:
        hint = "Save the product's stock in Magento, so that its webhook tells it."
        return RefusedField("quantity", f"The quantity is {value!r}.", hint)
    return RefusedField(
        "quantity",
        f"The inventory policy {policy.title!r} takes the stock from {code!r}, which is {value!r}.",
        f"Have Magento tell {code!r} in its webhooks, or choose another source.",
    )
