"""How a sender writes a saved product: Magento's own data, or a document as REST returns it, in an envelope or bare."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sandbox.magento.catalog import product_document
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.events.event import Event

SAVES = frozenset({Event.PRODUCT_SAVE, Event.PRODUCT_SAVE_COMMIT, Event.PRODUCT_SAVE_CONTROLLER})


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


def check_shape(shape: Shape, *, store_id: int, with_original: bool) -> None:
    """Raise `InvalidChange` if the shape can't carry the original or the store id."""
    if with_original and shape in (Shape.BARE, Shape.REST_BARE):
        raise InvalidChange("A bare body can't carry the original: choose shape flat or rest.")
    if store_id and shape is Shape.REST_BARE:
        raise InvalidChange("A bare REST body can't carry store_id: choose shape flat, bare or rest.")


def shaped(
    body: Mapping[str, object],
    product: Product,
    before: Product | None,
    *,
    store_id: int,
    shape: Shape,
    with_original: bool,
) -> Mapping[str, object]:
    """Return the body of a saved product in this shape; `before` is the product before it, None for a new one."""
    if shape is Shape.BARE:
        data = body["product"]
        return data if isinstance(data, dict) else {}
    if shape is Shape.REST_BARE:
        return product_document.full_document(product, store_id)
    if shape is Shape.FLAT:
        return {name: value for name, value in body.items() if name != "original" or with_original}
    envelope: dict[str, object] = {
        "event": body["event"],
        "product": product_document.full_document(product, store_id),
        "store_id": store_id,
        "is_new": before is None,
    }
    if with_original and before is not None:
        envelope["original"] = product_document.full_document(before, store_id)
    return envelope
