"""Main images, and images of a description: choose what to send, from those that were gathered. Pure.

A listing keeps its images while missing ones may still come, so that an outage of the store causes no edit and no
audit. A product that is not on TikTok yet waits for all of its images, for at most a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from consumer.delivery.image_uploads import Described, Gathered, MissingImage
from consumer.results.results import Outcome
from schemas.listing import Listing, OutcomeKind
from schemas.listing_template import ListingTemplate
from tiktok.listing.description import DescriptionImages
from tiktok.listing.sync_plan import sent_by_create

FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(hours=1)
"""The shortest and longest retry interval. Between them it equals the time that the listing has waited so far."""
GIVE_UP_AFTER: Final = timedelta(days=1)
"""After this time an unavailable image counts as missing, and is no longer retried. The next save tries it again."""
_NO_IMAGE: Final = MissingImage(
    "The product has no image.", "Add an image in Magento, or a default image to the image policy."
)
_SUCCESSFUL: Final = frozenset(
    {OutcomeKind.ACCEPTED, OutcomeKind.ADOPTED, OutcomeKind.NOTHING_TO_SEND, OutcomeKind.LIVE}
)


@dataclass(frozen=True, slots=True)
class MainImages:
    """The `uris` to send (None: the template's own image), the missing images, and when to retry them.

    If `incomplete`, a listing must not be created yet, because more images may come. `in_description` are the images of
    the description.
    """

    uris: tuple[str, ...] | None = None
    missing: tuple[MissingImage, ...] = ()
    retry_at: datetime | None = None
    incomplete: bool = False
    in_description: DescriptionImages = field(default_factory=DescriptionImages)

    def with_missing(self, outcome: Outcome) -> Outcome:
        """Return the outcome with the reasons of the missing images added."""
        if not self.missing:
            return outcome
        words = [] if outcome.kind is OutcomeKind.NOTHING_TO_SEND else [outcome.message]
        return replace(
            outcome,
            kind=OutcomeKind.IMAGE_LEFT_OUT if outcome.kind in _SUCCESSFUL else outcome.kind,
            message=" ".join([*words, *(image.reason for image in self.missing)]),
            hint=outcome.hint or next((image.hint for image in self.missing if image.hint), None),
            codes=(*outcome.codes, *(image.message_code for image in self.missing)),
        )


def main_images(
    gathered: Gathered | None,
    listing: Listing,
    template: ListingTemplate,
    *,
    since: datetime,
    now: datetime,
    described: Described | None = None,
) -> MainImages:
    """Return the images to send. `since` is when the listing became due.

    `gathered` are the main images, None where the template's own image is sent; `described` those of the description.
    """
    described = described or Described()
    temporary = described.temporary or (gathered is not None and gathered.temporary)
    away = temporary and now - since < GIVE_UP_AFTER
    retry_at = now + min(max(now - since, FIRST_RETRY), LAST_RETRY) if away else None
    chosen = MainImages() if gathered is None else _chosen(gathered, listing, template, away=away)
    kept = (listing.last_sent.content or {}).get("description") if listing.exists else None
    return replace(
        chosen,
        missing=(*chosen.missing, *described.missing),
        retry_at=retry_at,
        incomplete=chosen.incomplete or (away and described.temporary and not listing.exists),
        in_description=DescriptionImages(described.images, kept if away and described.temporary else None),
    )


def _chosen(gathered: Gathered, listing: Listing, template: ListingTemplate, *, away: bool) -> MainImages:
    present = _present(listing)
    if present and (gathered.temporary or not gathered.uris):
        return MainImages(present, gathered.missing or (_NO_IMAGE,))
    if gathered.uris:
        return MainImages(gathered.uris, gathered.missing, incomplete=away)
    if template.image_uri is not None:
        return MainImages(None, gathered.missing, incomplete=away)
    return MainImages((), gathered.missing or (_NO_IMAGE,), incomplete=away)


def _present(listing: Listing) -> tuple[str, ...]:
    """Return the images that the listing has on TikTok, or those in its pending create."""
    if listing.create_attempt is not None:
        return _uris(sent_by_create(listing.create_attempt.body).content)
    return _uris(listing.last_sent.content) if listing.exists else ()


def _uris(content: Any) -> tuple[str, ...]:
    images: Sequence[Any] = (content or {}).get("main_images") or ()
    return tuple(str(image["uri"]) for image in images)
