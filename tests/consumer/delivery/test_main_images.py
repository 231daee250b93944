"""Main images: which of the gathered images are sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from consumer.delivery.image_uploads import Gathered, MissingImage
from consumer.delivery.main_images import FIRST_RETRY, GIVE_UP_AFTER, LAST_RETRY, MainImages, main_images
from consumer.results.results import Outcome
from schemas.listing import CreateAttempt, LastSent, Listing, OutcomeKind
from tests.consumer.engine import TEMPLATE
from tests.policies.examples import NOON

GONE = MissingImage("The image a.png is not there.", "Save it recheck.")
AWAY = MissingImage("The media host does not answer.", "It is tried again.", temporary=True)
OWN = replace(TEMPLATE, image_uri=None, image_policy="Own images")
MINUTE = timedelta(minutes=1)

NEW = Listing(1, "demo")
LISTED = Listing(1, "demo", "1729", last_sent=LastSent(content={"main_images": [{"uri": "tos-held"}]}))
UNKNOWN = Listing(1, "demo", "1729")
_BODY = {"save_mode": "LISTING", "idempotency_key": "k", "skus": [], "main_images": [{"uri": "tos-asked"}]}
CREATING = replace(NEW, create_attempt=CreateAttempt("k", orjson.dumps(_BODY).decode()))


def given(listing: Listing, gathered: Gathered, age: timedelta = MINUTE, template: Any = OWN) -> MainImages:
    return main_images(gathered, listing, template, since=NOON, now=NOON + age)


@pytest.mark.parametrize(
    ("listing", "uris", "missing", "then", "incomplete"),
    [
        (NEW, ("tos-1", "tos-2"), (), ("tos-1", "tos-2"), False),
        (NEW, ("tos-1",), (GONE,), ("tos-1",), False),
        (NEW, ("tos-1",), (AWAY,), ("tos-1",), True),
        (NEW, (), (GONE,), (), False),
        (NEW, (), (AWAY,), (), True),
        (LISTED, ("tos-1",), (), ("tos-1",), False),
        (LISTED, ("tos-1",), (GONE,), ("tos-1",), False),
        (LISTED, ("tos-1",), (AWAY,), ("tos-held",), False),
        (LISTED, (), (GONE,), ("tos-held",), False),
        (LISTED, (), (AWAY,), ("tos-held",), False),
        (LISTED, (), (), ("tos-held",), False),
        (replace(LISTED, gone=True), ("tos-1",), (AWAY,), ("tos-1",), True),
        (CREATING, ("tos-1",), (AWAY,), ("tos-asked",), False),
        (UNKNOWN, ("tos-1",), (GONE,), ("tos-1",), False),
    ],
)
def test_a_listing_keeps_what_it_has_while_others_may_come_and_a_new_one_waits(
    listing: Listing,
    uris: tuple[str, ...],
    missing: tuple[MissingImage, ...],
    then: tuple[str, ...],
    incomplete: bool,
) -> None:
    images = given(listing, Gathered(uris, missing))
    assert (images.uris, images.incomplete) == (then, incomplete)


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(0), FIRST_RETRY),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(hours=5), LAST_RETRY),
        (GIVE_UP_AFTER, None),
    ],
)
def test_an_unavailable_image_is_retried_at_growing_intervals_for_a_day(
    age: timedelta, wait: timedelta | None
) -> None:
    images = given(NEW, Gathered(("tos-1",), (AWAY,)), age)
    assert images.retry_at == (None if wait is None else NOON + age + wait)
    assert images.incomplete is (wait is not None)


def test_a_missing_image_is_not_retried() -> None:
    assert given(NEW, Gathered(("tos-1",), (GONE,))).retry_at is None


def test_the_templates_own_image_stands_in_where_the_product_has_none() -> None:
    assert given(NEW, Gathered(), template=TEMPLATE).uris is None
    assert given(NEW, Gathered(("tos-1",)), template=TEMPLATE).uris == ("tos-1",)


def test_a_listing_whose_product_lost_its_images_keeps_them_and_says_so() -> None:
    assert given(LISTED, Gathered()).missing[0].reason == "The product has no image."


@pytest.mark.parametrize(
    ("kind", "then", "message"),
    [
        (OutcomeKind.ACCEPTED, OutcomeKind.IMAGE_LEFT_OUT, f"Done. {GONE.reason}"),
        (OutcomeKind.ADOPTED, OutcomeKind.IMAGE_LEFT_OUT, f"Done. {GONE.reason}"),
        (OutcomeKind.NOTHING_TO_SEND, OutcomeKind.IMAGE_LEFT_OUT, GONE.reason),
        (OutcomeKind.PRICE_GUARD, OutcomeKind.PRICE_GUARD, f"Done. {GONE.reason}"),
        (OutcomeKind.REJECTED, OutcomeKind.REJECTED, f"Done. {GONE.reason}"),
    ],
)
def test_what_is_missing_is_shown_with_the_outcome(
    kind: OutcomeKind, then: OutcomeKind, message: str
) -> None:
    found = MainImages(("tos-1",), (GONE,)).with_missing(Outcome(kind, "Done."))
    assert (found.kind, found.message, found.hint) == (then, message, GONE.hint)
    assert MainImages(("tos-1",)).with_missing(Outcome(kind, "Done.")) == Outcome(kind, "Done.")
