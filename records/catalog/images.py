"""Images of shops: which TikTok has, by their content, and what was at each URL, so that none is fetched twice.

Both tables are caches: if a row is lost, its image is fetched or uploaded again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from records.catalog.tables import image_sources, uploaded_images
from records.db.upsert import upsert

_SAVE_SOURCE = upsert(image_sources)
_SAVE_UPLOAD = upsert(uploaded_images)


@dataclass(frozen=True, slots=True)
class ImageSource:
    """What was at a URL when it was last checked: an image with this digest, or one that TikTok rejects.

    `fault` says why it is rejected, `hint` what the merchant can do; `checked_at` is in UTC.
    """

    url: str
    checked_at: datetime
    etag: str | None = None
    sha256: str | None = None
    fault: str | None = None
    hint: str | None = None


def sources(connection: Connection, shop: str, urls: Collection[str]) -> dict[str, ImageSource]:
    """Return what was found at these URLs, by URL."""
    table = image_sources
    query = select(table).where(table.c.shop == shop, table.c.url.in_(urls))
    return {
        row.url: ImageSource(row.url, row.checked_at, row.etag, row.sha256, row.fault, row.hint)
        for row in connection.execute(query)
    }


def note_source(connection: Connection, shop: str, source: ImageSource) -> None:
    """Store what was found at a URL."""
    connection.execute(_SAVE_SOURCE(connection), {"shop": shop, **asdict(source)})


def uris(connection: Connection, shop: str, digests: Collection[str]) -> dict[str, str]:
    """Return the TikTok URIs of the images that this shop has uploaded, by digest."""
    table = uploaded_images
    query = select(table.c.sha256, table.c.uri).where(table.c.shop == shop, table.c.sha256.in_(digests))
    return {row.sha256: row.uri for row in connection.execute(query)}


def note_upload(connection: Connection, shop: str, sha256: str, uri: str, now: datetime) -> None:
    """Store the URI that TikTok gave to an uploaded image."""
    connection.execute(_SAVE_UPLOAD(connection), {"shop": shop, "sha256": sha256, "uri": uri, "at": now})


def forget(connection: Connection, shop: str, uris: Collection[str]) -> None:
    """Delete these URIs, which TikTok no longer has; the next sync uploads their images again."""
    table = uploaded_images
    connection.execute(delete(table).where(table.c.shop == shop, table.c.uri.in_(uris)))
