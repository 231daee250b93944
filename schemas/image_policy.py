"""The image policy of a listing template: which of a product's Magento images go to TikTok, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marshmallow import validate

from schemas.field_spec import (
    ATTRIBUTE,
    Effect,
    FieldSpec,
    PolicySchema,
    Text,
    WholeNumber,
    keys_of,
    policy_field,
)

MOST_IMAGES: Final = 9
"""TikTok accepts 1 to 9 main images (*Create Product*)."""

IMAGES: Final = "Images"
_SENT: Final = frozenset({Effect.SENT})
_PLACE: Final = validate.Regexp(
    r"(/|https?://|tos-)[\x21-\x7e]{1,499}\Z",
    error="{input!r} is neither a path (/p/l/placeholder.jpg), nor an http(s) URL, nor a TikTok uri (tos-...)",
)


def _main_chip(policy: ImagePolicy) -> str:
    return policy.main_image_attribute


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """Which images of a product go to TikTok.

    The image of `main_image_attribute` comes first, then the media gallery by position, `gallery_maximum` images in
    all. A product without images uses `default_image`: a path in the store's media folder (``/p/l/none.jpg``), a URL on
    the shop's media host, or the uri of an image on TikTok.
    """

    title: str
    main_image_attribute: str = policy_field(
        default="image",
        spec=FieldSpec(
            "Main image attribute",
            "Its image goes first, then the media gallery by position.",
            IMAGES,
            Text(ATTRIBUTE, 60),
            _SENT,
            chip=_main_chip,
        ),
    )
    default_image: str | None = policy_field(
        default=None,
        spec=FieldSpec(
            "Default image",
            "Used for a product that has no image: a path of the store's media folder, a URL on the shop's media "
            "host, or the uri of an image that TikTok has already.",
            IMAGES,
            Text(_PLACE, 500),
            _SENT,
            chip="default image",
        ),
    )
    gallery_maximum: int = policy_field(
        default=MOST_IMAGES,
        spec=FieldSpec(
            "Gallery maximum",
            "The number of images in all, 1 to 9.",
            IMAGES,
            WholeNumber(1, MOST_IMAGES),
            _SENT,
            chip="at most {}",
        ),
    )


class ImagePolicySchema(PolicySchema):
    """The schema of the image policy's document in apply files, forms and the database."""

    policy = ImagePolicy

    class Meta(PolicySchema.Meta):
        include = keys_of(ImagePolicy)
