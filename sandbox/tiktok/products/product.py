"""Product: what TikTok holds of one, its live version and the one under review.

Price and stock are no part of a version: they are the SKU's, take effect at once and see no audit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """A product's status with its audit in it."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    FAILED = "FAILED"
    ACTIVATE = "ACTIVATE"
    SELLER_DEACTIVATED = "SELLER_DEACTIVATED"
    PLATFORM_DEACTIVATED = "PLATFORM_DEACTIVATED"
    FREEZE = "FREEZE"
    DELETED = "DELETED"


class Audit(StrEnum):
    """`audit.status`."""

    NONE = "NONE"
    AUDITING = "AUDITING"
    FAILED = "FAILED"
    APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class Sku:
    """A SKU's versioned fields, `seller_sku` and `sales_attributes` among them."""

    id: str
    fields: Mapping[str, Any]

    @property
    def seller_sku(self) -> str:
        """The seller's name of it; "" where they gave none."""
        return str(self.fields.get("seller_sku") or "")


@dataclass(frozen=True, slots=True)
class Version:
    """A product's content under TikTok's own field names, without `skus`, and its SKUs."""

    content: Mapping[str, Any]
    skus: tuple[Sku, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A SKU's price and its pieces by warehouse id."""

    amount: str
    currency: str
    pieces: Mapping[str, int]


@dataclass(slots=True)
class Product:
    """A product. `current` is what buyers see, or would; `review` is the version that an audit looks at."""

    id: str
    shop_cipher: str
    created: int
    updated: int
    status: Status
    audit: Audit
    current: Version
    offers: dict[str, Offer]
    review: Version | None = None
    submitted: float | None = None
    failed_reasons: list[str] = field(default_factory=list)
    creates: int = 1
    promotion: list[str] = field(default_factory=list)
    """What a promotion locks: price, stock."""

    @property
    def newest(self) -> Version:
        """The version that an edit starts from: the one under review, else the current one."""
        return self.review or self.current

    @property
    def seller_skus(self) -> list[str]:
        """The sellers' names of its SKUs, of both versions."""
        versions = (self.current,) if self.review is None else (self.current, self.review)
        return list(dict.fromkeys(sku.seller_sku for one in versions for sku in one.skus if sku.seller_sku))

    def sku(self, sku_id: str) -> Sku | None:
        """The SKU of this id, in either version."""
        versions = (self.current,) if self.review is None else (self.current, self.review)
        return next((sku for one in versions for sku in one.skus if sku.id == sku_id), None)

    def submit(self, version: Version, now: float) -> None:
        """Give a version to the audit. Until a first one has passed, it is also what a read shows."""
        if self.status in (Status.DRAFT, Status.PENDING, Status.FAILED):
            self.current = version
        if self.status not in (Status.ACTIVATE, Status.SELLER_DEACTIVATED):
            self.status = Status.PENDING
        self.review, self.submitted = version, now
        self.audit, self.failed_reasons = Audit.AUDITING, []
        self._forget_offers()

    def pass_audit(self) -> None:
        """The version under review is the current one from now on."""
        self.current = self.newest
        self._end_audit(Audit.APPROVED)
        if self.status is Status.PENDING:
            self.status = Status.ACTIVATE

    def fail_audit(self, reason: str) -> None:
        """A product that was live stays as it was; one that never was is FAILED."""
        self._end_audit(Audit.FAILED)
        self.failed_reasons = [reason]
        if self.status is Status.PENDING:
            self.status = Status.FAILED

    def end_review(self) -> None:
        """The product has left the audit: deleted, or moved by hand."""
        if self.audit is Audit.AUDITING:
            self._end_audit(Audit.NONE)

    def _end_audit(self, audit: Audit) -> None:
        self.audit, self.review, self.submitted = audit, None, None
        self._forget_offers()

    def _forget_offers(self) -> None:
        self.offers = {sku_id: offer for sku_id, offer in self.offers.items() if self.sku(sku_id)}
