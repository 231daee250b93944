"""The events that TikTok sends about a product, derived from its state before and after.

Sources: *Product status change* (5), *Product information change* (15), *Product creation* (16), *Product audit status
change* (37). That an app is not notified of a status that it set itself is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from sandbox.tiktok.catalog.product import Audit, Product, Status, Version

_NAMED_FIELDS: Final = ("title", "description", "main_images", "product_attributes")
_SIZE_CHART: Final = {"image": "size_chart_image", "template": "size_chart_template"}


class Kind(IntEnum):
    """The `type` of a webhook."""

    STATUS = 5
    INFORMATION = 15
    CREATION = 16
    AUDIT = 37


class Source(StrEnum):
    """`change_source`: where the product was changed."""

    OPEN_API = "OPEN_API"
    SELLER_CENTER = "SELLER_CENTER"


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """An event for the app of a shop."""

    kind: Kind
    shop_cipher: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ProductState:
    """The last observed state of a product. `passed`: it has passed an audit at least once."""

    status: Status
    audit: Audit
    live: Version
    passed: bool


class WebhookEvents:
    """The events that are not sent yet. Its caller holds the lock."""

    def __init__(self) -> None:
        self._states: dict[str, ProductState] = {}
        self._pending: list[WebhookEvent] = []

    def observe(self, product: Product, source: Source) -> None:
        """Add the events of a new or changed product."""
        before = self._states.get(product.id)
        passed = (before is not None and before.passed) or product.audit is Audit.APPROVED
        current = ProductState(product.status, product.audit, product.current, passed)
        self._states[product.id] = current
        self._pending += [
            WebhookEvent(kind, product.shop_cipher, {**data, "update_time": product.updated})
            for kind, data in _events(product, before, current, source)
        ]

    def take(self) -> list[WebhookEvent]:
        """Return and remove all events."""
        events, self._pending = self._pending, []
        return events


def _events(
    product: Product, before: ProductState | None, current: ProductState, source: Source
) -> list[tuple[Kind, Mapping[str, object]]]:
    """Return the events. The product id is a number except in type 15, where it is text, as in TikTok's samples."""
    id_as_number: Mapping[str, object] = {"product_id": int(product.id)}
    events: list[tuple[Kind, Mapping[str, object]]] = []
    if before is None:
        events.append((Kind.CREATION, id_as_number))
    if current.audit is not (Audit.NONE if before is None else before.audit):
        events.append((Kind.AUDIT, {**id_as_number, "audit": {"status": current.audit.value}}))
    if before is None:
        return events
    if status := _status_event(before, current, source):
        reason = " ".join(product.failed_reasons)
        events.append((Kind.STATUS, {**id_as_number, "status": status, "suspended_reason": reason}))
    was_live = before.status is current.status is Status.ACTIVATE
    if was_live and (fields := changed_fields(before.live, current.live)):
        data = {"product_id": product.id, "change_source": source.value, "changed_fields": fields}
        events.append((Kind.INFORMATION, data))
    return events


def _status_event(before: ProductState, current: ProductState, source: Source) -> str | None:
    audit_ended = before.audit is Audit.AUDITING and source is Source.OPEN_API
    if audit_ended and current.audit is Audit.FAILED:
        return "PRODUCT_AUDIT_FAILURE"
    if audit_ended and current.audit is Audit.APPROVED and not before.passed:
        return "PRODUCT_FIRST_PASS_REVIEW"
    by_platform = audit_ended and current.audit is Audit.APPROVED
    if current.status is not before.status and (by_platform or source is Source.SELLER_CENTER):
        return "PRODUCT_STATUS_CHANGED"
    return None


def changed_fields(before: Version, current: Version) -> list[str]:
    """Return the fields that changed for buyers, in TikTok's terms; price and stock are not part of a version."""
    old, new = before.content, current.content
    changed = [name for name in _NAMED_FIELDS if old.get(name) != new.get(name)]
    charts = [version.get("size_chart") or {} for version in (old, new)]
    changed += [word for part, word in _SIZE_CHART.items() if charts[0].get(part) != charts[1].get(part)]
    others = [_other_fields(version) for version in (before, current)]
    return [*changed, "others"] if others[0] != others[1] else changed


def _other_fields(version: Version) -> tuple[dict[str, object], list[tuple[str, Mapping[str, object]]]]:
    named = (*_NAMED_FIELDS, "size_chart")
    content = {name: value for name, value in version.content.items() if name not in named}
    return content, [(sku.id, sku.fields) for sku in version.skus]
