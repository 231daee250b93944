"""Worked examples beside the forms: what a policy makes of a few products, by the functions that delivery uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from policies.template_policies import price
from policies.template_policies.images import wanted_images
from policies.template_policies.inventory import source_code, stock_level
from schemas.image_policy import ImagePolicy
from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.pricing_policy import PriceSource, PricingPolicy
from schemas.product import Product
from tiktok.listing.price_and_stock import price_step

PRICES: Final = (Decimal("29.00"), Decimal("9.50"))
SPECIAL: Final = Decimal("0.80")
"""The example's special price as a share of its price."""
PICTURES: Final = 12


@dataclass(frozen=True, slots=True)
class Example:
    """An example: a product in words, and what the policy sends for it."""

    product: str
    sends: str


def examples(policy: object, currency: str, now: datetime) -> list[Example]:
    """Return examples for a pricing, inventory or image policy; none for another kind."""
    if isinstance(policy, InventoryPolicy):
        return list(_stock(policy))
    if isinstance(policy, PricingPolicy):
        return list(_prices(policy, currency, now))
    return list(_pictures(policy)) if isinstance(policy, ImagePolicy) else []


def _stock(policy: InventoryPolicy) -> Iterator[Example]:
    quantities = {100, 18, 3}
    if policy.threshold is not None:
        turn = policy.threshold + policy.buffer
        quantities |= {turn + 1, turn, max(turn - 1, 0)}
    for quantity in sorted(quantities, reverse=True):
        yield Example(f"{quantity} in stock", _sent_quantity(_stocked(policy, quantity), policy))
    yield Example("18, but out of stock", _sent_quantity(_stocked(policy, 18, stock_status=0), policy))
    if policy.source is not StockSource.ATTRIBUTE:
        yield Example(
            "Manage Stock off, quantity 0", _sent_quantity(_stocked(policy, 0, manage_stock=0), policy)
        )


def _stocked(policy: InventoryPolicy, quantity: int, **more: object) -> Product:
    value: object = quantity
    if policy.source is StockSource.MSI:
        value = [
            {"source_code": policy.source_code, "quantity": quantity, "status": more.get("stock_status", 1)}
        ]
    return Product("example", "EXAMPLE", default={"stock_status": 1, source_code(policy): value, **more})


def _sent_quantity(product: Product, policy: InventoryPolicy) -> str:
    made = stock_level(product, policy)
    if made is None:
        return "sends nothing"
    return "stays as it was last sent" if made.keeps_last_sent else f"sends {made.sent}"


def _prices(policy: PricingPolicy, currency: str, now: datetime) -> Iterator[Example]:
    for regular in PRICES:
        yield _price(f"{regular} in Magento", {"price": str(regular)}, policy, currency, now)
    if policy.source is PriceSource.SPECIAL_PRICE:
        regular, special = PRICES[0], (PRICES[0] * SPECIAL).quantize(price.CENT)
        dates = {
            "special_from_date": f"{now - timedelta(days=2):%Y-%m-%d}",
            "special_to_date": f"{now + timedelta(days=2):%Y-%m-%d}",
        }
        offer = {"price": str(regular), "special_price": str(special)}
        yield _price(
            f"{regular}, special price {special} these days", {**offer, **dates}, policy, currency, now
        )
        over = {**dates, "special_to_date": f"{now - timedelta(days=2):%Y-%m-%d}"}
        yield _price(
            f"{regular}, special price {special} until lately", {**offer, **over}, policy, currency, now
        )
    if policy.floor is not None:
        yield _price("0.01, typed in error", {"price": "0.01"}, policy, currency, now)
    if policy.guard_percent is not None:
        yield from _guarded(policy, currency, now)


def _price(
    text: str, attributes: dict[str, str], policy: PricingPolicy, currency: str, now: datetime
) -> Example:
    made = _made(attributes, policy, currency, now)
    return Example(text, "sends no price: it is refused" if made is None else f"sends {made} {currency}")


def _made(attributes: dict[str, str], policy: PricingPolicy, currency: str, now: datetime) -> Decimal | None:
    if policy.source is PriceSource.ATTRIBUTE and policy.attribute is not None:
        attributes = {policy.attribute: attributes["price"]}
    return price.price(Product("example", "EXAMPLE", default=attributes), policy, now, price_step(currency))


def _guarded(policy: PricingPolicy, currency: str, now: datetime) -> Iterator[Example]:
    last, new = (_made({"price": str(amount)}, policy, currency, now) for amount in PRICES)
    if last is None or new is None:
        return
    drop = price.drop_percent(last, new)
    found = price.drops_too_far(last, new, policy)
    becomes = "waits until a person confirms it" if found else f"sends {new} {currency}"
    yield Example(f"{last} {currency} sent last, now {new} ({drop:.0f} % less)", becomes)


def _pictures(policy: ImagePolicy) -> Iterator[Example]:
    entries = [{"file": f"/e/x/picture-{at}.jpg", "position": at} for at in range(1, PICTURES + 1)]
    main = {policy.main_image_attribute: "/e/x/main.jpg"}
    full = Product("example", "EXAMPLE", default={"media_gallery": {"images": entries}, **main})
    without = replace(full, default={"media_gallery": {"images": entries}})
    text = f"an image in {policy.main_image_attribute}, {PICTURES} more in the gallery"
    yield Example(text, _sent(wanted_images(full, policy)))
    yield Example(
        f"none in {policy.main_image_attribute}, {PICTURES} in the gallery",
        _sent(wanted_images(without, policy)),
    )
    yield Example("no image at all", _sent(wanted_images(replace(full, default={}), policy)))


def _sent(images: tuple[str, ...]) -> str:
    if not images:
        return "sends none: it is refused"
    return f"sends {len(images)}, first {images[0]}"
