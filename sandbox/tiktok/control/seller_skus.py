"""What a seller adds to a product in Seller Center: another SKU, and fields of the product or of its SKUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.tiktok.catalog.catalog import Catalog
from sandbox.tiktok.catalog.product import Offer, Product, Sku, Version

AXIS: Final = "Size"
"""The sales attribute that tells SKUs apart which have none yet; each SKU's value is its seller SKU."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What the seller adds. The fields are in the shape of an edit; None removes one.

    `sku` is a SKU's fields without price and stock, which are those of the product's first SKU. `backorders` are
    `backorder_quantity` and `handling_time` in every warehouse of each SKU.
    """

    sku: Mapping[str, Any] | None = None
    fields: Mapping[str, Any] | None = None
    sku_fields: Mapping[str, Any] | None = None
    backorders: Mapping[str, int] | None = None


def add(catalog: Catalog, product: Product, additions: Additions, seller_sku: str | None) -> None:
    """Change the live version, and the one under review. `sku_fields` are for the SKU with this name, else for all."""
    sku_id, first = catalog.next_id(), product.offers[product.current.skus[0].id]

    def changed(version: Version) -> Version:
        content = _with(version.content, additions.fields)
        skus = tuple(
            replace(sku, fields=_with(sku.fields, additions.sku_fields))
            if seller_sku in (None, sku.seller_sku)
            else sku
            for sku in version.skus
        )
        if additions.sku is not None:
            skus = tuple(_on_axis(catalog, sku) for sku in (*skus, Sku(sku_id, additions.sku)))
        return Version(catalog.generated_ids.complete(content), skus)

    is_first_review = product.review is product.current
    product.current = changed(product.current)
    if product.review is not None:
        product.review = product.current if is_first_review else changed(product.review)
    if additions.sku is not None:
        product.offers[sku_id] = first
    if additions.backorders is not None:
        product.offers = {
            sku_id: _with_backorders(offer, additions.backorders) for sku_id, offer in product.offers.items()
        }


def _with(fields: Mapping[str, Any], changes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in {**fields, **(changes or {})}.items() if value is not None}


def _on_axis(catalog: Catalog, sku: Sku) -> Sku:
    axes = sku.fields.get("sales_attributes") or [{"name": AXIS, "value_name": sku.seller_sku}]
    complete = [catalog.generated_ids.sales_attribute(axis) for axis in axes]
    return replace(sku, fields={**sku.fields, "sales_attributes": complete})


def _with_backorders(offer: Offer, backorders: Mapping[str, int]) -> Offer:
    return replace(offer, backorders={warehouse: dict(backorders) for warehouse in offer.quantities})
