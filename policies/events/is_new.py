"""Whether a product that is seen for the first time was created after Product Upload was switched on."""

from __future__ import annotations

from datetime import UTC, datetime

from policies.attribute_changes import as_date
from schemas.product_event import Origin, ProductEvent


def is_new(event: ProductEvent, upload_on_since: datetime | None) -> bool:
    """Return whether the product of this event is new. It is decided once, at the first full state.

    `upload_on_since` is when Product Upload was last switched on, aware UTC, None while it is off. An event that
    created the product decides; else whether `created_at` is not before `upload_on_since`, for the event of the
    creation may have been lost; else what the event says; else a product from a webhook (or its replay) is new, and one
    from the sweep or a read of the catalogue is not. The attribute `is_new` in a product's body is a form value of
    Magento Admin and is not used.
    """
    if event.is_new:
        return True
    created = as_date(event.attributes.get("created_at"))
    if created is not None and upload_on_since is not None:
        return created.replace(tzinfo=UTC) >= upload_on_since.replace(microsecond=0)
    if event.is_new is False:
        return False
    return event.origin in (Origin.WEBHOOK, Origin.REPLAY)
