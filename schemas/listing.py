"""A listing: a TikTok product of ours, what it was last given, and what TikTok last said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

_Told = TypeVar("_Told")


class ListingStatus(StrEnum):
    """TikTok's `status` of a product, under TikTok's words."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    FAILED = "FAILED"
    ACTIVATE = "ACTIVATE"
    SELLER_DEACTIVATED = "SELLER_DEACTIVATED"
    PLATFORM_DEACTIVATED = "PLATFORM_DEACTIVATED"
    FREEZE = "FREEZE"
    DELETED = "DELETED"


class FirstAudit(StrEnum):
    """How the listing's first audit stands; NONE before there is a TikTok product."""

    NONE = "none"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


class Availability(StrEnum):
    """Whether buyers should find the listing."""

    LIVE = "live"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"


class Part(StrEnum):
    """The parts of a listing that are compared and sent apart."""

    CONTENT = "content"
    PRICE = "price"
    STOCK = "stock"
    AVAILABILITY = "availability"


class AssignedBy(StrEnum):
    """Who chose the listing's template: the policy (Product Assign), a person, or the winner of the moment."""

    POLICY = "policy"
    HAND = "hand"
    REMEMBERED = "remembered"


class OutcomeKind(StrEnum):
    """What became of a sync, as far as TikTok's answer goes. ACCEPTED and LIVE are two states."""

    ACCEPTED = "accepted"
    NOTHING_TO_SEND = "nothing_to_send"
    ADOPTED = "adopted"
    LIVE = "live"
    AUDIT_FAILED = "audit_failed"
    REJECTED = "rejected"
    REFUSED_HERE = "refused_here"
    PRICE_GUARD = "price_guard"
    IMAGE_LEFT_OUT = "image_left_out"
    TWO_LISTINGS_ON_TIKTOK = "two_listings_on_tiktok"
    DEAD_LETTERED = "dead_lettered"

    @property
    def is_refusal(self) -> bool:
        """A "no" that the next change should be sent over."""
        return self in _REFUSALS


_REFUSALS = frozenset(
    {
        OutcomeKind.AUDIT_FAILED,
        OutcomeKind.REJECTED,
        OutcomeKind.REFUSED_HERE,
        OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
        OutcomeKind.DEAD_LETTERED,
    }
)

MessageCode: TypeAlias = tuple[str, ...]
"""What one sentence of a message says, and about what: ``("price_guard", "MUG-01", "30.00", "3.00", "EUR", "50")``."""

UNKNOWN_CODE: Final = "unknown"
"""A message of an earlier version, of which no more is known than the kind of its outcome."""

Content: TypeAlias = Mapping[str, Any]
"""The content part in TikTok's own request shape (title, description, category_id, main_images, ...)."""


@dataclass(frozen=True, slots=True)
class Money:
    """TikTok's price: a decimal as text, and its currency."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class LastSent:
    """What each part of the listing was last given on TikTok; None where nothing is known of a part.

    `price` and `stock` go by `seller_sku`; stock by warehouse id, in pieces.
    """

    content: Content | None = None
    price: Mapping[str, Money] | None = None
    stock: Mapping[str, Mapping[str, int]] | None = None
    availability: Availability | None = None


@dataclass(frozen=True, slots=True)
class CreateAttempt:
    """A create that was written down before its first try: a retry repeats this key and this body, byte for byte."""

    idempotency_key: str
    body: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Our record of one TikTok product. It exists, without TikTok ids, from the product's first sight on.

    `skus` gives TikTok's SKU id by `seller_sku`; `refused` the digest of the content of each part that TikTok (or our
    own pre-flight) refused; `audit_since` when the audit that we follow began (the last accepted
    create, edit or activation), None when none runs. `last_codes` is what `last_message` says, for comparing.
    """

    product_id: int
    shop: str
    tiktok_product_id: str | None = None
    skus: Mapping[str, str] = field(default_factory=dict)
    status: ListingStatus | None = None
    first_audit: FirstAudit = FirstAudit.NONE
    gone: bool = False
    template: str | None = None
    assigned_by: AssignedBy | None = None
    ineligible_since: datetime | None = None
    ineligible_reason: str | None = None
    last_outcome: OutcomeKind | None = None
    last_message: str | None = None
    last_sent: LastSent = field(default_factory=LastSent)
    refused: Mapping[Part, str] = field(default_factory=dict)
    create_attempt: CreateAttempt | None = None
    audit_since: datetime | None = None
    last_codes: tuple[MessageCode, ...] = ()

    @property
    def exists(self) -> bool:
        """We hold a TikTok id for it, and TikTok has not said that it is gone."""
        return self.tiktok_product_id is not None and not self.gone

    @property
    def listed(self) -> bool:
        """We hold a TikTok id for it, TikTok has not said that it is gone, and its first audit has not failed."""
        return self.exists and self.first_audit is not FirstAudit.FAILED

    def with_seller_sku(self, sku: str) -> Listing:
        """A listing of one SKU that has another name now: what TikTok holds of it by its id stays known."""
        if len(self.skus) != 1 or sku in self.skus:
            return self
        last = self.last_sent
        return replace(
            self,
            skus=_renamed(sku, self.skus),
            last_sent=replace(
                last,
                price=None if last.price is None else _renamed(sku, last.price),
                stock=None if last.stock is None else _renamed(sku, last.stock),
            ),
        )

    @property
    def upload_unfinished(self) -> bool:
        """It was sent up, and its first audit has not ended."""
        return self.first_audit is FirstAudit.RUNNING


def _renamed(sku: str, by_sku: Mapping[str, _Told]) -> Mapping[str, _Told]:
    return {sku: next(iter(by_sku.values()))} if len(by_sku) == 1 else by_sku


def says_the_same(listing: Listing, kind: OutcomeKind, codes: tuple[MessageCode, ...]) -> bool:
    """Whether an outcome would repeat the listing's last message. Codes are compared, so words may change."""
    if (UNKNOWN_CODE,) in listing.last_codes:
        return listing.last_outcome is kind
    return listing.last_codes == codes
