"""The image policy of a listing template: which of a product's Magento images go to TikTok, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from marshmallow import RAISE, Schema, fields, post_load, validate

from schemas.pricing_policy import ATTRIBUTE
from schemas.synchronization_policy import TITLE

MOST_IMAGES: Final = 9
"""TikTok takes 1 to 9 main images (*Create Product*)."""


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """The image of `main_image_attribute` first, then the media gallery by position, `gallery_maximum` in all.

    `default_image` stands in for a product that has none: a path of the store's media folder (``/p/l/none.jpg``),
    a URL on the shop's media host, or the uri of an image that TikTok has already.
    """

    title: str
    main_image_attribute: str = "image"
    default_image: str | None = None
    gallery_maximum: int = MOST_IMAGES


class ImagePolicySchema(Schema):
    """An image policy as a file or a form gives it. Unknown fields are refused."""

    class Meta:
        unknown = RAISE

    title = fields.String(required=True, validate=TITLE)
    main_image_attribute = fields.String(load_default="image", validate=ATTRIBUTE)
    default_image = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(
            r"(/|https?://|tos-)[\x21-\x7e]{1,499}\Z",
            error="{input!r} is neither a path (/p/l/placeholder.jpg), nor an http(s) URL, nor a TikTok uri (tos-...)",
        ),
    )
    gallery_maximum = fields.Integer(
        load_default=MOST_IMAGES,
        strict=True,
        validate=validate.Range(1, MOST_IMAGES, error="{input!r} is not a number from {min} to {max}"),
    )

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> ImagePolicy:
        """The policy."""
        return ImagePolicy(**data)
