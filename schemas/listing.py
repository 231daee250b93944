"""A listing: our product on TikTok, what was last sent for it, and TikTok's last answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

_Value = TypeVar("_Value")


class ListingStatus(StrEnum):
    """TikTok's `status` of a product, in TikTok's words."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    FAILED = "FAILED"
    ACTIVATE = "ACTIVATE"
    SELLER_DEACTIVATED = "SELLER_DEACTIVATED"
    PLATFORM_DEACTIVATED = "PLATFORM_DEACTIVATED"
    FREEZE = "FREEZE"
    DELETED = "DELETED"


class FirstAudit(StrEnum):
    """The state of the listing's first audit; NONE before there is a TikTok product."""

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
    """The parts of a listing that are compared and sent separately."""

    CONTENT = "content"
    PRICE = "price"
    STOCK = "stock"
    AVAILABILITY = "availability"


class AssignedBy(StrEnum):
    """Who assigned the listing's template: the policy (Product Assign), or a person.

    REMEMBERED is no assignment: the template won at the upload, while Product Assign was off.
    """

    POLICY = "policy"
    HAND = "hand"
    REMEMBERED = "remembered"


class OutcomeKind(StrEnum):
    """The outcome of a sync. ACCEPTED is TikTok's answer to a call; LIVE is the result of its audit later."""

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
    VARIANT_OF_ANOTHER_LISTING = "variant_of_another_listing"
    DEAD_LETTERED = "dead_lettered"

    @property
    def is_failed(self) -> bool:
        """Whether the last sync failed, so that the next change is sent, observed or not (row 14)."""
        return self in _FAILED


_FAILED = frozenset(
    {
        OutcomeKind.AUDIT_FAILED,
        OutcomeKind.REJECTED,
        OutcomeKind.REFUSED_HERE,
        OutcomeKind.TWO_LISTINGS_ON_TIKTOK,
        OutcomeKind.VARIANT_OF_ANOTHER_LISTING,
        OutcomeKind.DEAD_LETTERED,
    }
)

MessageCode: TypeAlias = tuple[str, ...]
"""A message's sentence as a code with its values: ``("price_guard", "MUG-01", "30.00", "3.00", "EUR", "50")``."""

OWNED_BY_ANOTHER: Final = "owned_by_another"
"""The code of a refusal because another of our products has the TikTok products that follow in the code."""
VARIANT_OF_ANOTHER: Final = "variant_of_another_listing"
"""The code of a refusal because the SKU is one of several of the TikTok products that follow in the code."""
UNKNOWN_CODE: Final = "unknown"
"""The code of a message that an earlier version stored without codes: only the kind of its outcome is known."""

Content: TypeAlias = Mapping[str, Any]
"""The content part in the shape of TikTok's requests (title, description, category_id, main_images, ...)."""


@dataclass(frozen=True, slots=True)
class Money:
    """A price as TikTok writes it: a decimal as text, and the currency."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class LastSent:
    """The last accepted value of each part of the listing; None where it is not known.

    `price` is by `seller_sku`; `stock` is by `seller_sku`, then by warehouse id, in pieces. `zeroed` is whether a
    take-down of ours set the stock to 0, which is undone when the product comes back.
    """

    content: Content | None = None
    price: Mapping[str, Money] | None = None
    stock: Mapping[str, Mapping[str, int]] | None = None
    availability: Availability | None = None
    zeroed: bool = False

    @property
    def is_sold_out(self) -> bool:
        """Whether stock was sent, and none of it is left."""
        return self.stock is not None and not any(
            quantity for by_warehouse in self.stock.values() for quantity in by_warehouse.values()
        )


@dataclass(frozen=True, slots=True)
class CreateAttempt:
    """A create call, stored before it is first sent. A retry repeats this key and this body, byte for byte."""

    idempotency_key: str
    body: str


REFUSED_BEFORE_CALL: Final = "here:"


@dataclass(frozen=True, slots=True)
class Listing:
    """Our record of one TikTok product. It is stored, without TikTok ids, as soon as the product is first seen.

    `skus` has TikTok's SKU ids by `seller_sku`. `refused` has the digest of each part whose value TikTok or pre-flight
    refused, so that the same value is not sent again; before it `REFUSED_BEFORE_CALL`, where it was pre-flight.
    `audit_since` is when the running audit began (at the last accepted create, edit or activation), None while none
    runs. `pre_approved` is TikTok's reason why a product that passed its audit waits for the seller, such as
    ``KYC_PENDING``; empty if TikTok named none, None if it doesn't wait so; it counts only while `audit_since` is set.
    `last_codes` are the codes of `last_message`, for comparing.
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
    pre_approved: str | None = None

    @property
    def exists(self) -> bool:
        """Whether it has a TikTok id, and TikTok has not reported it gone."""
        return self.tiktok_product_id is not None and not self.gone

    @property
    def listed(self) -> bool:
        """Whether it exists on TikTok and its first audit has not failed."""
        return self.exists and self.first_audit is not FirstAudit.FAILED

    @property
    def deleted_by_us(self) -> bool:
        """Whether a take-down of ours deleted it on TikTok."""
        return self.last_sent.availability is Availability.DELETED

    def with_refused(self, part: Part, digest: str, *, here: bool) -> Listing:
        """Return the listing, which remembers that this value of a part was refused: by TikTok, or `here`."""
        mark = f"{REFUSED_BEFORE_CALL}{digest}" if here else digest
        return replace(self, refused={**self.refused, part: mark})

    def was_refused(self, part: Part, digest: str) -> bool:
        """Whether this value of the part was refused before, by whomever."""
        return self.refused.get(part, "").removeprefix(REFUSED_BEFORE_CALL) == digest

    def was_refused_here(self, part: Part) -> bool:
        """Whether the part was refused before a call, and not by TikTok."""
        return self.refused.get(part, "").startswith(REFUSED_BEFORE_CALL)

    def with_seller_sku(self, sku: str) -> Listing:
        """Return the listing after its only SKU was renamed in Magento.

        TikTok's SKU id and the values last sent move to the new name. A listing with several SKUs is returned as it is.
        """
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
        """Whether it was uploaded and its first audit has not ended."""
        return self.first_audit is FirstAudit.RUNNING


def _renamed(sku: str, by_sku: Mapping[str, _Value]) -> Mapping[str, _Value]:
    return {sku: next(iter(by_sku.values()))} if len(by_sku) == 1 else by_sku


def says_the_same(listing: Listing, kind: OutcomeKind, codes: tuple[MessageCode, ...]) -> bool:
    """Whether an outcome repeats the listing's last message. Codes are compared, so that the words may change."""
    if (UNKNOWN_CODE,) in listing.last_codes:
        return listing.last_outcome is kind
    return listing.last_codes == codes
