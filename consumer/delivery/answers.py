"""Answers: what came of a step, as a value. What an error of the TikTok client means is judged here, by one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from consumer.delivery.image_uploads import Gathered
from records.catalog.listings import Holder
from schemas.listing import MessageCode
from tiktok.client import errors
from tiktok.client.responses import Answer as Reply
from tiktok.listing.category import Category
from tiktok.listing.remote_product import RemoteProduct


@dataclass(frozen=True, slots=True)
class Refusal:
    """What TikTok answered where it did not do as asked; `message` in its words, `hint` in ours."""

    operation: str
    message: str
    code: int | None = None
    request_id: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """TikTok did as asked."""

    at: datetime
    reply: Reply


@dataclass(frozen=True, slots=True)
class Rejected:
    """TikTok understood, and refused it for this listing."""

    at: datetime
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class NotFound:
    """TikTok does not have the product (any more)."""

    at: datetime
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class WrongStatus:
    """The product's status does not allow the call."""

    at: datetime
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing was written, and nothing will be before `until`: a promotion, or the daily cap on new listings."""

    at: datetime
    refusal: Refusal
    until: datetime


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing was written: an outage, or too many calls. `tries` counts failures of this listing, this one included."""

    at: datetime
    refusal: Refusal
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class TokensRefused:
    """Nothing was written, and no call of the shop will be answered until its connection is mended."""

    at: datetime
    refusal: Refusal
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """A write may or may not have happened: whoever goes on reads TikTok first."""

    at: datetime
    refusal: Refusal
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault of our own. It may have struck after a write."""

    at: datetime
    error: str
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """The note is stored, under a lease that still holds."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ImagesForgotten:
    """The next sync uploads these images anew."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ProductRead:
    """What TikTok holds of a product."""

    at: datetime
    product: RemoteProduct


@dataclass(frozen=True, slots=True)
class CarriersFound:
    """The TikTok products that carry the SKU."""

    at: datetime
    product_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnersRequeued:
    """The living products of ours that some TikTok products belong to, by TikTok product; each is due again."""

    at: datetime
    owners: Mapping[str, Holder]


@dataclass(frozen=True, slots=True)
class CategoryRead:
    """What TikTok demands in the template's category."""

    at: datetime
    category: Category


@dataclass(frozen=True, slots=True)
class ImagesGathered:
    """The images that TikTok has by now, and those that it has not."""

    at: datetime
    gathered: Gathered


@dataclass(frozen=True, slots=True)
class CreateAllowed:
    """The daily cap on new listings is open, or this sync finds out; `waits_until` says when, where it is closed."""

    at: datetime
    waits_until: datetime | None = None


NotWritten: TypeAlias = Unavailable | TokensRefused | Lost
Answer: TypeAlias = (
    Accepted
    | Rejected
    | NotFound
    | WrongStatus
    | NotNow
    | NotWritten
    | Broken
    | Saved
    | ImagesForgotten
    | ProductRead
    | CarriersFound
    | OwnersRequeued
    | CategoryRead
    | ImagesGathered
    | CreateAllowed
)

Variant: TypeAlias = type[Rejected | NotFound | WrongStatus | NotNow | Unavailable | TokensRefused | Lost]

VARIANT_OF: Final[Mapping[type[errors.TikTokError], Variant]] = {
    errors.Gone: NotFound,
    errors.WrongState: WrongStatus,
    errors.Rejected: Rejected,
    errors.Waiting: NotNow,
    errors.ShopStopped: TokensRefused,
    errors.Transient: Unavailable,
    errors.Unknown: Lost,
}
"""What each error of the client means to a sync; a class of its own counts as the nearest one above it."""

WAITS: Final[Mapping[int, MessageCode]] = {
    12052093: ("daily_listing_limit",),
    12052109: ("daily_listing_limit",),
    12019045: ("price_in_promotion",),
    12052038: ("price_in_promotion",),
    12052393: ("stock_in_promotion",),
}
"""What a listing waits for, by TikTok's code."""


def variant_of(error: errors.TikTokError) -> Variant:
    """Which answer the error is."""
    return next(VARIANT_OF[kind] for kind in type(error).__mro__ if kind in VARIANT_OF)


def refusal_of(error: errors.TikTokError) -> Refusal:
    """The words of the error."""
    return Refusal(error.operation, error.message, error.code, error.request_id, error.hint)


def wait_code(refusal: Refusal) -> MessageCode:
    """What the refusal makes the listing wait for."""
    code = refusal.code or 0
    return WAITS.get(code, ("tiktok", str(code)))
