"""What is on in a policy, in a few words each: the chips of the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from console.web.labels import value_words
from schemas.image_policy import MOST_IMAGES, ImagePolicy
from schemas.inventory_policy import InventoryPolicy
from schemas.pricing_policy import Adjustment, PricingPolicy, Rounding
from schemas.synchronization_policy import SynchronizationPolicy


def chips(policy: Any) -> tuple[str, ...]:
    """In the order of the form."""
    if isinstance(policy, SynchronizationPolicy):
        return tuple(_switches(policy))
    if isinstance(policy, InventoryPolicy):
        return tuple(_stock(policy))
    if isinstance(policy, PricingPolicy):
        return tuple(_price(policy))
    return tuple(_images(policy)) if isinstance(policy, ImagePolicy) else ()


def _switches(policy: SynchronizationPolicy) -> Iterator[str]:
    for on, words in (
        (policy.product_upload, "Upload"),
        (policy.product_update, "Update"),
        (policy.inventory_price_sync, "Inventory/Price"),
        (policy.product_assign, "Assign"),
    ):
        if on:
            yield words


def _stock(policy: InventoryPolicy) -> Iterator[str]:
    yield policy.source_code or policy.attribute or value_words("", policy.source)
    if policy.buffer:
        yield f"buffer {policy.buffer}"
    if policy.threshold is not None:
        yield f"threshold {policy.threshold}"
    if policy.maximum is not None:
        yield f"at most {policy.maximum}"
    if not policy.sync_out_of_stock:
        yield "out of stock left"


def _price(policy: PricingPolicy) -> Iterator[str]:
    yield policy.attribute or value_words("", policy.source).partition(",")[0]
    if policy.currency_rate != 1:
        yield f"× {policy.currency_rate}"
    if policy.adjustment is not Adjustment.NONE:
        yield f"{policy.adjustment_value:+}{' %' if policy.adjustment is Adjustment.PERCENT else ''}"
    if policy.rounding is not Rounding.NONE:
        yield value_words("", policy.rounding).removeprefix("To the ")
    if policy.floor is not None:
        yield f"floor {policy.floor}"
    if policy.guard_percent is not None:
        yield f"guard {policy.guard_percent} %"


def _images(policy: ImagePolicy) -> Iterator[str]:
    yield policy.main_image_attribute
    if policy.gallery_maximum != MOST_IMAGES:
        yield f"at most {policy.gallery_maximum}"
    if policy.default_image is not None:
        yield "default image"
