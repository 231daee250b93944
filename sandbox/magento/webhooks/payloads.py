"""The body of each webhook: the event's name and the product in the requested shape."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sandbox.magento.catalog import product_document, stock_item
from sandbox.magento.catalog.attribute_values import StoredValue
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.webhooks import flat_product


class Event(StrEnum):
    """The events of this store."""

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
    def parse(cls, name: object) -> Shape:
        """Return the shape with this name. Raises `InvalidChange`, listing the names."""
        try:
            return cls(str(name))
        except ValueError:
            raise InvalidChange(f"shape: {name!r} is not one of {', '.join(cls)}.") from None


def saved(
    product: Product, before: Product | None, *, store_id: int, shape: Shape, with_original: bool
) -> dict[str, object]:
    """Build `product.saved`. A product without `before` is new: its envelope has `is_new`."""
    check_shape(shape, store_id=store_id, with_original=with_original)
    is_rest = shape in (Shape.REST, Shape.REST_BARE)
    body = (
        product_document.full_document(product, store_id)
        if is_rest
        else flat_product.saved(product, store_id, before)
    )
    if shape in (Shape.BARE, Shape.REST_BARE):
        return body
    envelope: dict[str, object] = {"event": Event.SAVED.value, "product": body}
    if is_rest:
        envelope["store_id"] = store_id
    if before is None:
        envelope["is_new"] = True
    elif with_original:
        envelope["original"] = (
            product_document.full_document(before, store_id)
            if is_rest
            else flat_product.original(before, store_id)
        )
    return envelope


def check_shape(shape: Shape, *, store_id: int, with_original: bool) -> None:
    """Raise `InvalidChange` if the shape can't carry the original or the store id."""
    if with_original and shape in (Shape.BARE, Shape.REST_BARE):
        raise InvalidChange("A bare body can't carry the original: choose shape flat or rest.")
    if store_id and shape is Shape.REST_BARE:
        raise InvalidChange("A bare REST body can't carry store_id: choose shape flat, bare or rest.")


def deleted(product: Product) -> dict[str, object]:
    """Build `product.deleted`, with the product before its deletion."""
    return {"event": Event.DELETED.value, "product": flat_product.original(product)}


def stock_changed(product: Product) -> dict[str, object]:
    """Build `stock.changed`: only the stock item, which names its product by id."""
    return {
        "event": Event.STOCK_CHANGED.value,
        "sku": product.sku,
        "stock_item": stock_item.to_form_data(product),
    }


def attributes_updated(
    products: Sequence[Product], attributes: dict[str, StoredValue], store_id: int
) -> dict[str, object]:
    """Build `attributes.updated` as Magento's mass update sends it: ids and new values, no SKUs, no old values."""
    return {
        "event": Event.ATTRIBUTES_UPDATED.value,
        "product_ids": [str(product.entity_id) for product in products],
        "attributes_data": attributes,
        "store_id": store_id,
    }


def websites_changed(
    products: Sequence[Product], website_ids: Sequence[int], action: str
) -> dict[str, object]:
    """Build `websites.changed`: product ids, website ids, and whether they were added or removed."""
    return {
        "event": Event.WEBSITES_CHANGED.value,
        "product_ids": [str(product.entity_id) for product in products],
        "website_ids": [str(id_) for id_ in website_ids],
        "action": action,
    }
