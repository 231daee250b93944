"""Read a product's images: `media_gallery` and `media_gallery_entries` are two names for one thing.

Magento writes `media_gallery` in the data of a save and `media_gallery_entries` in its REST API. A REST save has both;
the entries of its request have no file, but their content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.attributes import Value

GALLERY: Final = "media_gallery"
ENTRIES: Final = "media_gallery_entries"

_KEPT: Final = ("file", "media_type", "position", "disabled")


def read_gallery(product: Mapping[str, object]) -> Value | None:
    """Return ``{"images": [{"file", "media_type", "position", "disabled"}]}``, None if the body has no gallery.

    Of the two names the one with more files counts, because it says more. Removed images are left out.
    """
    names = [name for name in (GALLERY, ENTRIES) if product.get(name) is not None]
    if not names:
        return None
    found = max((_entries(product[name]) for name in names), key=len)
    return {
        "images": [
            {key: entry[key] for key in _KEPT if key in entry} for entry in found if not _is_removed(entry)
        ]
    }


def _entries(value: object) -> list[Mapping[str, object]]:
    """Return the entries that have a file. PHP writes a list as an object by id if the ids have gaps."""
    images = value["images"] if isinstance(value, dict) and "images" in value else value
    entries = images.values() if isinstance(images, dict) else images if isinstance(images, list) else ()
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("file"), str)]


def _is_removed(entry: Mapping[str, object]) -> bool:
    return str(entry.get("removed") or "").lower() in ("1", "true")
