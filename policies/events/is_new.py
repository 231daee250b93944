"""Whether a product was created after Product Upload was switched on."""

from __future__ import annotations

from datetime import UTC, datetime

from policies.attribute_changes import as_date
from schemas.attributes import NOT_RECEIVED
from schemas.product import Product
from schemas.product_event import EventKind, Origin, ProductEvent


def is_new(event: ProductEvent, before: Product, upload_on_since: datetime | None) -> bool:
    """Return whether the product is new after this event; `before` is how it was stored.

    Saves decide it, up to and including the first full state; then it stays. `upload_on_since` is when Product Upload
    was last switched on, aware UTC, None while it is off. An event that created the product decides; else whether
    `created_at` is not before `upload_on_since`, for the event of the creation may have been lost; else an earlier save
    that made it new; else what this one says; else a product from a webhook (or its replay) is new, and one from the
    sweep or a read of the catalogue is not. The attribute `is_new` in a product's body is a form value of Magento Admin
    and is not used.
    """
    if event.kind is not EventKind.SAVED or before.seen_whole:
        return before.is_new
    if event.is_new:
        return True
    stored = NOT_RECEIVED if before.is_new else before.value("created_at")
    created = as_date(event.attributes.get("created_at", stored or None))
    if created is not None and upload_on_since is not None:
        return created.replace(tzinfo=UTC) >= upload_on_since.replace(microsecond=0)
    if before.is_new or event.is_new is False:
        return before.is_new
    return event.origin in (Origin.WEBHOOK, Origin.REPLAY)
