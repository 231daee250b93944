"""Main images: which uris a listing is given, of those that were gathered for it. Pure.

A listing keeps the images that it has while others may still come, so that a store that is away costs no edit and no
audit; a product that is not on TikTok yet waits for all of them, for a day at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from consumer.delivery.image_uploads import Gathered, MissingImage
from consumer.results.results import Outcome
from schemas.listing import Listing, OutcomeKind
from schemas.listing_template import ListingTemplate
from tiktok.listing.sync_plan import sent_by_create

FIRST_RETRY, LAST_RETRY = timedelta(seconds=30), timedelta(hours=1)
GIVE_UP_AFTER: Final = timedelta(days=1)
"""After so long, what is still away is taken for missing; the next save looks for it again."""
_NO_IMAGE: Final = MissingImage(
    "The product has no image.", "Add an image in Magento, or a default image to the image policy."
)
_SUCCESSFUL: Final = frozenset(
    {OutcomeKind.ACCEPTED, OutcomeKind.ADOPTED, OutcomeKind.NOTHING_TO_SEND, OutcomeKind.LIVE}
)


@dataclass(frozen=True, slots=True)
class MainImages:
    """The `uris` to give (None: the template's own), what is missing, and when to look for it again.

    `incomplete`: nothing is created of this yet.
    """

    uris: tuple[str, ...] | None = None
    missing: tuple[MissingImage, ...] = ()
    retry_at: datetime | None = None
    incomplete: bool = False

    def with_missing(self, outcome: Outcome) -> Outcome:
        """The outcome, with what is missing said."""
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
    gathered: Gathered, listing: Listing, template: ListingTemplate, *, since: datetime, now: datetime
) -> MainImages:
    """What to give the listing; `since` is when it first became due."""
    present = _present(listing)
    away = gathered.temporary and now - since < GIVE_UP_AFTER
    retry_at = now + min(max(now - since, FIRST_RETRY), LAST_RETRY) if away else None
    if present and (gathered.temporary or not gathered.uris):
        return MainImages(present, gathered.missing or (_NO_IMAGE,), retry_at)
    if gathered.uris:
        return MainImages(gathered.uris, gathered.missing, retry_at, incomplete=away)
    if template.image_uri is not None:
        return MainImages(None, gathered.missing, retry_at, incomplete=away)
    return MainImages((), gathered.missing or (_NO_IMAGE,), retry_at, incomplete=away)


def _present(listing: Listing) -> tuple[str, ...]:
    """The images that TikTok has of the listing, or was asked to make it with."""
    if listing.create_attempt is not None:
        return _uris(sent_by_create(listing.create_attempt.body).content)
    return _uris(listing.last_sent.content) if listing.exists else ()


def _uris(content: Any) -> tuple[str, ...]:
    images: Sequence[Any] = (content or {}).get("main_images") or ()
    return tuple(str(image["uri"]) for image in images)
