"""Answers: the results of a step, as values.

An error of the TikTok client becomes the answer of the same name (`VARIANT_OF`), with the times that delivery adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from consumer.delivery.image_uploads import Described, Gathered
from records.catalog.listings import Holder
from schemas.listing import MessageCode
from tiktok.client import errors
from tiktok.client.responses import Response
from tiktok.listing.category import Category
from tiktok.listing.remote_product import RemoteProduct


@dataclass(frozen=True, slots=True)
class Failure:
    """Why TikTok did not do what was requested. `message` is TikTok's, `hint` is ours."""

    operation: str
    message: str
    code: int | None = None
    request_id: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """TikTok accepted the call."""

    at: datetime
    reply: Response


@dataclass(frozen=True, slots=True)
class Rejected:
    """TikTok rejected the call for this listing. The same call would be rejected again."""

    at: datetime
    failure: Failure


@dataclass(frozen=True, slots=True)
class NotFound:
    """The product is not on TikTok, or no longer."""

    at: datetime
    failure: Failure


@dataclass(frozen=True, slots=True)
class WrongStatus:
    """The product's status does not allow the call."""

    at: datetime
    failure: Failure


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing was written, and a retry before `until` is useless: a promotion, or the daily cap on new listings."""

    at: datetime
    failure: Failure
    until: datetime


@dataclass(frozen=True, slots=True)
class Transient:
    """Nothing was written: an outage or a rate limit. `tries` is this listing's number of failures, with this one."""

    at: datetime
    failure: Failure
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class ShopStopped:
    """Nothing was written, and every call of the shop will fail until a person reconnects it."""

    at: datetime
    failure: Failure
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """A write may or may not have taken effect. The next sync must read TikTok first."""

    at: datetime
    failure: Failure
    tries: int
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """Our own code raised, possibly after a write took effect."""

    at: datetime
    error: str
    tries: int
    retry_at: datetime

    @classmethod
    def by(cls, error: Exception, earlier_tries: int, now: datetime) -> Broken:
        """Return the answer of a sync that raised this error, after so many tries that failed."""
        tries = earlier_tries + 1
        return cls(now, f"{type(error).__name__}: {error}", tries, now + timedelta(seconds=2.0**tries))


@dataclass(frozen=True, slots=True)
class Saved:
    """The note is stored, and the lease was still valid."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ImagesForgotten:
    """The uploads are forgotten; the next sync uploads these images again."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ProductRead:
    """A product as TikTok has it."""

    at: datetime
    product: RemoteProduct


@dataclass(frozen=True, slots=True)
class CarriersFound:
    """The ids of the TikTok products that have the SKU; `with_other_skus` are those of them that have further SKUs."""

    at: datetime
    product_ids: frozenset[str]
    with_other_skus: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OwnersRequeued:
    """Our products whose listings some TikTok products are, by TikTok product id. Each was queued for a sync."""

    at: datetime
    owners: Mapping[str, Holder]


@dataclass(frozen=True, slots=True)
class CategoryRead:
    """What TikTok requires in the template's category."""

    at: datetime
    category: Category


@dataclass(frozen=True, slots=True)
class ImagesGathered:
    """The images that are on TikTok now, and those that are missing: main images, and those of the description."""

    at: datetime
    gathered: Gathered
    described: Described = field(default_factory=Described)


@dataclass(frozen=True, slots=True)
class CreateAllowed:
    """Whether a create may be tried: `waits_until` is None if it may, else when the daily cap is tried again."""

    at: datetime
    waits_until: datetime | None = None


NotWritten: TypeAlias = Transient | ShopStopped | Unknown
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

Variant: TypeAlias = type[Rejected | NotFound | WrongStatus | NotNow | Transient | ShopStopped | Unknown]

VARIANT_OF: Final[Mapping[type[errors.TikTokError], Variant]] = {
    errors.NotFound: NotFound,
    errors.WrongStatus: WrongStatus,
    errors.Rejected: Rejected,
    errors.NotNow: NotNow,
    errors.ShopStopped: ShopStopped,
    errors.Transient: Transient,
    errors.Unknown: Unknown,
}
"""The answer for each error of the client. An error that is not in the table counts as its nearest base class."""

WAITS: Final[Mapping[int, MessageCode]] = {
    12052093: ("daily_listing_limit",),
    12052109: ("daily_listing_limit",),
    12019068: ("daily_listing_limit",),
    12019045: ("price_in_promotion",),
    12052038: ("price_in_promotion",),
    12052393: ("stock_in_promotion",),
}
"""What a listing waits for, by TikTok's error code."""


def variant_of(error: errors.TikTokError) -> Variant:
    """Return the class of the answer for this error."""
    return next(VARIANT_OF[kind] for kind in type(error).__mro__ if kind in VARIANT_OF)


def failure_of(error: errors.TikTokError) -> Failure:
    """Return the error as a `Failure`."""
    return Failure(error.operation, error.message, error.code, error.request_id, error.hint)


def wait_code(failure: Failure) -> MessageCode:
    """Return the code of what the listing waits for after this failure."""
    code = failure.code or 0
    return WAITS.get(code, ("tiktok", str(code)))
