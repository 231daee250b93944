"""Gates that are not understood: nothing is uploaded, changed or taken down because of a guess."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.attributes import NOT_RECEIVED
from schemas.gates import Unread, read_stock_status, read_type, read_websites
from schemas.product import Product


def unread_gates(product: Product) -> Mapping[str, Unread]:
    """Return the gates whose value is not understood, by attribute code. Websites are in `unread_websites`.

    A stock status or a type that Magento has not sent is none of them: many senders tell the quantity alone, and most
    products are simple.
    """
    found = {
        "status": product.status,
        "visibility": product.visibility,
        "stock_status": unread_stock_status(product),
        "website_ids": unread_websites(product),
        "type_id": unread_type(product),
    }
    return {code: reading for code, reading in found.items() if isinstance(reading, Unread)}


def unread_stock_status(product: Product) -> Unread | None:
    """Return the stock status if it was received and is not understood."""
    value = product.value("stock_status")
    if value is NOT_RECEIVED or value is None:
        return None
    reading = read_stock_status(value)
    return reading if isinstance(reading, Unread) else None


def unread_type(product: Product) -> Unread | None:
    """Return the type if it was received and is not understood."""
    reading = read_type(product.value("type_id"))
    return reading if isinstance(reading, Unread) and reading.value is not None else None


def unread_websites(product: Product) -> Unread | None:
    """Return the websites unless they are ids. Only a shop that names its website asks for them."""
    reading = read_websites(product.value("website_ids"))
    return reading if isinstance(reading, Unread) else None
