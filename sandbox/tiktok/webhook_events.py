"""Notices: what TikTok tells of a product without being asked, found by how it is now and how it was before.

Sources: *Product status change* (5), *Product information change* (15), *Product creation* (16), *Product audit status
change* (37). That an app is not told of the status that it set itself is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final

from sandbox.tiktok.products.product import Audit, Product, Status, Version

_TOLD_BY_NAME: Final = ("title", "description", "main_images", "product_attributes")
_SIZE_CHART: Final = {"image": "size_chart_image", "template": "size_chart_template"}


class Kind(IntEnum):
    """`type`."""

    STATUS = 5
    INFORMATION = 15
    CREATION = 16
    AUDIT = 37


class Source(StrEnum):
    """`change_source`: who changed the product."""

    OPEN_API = "OPEN_API"
    SELLER_CENTER = "SELLER_CENTER"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell the app of a shop."""

    kind: Kind
    shop_cipher: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A product as it was last looked at. `passed`: it has passed an audit at least once."""

    status: Status
    audit: Audit
    live: Version
    passed: bool


class Notices:
    """What is to be told, until it is taken. Its caller holds the lock."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._waiting: list[Notice] = []

    def look_at(self, product: Product, source: Source) -> None:
        """The product is new, or may have changed."""
        before = self._seen.get(product.id)
        passed = (before is not None and before.passed) or product.audit is Audit.APPROVED
        now = Seen(product.status, product.audit, product.current, passed)
        self._seen[product.id] = now
        self._waiting += [
            Notice(kind, product.shop_cipher, {**data, "update_time": product.updated})
            for kind, data in _told(product, before, now, source)
        ]

    def take(self) -> list[Notice]:
        """All, and from here on none."""
        taken, self._waiting = self._waiting, []
        return taken


def _told(
    product: Product, before: Seen | None, now: Seen, source: Source
) -> list[tuple[Kind, dict[str, Any]]]:
    """The id is a number in all but the information's, where it is a text: TikTok's own inconsistency."""
    number = {"product_id": int(product.id)}
    told: list[tuple[Kind, dict[str, Any]]] = []
    if before is None:
        told.append((Kind.CREATION, number))
    if now.audit is not (Audit.NONE if before is None else before.audit):
        told.append((Kind.AUDIT, {**number, "audit": {"status": now.audit.value}}))
    if before is None:
        return told
    if status := _status(before, now, source):
        reason = " ".join(product.failed_reasons)
        told.append((Kind.STATUS, {**number, "status": status, "suspended_reason": reason}))
    was_live = before.status is now.status is Status.ACTIVATE
    if was_live and (fields := changed_fields(before.live, now.live)):
        data = {"product_id": product.id, "change_source": source.value, "changed_fields": fields}
        told.append((Kind.INFORMATION, data))
    return told


def _status(before: Seen, now: Seen, source: Source) -> str | None:
    ended = before.audit is Audit.AUDITING and source is Source.OPEN_API
    if ended and now.audit is Audit.FAILED:
        return "PRODUCT_AUDIT_FAILURE"
    if ended and now.audit is Audit.APPROVED and not before.passed:
        return "PRODUCT_FIRST_PASS_REVIEW"
    by_platform = ended and now.audit is Audit.APPROVED
    if now.status is not before.status and (by_platform or source is Source.SELLER_CENTER):
        return "PRODUCT_STATUS_CHANGED"
    return None


def changed_fields(before: Version, now: Version) -> list[str]:
    """What buyers see differently, in TikTok's words; price and stock are no part of a version."""
    old, new = before.content, now.content
    found = [name for name in _TOLD_BY_NAME if old.get(name) != new.get(name)]
    charts = [version.get("size_chart") or {} for version in (old, new)]
    found += [word for part, word in _SIZE_CHART.items() if charts[0].get(part) != charts[1].get(part)]
    rest = [_rest(one) for one in (before, now)]
    return [*found, "others"] if rest[0] != rest[1] else found


def _rest(version: Version) -> tuple[dict[str, Any], list[tuple[str, Mapping[str, Any]]]]:
    named = (*_TOLD_BY_NAME, "size_chart")
    content = {name: value for name, value in version.content.items() if name not in named}
    return content, [(sku.id, sku.fields) for sku in version.skus]
