"""The outcome of an accepted call: its response data and the products concerned."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.tiktok.catalog.product import Product


@dataclass(frozen=True, slots=True)
class ProductOutcome:
    """A product of a call, in its state after it. `code` is 0 for success, None if the call was not executed."""

    product_id: str
    seller_skus: tuple[str, ...] = ()
    status: str | None = None
    code: int | None = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a call with code 0. `replay` marks a create answered from its idempotency key."""

    data: dict[str, object] = field(default_factory=dict)
    products: tuple[ProductOutcome, ...] = ()
    replay: bool = False


def product_outcome(product: Product, code: int = 0) -> ProductOutcome:
    """Return the outcome for this product in its current state."""
    return ProductOutcome(product.id, tuple(product.seller_skus), product.status.value, code)
