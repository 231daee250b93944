"""The product context: what is stored about one product, as the rules use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from schemas.attributes import Attributes
from schemas.listing import Listing, Money
from schemas.product import Product


class RequestedBy(Enum):
    """Who requested a sync of the listing, apart from events."""

    NONE = "none"
    POLICY = "policy"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class ProductContext:
    """A product with its listing.

    `baseline` has the attributes that changes are measured against, None before the first decision that makes the
    listing due. `confirmed_prices` has the prices below the price guard's limit that a person confirmed, by
    `seller_sku`.
    """

    product: Product
    listing: Listing
    baseline: Attributes | None = None
    requested_by: RequestedBy = RequestedBy.NONE
    confirmed_prices: Mapping[str, Money] = field(default_factory=dict)
