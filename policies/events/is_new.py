"""New: whether a product that we see for the first time was made after the merchant switched Product Upload on."""

from __future__ import annotations

from datetime import UTC, datetime

from policies.attribute_changes import as_date
from schemas.product_event import Origin, ProductEvent


def is_new(event: ProductEvent, upload_on_since: datetime | None) -> bool:
    """Judged once, at first sight.

    The envelope's own word; else a `created_at` not before Product Upload was last switched on; else new, unless the
    event came from the sweep or from reading the catalogue. `product.is_new` is a form value and never asked.
    """
    if event.is_new is not None:
        return event.is_new
    created = as_date(event.attributes.get("created_at"))
    if created is not None and upload_on_since is not None:
        return created.replace(tzinfo=UTC) >= upload_on_since.replace(microsecond=0)
    return event.origin in (Origin.WEBHOOK, Origin.REPLAY)
