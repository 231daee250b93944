"""A product at TikTok: its live version and the one under review.

Price and stock belong to the SKU and not to a version: they take effect at once and are not audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The status of a product, which includes its audit."""

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
    """A SKU's versioned fields, such as `seller_sku` and `sales_attributes`."""

    id: str
    fields: Mapping[str, Any]

    @property
    def seller_sku(self) -> str:
        """The seller's SKU; "" if there is none."""
        return str(self.fields.get("seller_sku") or "")


@dataclass(frozen=True, slots=True)
class Version:
    """A product's content under TikTok's field names, without `skus`, and its SKUs."""

    content: Mapping[str, Any]
    skus: tuple[Sku, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A SKU's price and its quantities by warehouse id. Rows of the data folder name these fields (`saved_state`)."""

    amount: str
    currency: str
    quantities: Mapping[str, int]
    backorders: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """`backorder_quantity` and `handling_time` by warehouse id."""


@dataclass(slots=True)
class Product:
    """A product. `current` is the version for buyers; `review` is the version being audited."""

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
        """The seller SKUs of both versions."""
        versions = (self.current,) if self.review is None else (self.current, self.review)
        return list(
            dict.fromkeys(sku.seller_sku for version in versions for sku in version.skus if sku.seller_sku)
        )

    def sku(self, sku_id: str) -> Sku | None:
        """Return the SKU with this id, in either version."""
        versions = (self.current,) if self.review is None else (self.current, self.review)
        return next((sku for version in versions for sku in version.skus if sku.id == sku_id), None)

    def submit(self, version: Version, now: float) -> None:
        """Start the audit of a version. Until a first audit passes, it is also the current version."""
        if self.status in (Status.DRAFT, Status.PENDING, Status.FAILED):
            self.current = version
        if self.status not in (Status.ACTIVATE, Status.SELLER_DEACTIVATED):
            self.status = Status.PENDING
        self.review, self.submitted = version, now
        self.audit, self.failed_reasons = Audit.AUDITING, []
        self._forget_offers()

    def pass_audit(self) -> None:
        """Make the version under review the current one."""
        self.current = self.newest
        self._end_audit(Audit.APPROVED)
        if self.status is Status.PENDING:
            self.status = Status.ACTIVATE

    def fail_audit(self, reason: str) -> None:
        """Reject the version under review: a live product stays live, a new one becomes FAILED."""
        self._end_audit(Audit.FAILED)
        self.failed_reasons = [reason]
        if self.status is Status.PENDING:
            self.status = Status.FAILED

    def end_review(self) -> None:
        """Cancel the audit: the product was deleted, or its status was set by hand."""
        if self.audit is Audit.AUDITING:
            self._end_audit(Audit.NONE)

    def _end_audit(self, audit: Audit) -> None:
        self.audit, self.review, self.submitted = audit, None, None
        self._forget_offers()

    def _forget_offers(self) -> None:
        self.offers = {sku_id: offer for sku_id, offer in self.offers.items() if self.sku(sku_id)}
