"""Images: those that a listing wants, as uris that TikTok knows. What TikTok has not is fetched and uploaded.

The content counts and not the address: the same bytes under another URL are uploaded once. An address is looked at
again a day later, or when a person asks. What can't be had is said and not raised: price and stock do not wait for it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from magento.media.allowed_addresses import AddressRefused, MediaHost, media_host
from magento.media.fetch import FetchFailed, Image, ImageUnavailable, MediaFetch, MediaHostUnreachable
from policies.template_policies.images import is_uploaded
from records.catalog import images
from records.catalog.images import ImageSource
from records.db.database import Database, is_away
from records.log.feeds import FETCH_IMAGE
from schemas.listing import MessageCode
from schemas.shop import Shop
from tiktok.client.errors import Rejected, Transient
from tiktok.client.exchange import Exchange
from tiktok.listing.image_upload import image_fault

log = structlog.get_logger(__name__)

"""What the fetch of an image from the store's media host is called in logs and feeds; it is no call of TikTok."""
ERROR = 400
LOOKED_AT_AGAIN = timedelta(days=1)
NOT_AGAIN = timedelta(seconds=30)
"""After a failure, neither the image (nor, where it is silent, the whole host) is asked again for so long."""
_TURNS = 256
_MOST_FAILED = 10_000
_LATER = "It is tried again by itself; if this stays, see whether the store answers."


@dataclass(frozen=True, slots=True)
class MissingImage:
    """A wanted image that TikTok does not get; `for_now` where a later try may bring it.

    `image` is its address or path. Two that are missing for one reason, as a host that is silent, are told once.
    """

    reason: str
    hint: str
    for_now: bool = False
    image: str = field(default="", compare=False)

    @property
    def message_code(self) -> MessageCode:
        """What the reason says, for comparing."""
        return ("image_away" if self.for_now else "image_missing", self.image)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The uris of the wanted images that TikTok has, in their order, and what is missing."""

    uris: tuple[str, ...] = ()
    missing: tuple[MissingImage, ...] = ()

    @property
    def for_now(self) -> bool:
        """May a later try bring more?"""
        return any(one.for_now for one in self.missing)


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """Who asks for images: `upload` gives TikTok one, `may_start` raises where nothing new may be begun, `fetch_failed`
    is told of each fetch that failed, `anew` looks at each address again.
    """

    shop: Shop
    upload: Callable[[bytes], str]
    may_start: Callable[[], None]
    fetch_failed: Callable[[Exchange], None]
    anew: bool = False


class Images:
    """The images of all shops. Thread safe; of the same bytes one thread uploads, the others wait for its uri."""

    def __init__(self, database: Database, media: MediaFetch, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._media = media
        self._clock = clock
        self._turns = [threading.Lock() for _ in range(_TURNS)]
        self._failed: dict[str, tuple[datetime, str]] = {}

    def gather(self, wanted: Sequence[str], asking: ImageRequest) -> Gathered:
        """The wanted images. Raises what `may_start` does, and `ShopStopped`."""
        try:
            return self._gathered(wanted, asking)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database_away", while_doing="images")
            return Gathered(missing=(MissingImage("Our own records did not answer.", _LATER, for_now=True),))

    def forget(self, shop: str, uris: Collection[str]) -> None:
        """TikTok knows one of these uris no more: the next sync uploads them anew."""
        self._write(lambda connection: images.forget(connection, shop, uris))

    def _gathered(self, wanted: Sequence[str], asking: ImageRequest) -> Gathered:
        shop = asking.shop
        looks = [_look(shop, image) for image in wanted if not is_uploaded(image)]
        known, uris = self._known(shop.key, [look.url for look in looks if isinstance(look, _Look)])
        found, missing, rest = list[str](), list[MissingImage](), iter(looks)
        for image in wanted:
            look = image if is_uploaded(image) else next(rest)
            if isinstance(look, _Look):
                source = known.get(look.url)
                look = self._one(look, source, uris.get(source.sha256 or "") if source else None, asking)
            found.append(look) if isinstance(look, str) else missing.append(look)
        return Gathered(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(missing)))

    def _one(
        self, look: _Look, source: ImageSource | None, uri: str | None, asking: ImageRequest
    ) -> str | MissingImage:
        """The uri of one image: what is known of it, else what is found there now."""
        if source is not None and not asking.anew and self._clock() - source.checked_at < LOOKED_AT_AGAIN:
            if source.fault is not None:
                return MissingImage(source.fault, source.hint or "", image=look.url)
            if uri is not None:
                return uri
        try:
            return self._looked_at(look, source, uri, asking)
        except FetchFailed as error:
            return uri or MissingImage(str(error), _LATER, for_now=True, image=look.url)
        except AddressRefused as error:
            return uri or MissingImage(error.reason, error.hint, image=look.url)
        except ImageUnavailable as error:
            return uri or self._faulty(asking, look.url, None, error.reason, error.hint)

    def _looked_at(
        self, look: _Look, source: ImageSource | None, uri: str | None, asking: ImageRequest
    ) -> str | MissingImage:
        asking.may_start()
        etag = source.etag if source is not None and (uri or source.fault) else None
        image = self._fetch(look, etag, asking)
        if image is None and source is not None:
            self._note(asking, replace(source, checked_at=self._clock()))
            return uri or MissingImage(source.fault or "", source.hint or "", image=look.url)
        body, etag = (image.body, image.etag) if image is not None else (b"", None)
        if (wrong := image_fault(body)) is not None:
            return self._faulty(asking, look.url, etag, f"The image {look.url} {wrong.reason}.", wrong.hint)
        sha256 = hashlib.sha256(body).hexdigest()
        try:
            uri = self._uploaded(sha256, body, asking)
        except Rejected as error:
            reason = f"TikTok said no to the image {look.url}: {error.message}"
            return self._faulty(asking, look.url, etag, reason, error.hint or "")
        except Transient as error:
            raise FetchFailed(f"TikTok did not take the image {look.url} now: {error.message}.") from error
        self._note(asking, ImageSource(look.url, self._clock(), etag, sha256))
        return uri

    def _uploaded(self, sha256: str, body: bytes, asking: ImageRequest) -> str:
        key = asking.shop.key
        with self._turns[int(sha256[:8], 16) % _TURNS]:
            with self._database.read() as connection:
                uri = images.uris(connection, key, [sha256]).get(sha256)
            if uri is None:
                uri = new = asking.upload(body)
                self._write(
                    lambda connection: images.note_upload(connection, key, sha256, new, self._clock())
                )
            return uri

    def _fetch(self, look: _Look, etag: str | None, asking: ImageRequest) -> Image | None:
        now, origin = self._clock(), look.host.origin
        for name in (origin, look.url):
            failed_at, words = self._failed.get(name, (now - NOT_AGAIN, ""))
            if now - failed_at < NOT_AGAIN:
                raise FetchFailed(words)
        began = time.monotonic()
        try:
            return self._media.fetch(look.host, look.url, etag=etag)
        except ImageUnavailable as error:
            asking.fetch_failed(_failed_fetch(look, error, now, began))
            raise
        except FetchFailed as error:
            asking.fetch_failed(_failed_fetch(look, error, now, began))
            if len(self._failed) > _MOST_FAILED:
                self._failed.clear()
            self._failed[origin if isinstance(error, MediaHostUnreachable) else look.url] = (
                self._clock(),
                str(error),
            )
            raise

    def _known(self, shop: str, urls: Collection[str]) -> tuple[Mapping[str, ImageSource], Mapping[str, str]]:
        if not urls:
            return {}, {}
        with self._database.read() as connection:
            known = images.sources(connection, shop, urls)
            digests = [source.sha256 for source in known.values() if source.sha256 is not None]
            return known, images.uris(connection, shop, digests)

    def _faulty(
        self, asking: ImageRequest, url: str, etag: str | None, fault: str, hint: str
    ) -> MissingImage:
        self._note(asking, ImageSource(url, self._clock(), etag, fault=fault, hint=hint))
        return MissingImage(fault, hint, image=url)

    def _note(self, asking: ImageRequest, source: ImageSource) -> None:
        self._write(lambda connection: images.note_source(connection, asking.shop.key, source))

    def _write(self, note: Callable[[Connection], None]) -> None:
        """What is lost here is done once more some day."""
        try:
            with self._database.write() as connection:
                note(connection)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database_away", while_doing="images")


@dataclass(frozen=True, slots=True)
class _Look:
    """Where an image is to be looked at."""

    host: MediaHost
    url: str


def _failed_fetch(look: _Look, error: ImageUnavailable | FetchFailed, at: datetime, began: float) -> Exchange:
    """What the feed log shows of it: the address and why, and nothing of what may have come."""
    # A redirect is no error to HTTP, and no image to us: the words say which.
    status = error.status if error.status is not None and error.status >= ERROR else None
    return Exchange(
        operation=FETCH_IMAGE,
        at=at,
        milliseconds=int((time.monotonic() - began) * 1000),
        product_id=None,
        request=look.url,
        http_status=status,
        code=None,
        message=str(error),
        request_id=None,
        response="",
    )


def _look(shop: Shop, image: str) -> _Look | MissingImage:
    try:
        host = media_host(shop.magento.base_url, shop.magento.media_url)
        return _Look(host, host.url_of(image))
    except AddressRefused as error:
        return MissingImage(error.reason, error.hint, image=image)
