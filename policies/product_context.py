"""The product context: what is stored of one product, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from schemas.attributes import Attributes
from schemas.listing import Listing, Money
from schemas.product import Product


class Asked(Enum):
    """Who wants the listing looked at, beside the events themselves."""

    NOBODY = "nobody"
    POLICY = "policy"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class ProductContext:
    """A product with its listing. `baseline` is what its changes are compared with, None before the first decision
    that made the listing due.

    `confirmed_prices` are the prices that a person confirmed against the price guard, by `seller_sku`.
    """

    product: Product
    listing: Listing
    baseline: Attributes | None = None
    asked: Asked = Asked.NOBODY
    confirmed_prices: Mapping[str, Money] = field(default_factory=dict)
