"""Which of a product's images should be on TikTok, and in which order. Pure.

An image that is hidden from the product page is left out, unless it is the main image. `media_gallery_entries`, the
REST API's name for the gallery, was stored by earlier versions; bodies are now read into `media_gallery`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.attribute_changes import as_number, is_empty
from schemas.attributes import Value
from schemas.image_policy import ImagePolicy
from schemas.product import Product

_NONE: Final = frozenset({"", "no_selection"})
_UPLOADED: Final = "tos-"
_PRODUCT_MEDIA: Final = "/media/catalog/product"
"""The folder of product images in an address: the same file is also sent by its path in this folder."""


def wanted_images(product: Product, policy: ImagePolicy) -> tuple[str, ...]:
    """Return the images of a product, the main image first; the policy's default image where it has none.

    Each is a path in the store's media folder, a URL, or the uri of an image that was uploaded to TikTok before. Empty
    where there is no default image either.
    """
    main = product.value(policy.main_image_attribute)
    own = [main] if isinstance(main, str) and main not in _NONE else []
    by_file: dict[str, str] = {}
    for image in (*own, *_gallery(product)):
        by_file.setdefault(image.rpartition(_PRODUCT_MEDIA)[2], image)
    wanted = tuple(by_file.values())[: policy.gallery_maximum]
    if not wanted and policy.default_image is not None:
        return (policy.default_image,)
    return wanted


def is_uploaded(image: str) -> bool:
    """Whether this is the uri of an image on TikTok, not an image of Magento."""
    return image.startswith(_UPLOADED)


def _gallery(product: Product) -> list[str]:
    shown = [entry for entry in _entries(product) if not _is_hidden(entry)]
    return [str(entry["file"]) for entry in sorted(shown, key=_position)]


def _entries(product: Product) -> Iterator[Mapping[str, Value]]:
    value = product.value("media_gallery")
    if is_empty(value):
        value = product.value("media_gallery_entries")
    images = value.get("images") if isinstance(value, Mapping) else value
    if isinstance(images, Mapping):
        images = list(images.values())
    for entry in images if isinstance(images, list | tuple) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("file"), str) and entry["file"] not in _NONE:
            yield entry


def _is_hidden(entry: Mapping[str, Value]) -> bool:
    """Whether the entry is hidden from the product page, removed by this save, or a video."""
    off = any(str(entry.get(flag) or "").lower() in ("1", "true") for flag in ("disabled", "removed"))
    return off or str(entry.get("media_type") or "image") != "image"


def _position(entry: Mapping[str, Value]) -> float:
    number = as_number(entry.get("position"))
    return float("inf") if number is None else float(number)
