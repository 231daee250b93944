"""What goes into a webhook: the event's name and the product, in the shape that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.attribute_values import Stored
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.rest import product_document
from sandbox.magento.webhooks import flat_product


class Event(StrEnum):
    """What a webhook of this store tells."""

    SAVED = "product.saved"
    DELETED = "product.deleted"
    STOCK_CHANGED = "stock.changed"
    ATTRIBUTES_UPDATED = "attributes.updated"
    WEBSITES_CHANGED = "websites.changed"


class Shape(StrEnum):
    """How a saved product is written: flat `getData()` or as REST, in the envelope or bare."""

    FLAT = "flat"
    REST = "rest"
    BARE = "bare"
    REST_BARE = "rest_bare"

    @classmethod
    def named(cls, told: object) -> Shape:
        """The shape of that name. InvalidChange lists the choices."""
        try:
            return cls(str(told))
        except ValueError:
            raise InvalidChange(f"shape: {told!r} is none of {', '.join(cls)}.") from None


def saved(
    product: Product, before: Product | None, *, store_id: int, shape: Shape, with_original: bool
) -> dict[str, Any]:
    """`product.saved`. A product without a `before` is new, and the envelope says `is_new`."""
    refuse_homeless(shape, store_id=store_id, with_original=with_original)
    is_rest = shape in (Shape.REST, Shape.REST_BARE)
    body = (
        product_document.full(product, store_id) if is_rest else flat_product.saved(product, store_id, before)
    )
    if shape in (Shape.BARE, Shape.REST_BARE):
        return body
    envelope: dict[str, Any] = {"event": Event.SAVED.value, "product": body}
    if is_rest:
        envelope["store_id"] = store_id
    if before is None:
        envelope["is_new"] = True
    elif with_original:
        envelope["original"] = (
            product_document.full(before, store_id) if is_rest else flat_product.original(before, store_id)
        )
    return envelope


def refuse_homeless(shape: Shape, *, store_id: int, with_original: bool) -> None:
    """A bare body can't carry everything; better no webhook than one that tells something else."""
    if with_original and shape in (Shape.BARE, Shape.REST_BARE):
        raise InvalidChange("A bare body has no place for the original: choose shape flat or rest.")
    if store_id and shape is Shape.REST_BARE:
        raise InvalidChange("A bare REST body has no place for store_id: choose shape flat, bare or rest.")


def deleted(product: Product) -> dict[str, Any]:
    """`product.deleted`, with the product as it was."""
    return {"event": Event.DELETED.value, "product": flat_product.original(product)}


def stock_changed(product: Product) -> dict[str, Any]:
    """`stock.changed`: the stock item alone, which names its product by id."""
    return {"event": Event.STOCK_CHANGED.value, "sku": product.sku, "stock_item": stock_item.as_text(product)}


def attributes_updated(
    products: Sequence[Product], attributes: dict[str, Stored], store_id: int
) -> dict[str, Any]:
    """`attributes.updated`, as Magento's mass update tells it: ids, new values, no SKUs, no old values."""
    return {
        "event": Event.ATTRIBUTES_UPDATED.value,
        "product_ids": [str(product.entity_id) for product in products],
        "attributes_data": attributes,
        "store_id": store_id,
    }


def websites_changed(products: Sequence[Product], website_ids: Sequence[int], action: str) -> dict[str, Any]:
    """`websites.changed`: ids of products, ids of websites, and whether they were added or removed."""
    return {
        "event": Event.WEBSITES_CHANGED.value,
        "product_ids": [str(product.entity_id) for product in products],
        "website_ids": [str(id_) for id_ in website_ids],
        "action": action,
    }
