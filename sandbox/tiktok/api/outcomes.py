"""Outcomes: what an accepted call answers, and which products it touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.tiktok.products.product import Product


@dataclass(frozen=True, slots=True)
class Touched:
    """One product of a call, as it is after the call. `code` is 0 where it was done, None where it was never judged."""

    product_id: str
    seller_skus: tuple[str, ...] = ()
    status: str | None = None
    code: int | None = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call with code 0. `replay` marks a create that was answered from its idempotency key."""

    data: dict[str, Any] = field(default_factory=dict)
    touched: tuple[Touched, ...] = ()
    replay: bool = False


def touched(product: Product, code: int = 0) -> Touched:
    """This product, as it is now."""
    return Touched(product.id, tuple(product.seller_skus), product.status.value, code)
