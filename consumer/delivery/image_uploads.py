"""Images: turn the image addresses of a product into TikTok uris; download and upload those that TikTok doesn't have.

Uploads are remembered by content, not by address: the same bytes under another URL are uploaded once. An address is
downloaded again after a day, or when a person requests a sync. A missing image is part of the result and not an error,
because price and stock must not wait for it.
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
from tiktok.listing.description import MEDIA
from tiktok.listing.image_upload import DescriptionImage, UseCase, image_fault

log = structlog.get_logger(__name__)

ERROR = 400
"""The lowest HTTP status that is an error."""
RECHECK_AFTER = timedelta(days=1)
"""How long the last result of an address is used: another image may appear under the same URL."""
RETRY_AFTER = timedelta(seconds=30)
"""How long an image is not downloaded again after a failure; if its host did not answer, no image of that host."""
_UPLOAD_LOCKS = 256
"""Images share a fixed number of locks, chosen by their digest, so that locks don't accumulate over time."""
_MAX_FAILURES = 10_000
"""Beyond this number the remembered failures are cleared, to limit memory."""
_RETRIED = "It is retried automatically. If this stays, check that the store answers."


@dataclass(frozen=True, slots=True)
class MissingImage:
    """An image that is left out of the listing. `temporary` is whether a later try may succeed.

    `image` is its address or path. It is left out of comparisons, so that several images that are missing for the same
    reason (their host does not answer, for example) are reported once.
    """

    reason: str
    hint: str
    temporary: bool = False
    image: str = field(default="", compare=False)

    @property
    def message_code(self) -> MessageCode:
        """The reason as a code, for comparisons."""
        return ("image_away" if self.temporary else "image_missing", self.image)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The uris of the wanted images that are on TikTok, in their order, and the missing images."""

    uris: tuple[str, ...] = ()
    missing: tuple[MissingImage, ...] = ()

    @property
    def temporary(self) -> bool:
        """Whether a later try may find more of the images."""
        return any(image.temporary for image in self.missing)


@dataclass(frozen=True, slots=True)
class Described:
    """The images of a description that are on TikTok now, by their addresses in Magento, and the missing images."""

    images: Mapping[str, DescriptionImage] = field(default_factory=dict)
    missing: tuple[MissingImage, ...] = ()

    @property
    def temporary(self) -> bool:
        """Whether a later try may find more of the images."""
        return any(image.temporary for image in self.missing)


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What gathering images needs from its caller.

    `upload` uploads an image for its use case and returns its uri. `may_start` raises if no download may start.
    `fetch_failed` receives each failed download. `recheck` is whether to download every address again.
    """

    shop: Shop
    upload: Callable[[bytes, UseCase], str]
    may_start: Callable[[], None]
    fetch_failed: Callable[[Exchange], None]
    recheck: bool = False


class Images:
    """The images of all shops. Thread safe: one thread uploads an image, and others that need it wait for its uri."""

    def __init__(self, database: Database, media: MediaFetch, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._media = media
        self._clock = clock
        self._upload_locks = [threading.Lock() for _ in range(_UPLOAD_LOCKS)]
        self._failed: dict[str, tuple[datetime, str]] = {}

    def gather(self, wanted: Sequence[str], request: ImageRequest) -> Gathered:
        """Return the wanted images. Raises what `may_start` raises, and `ShopStopped`."""
        try:
            return self._gathered(wanted, request)
        except Exception as error:
            if not is_away(error):
                raise
            return Gathered(missing=(_database_away(),))

    def gather_description(self, wanted: Sequence[str], request: ImageRequest) -> Described:
        """Return the wanted images of a description, given by their addresses in it. Raises as `gather` does."""
        if not wanted:
            return Described()
        try:
            results = self._results([_described_address_of(request.shop, image) for image in wanted], request)
        except Exception as error:
            if not is_away(error):
                raise
            return Described(missing=(_database_away(),))
        by_address = dict(zip(wanted, results, strict=True))
        return Described(
            {
                image: DescriptionImage.of_uri(uri)
                for image, uri in by_address.items()
                if isinstance(uri, str)
            },
            tuple(dict.fromkeys(image for image in results if isinstance(image, MissingImage))),
        )

    def forget(self, shop: str, uris: Collection[str]) -> None:
        """Forget these uploads, so that the next sync repeats them: TikTok no longer has one of these uris."""
        self._write(lambda connection: images.forget(connection, shop, uris))

    def _gathered(self, wanted: Sequence[str], request: ImageRequest) -> Gathered:
        addresses = [_address_of(request.shop, image) for image in wanted if not is_uploaded(image)]
        rest = iter(self._results(addresses, request))
        results = [image if is_uploaded(image) else next(rest) for image in wanted]
        found = [result for result in results if isinstance(result, str)]
        missing = [result for result in results if isinstance(result, MissingImage)]
        return Gathered(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(missing)))

    def _results(
        self, addresses: Sequence[_ImageAddress | MissingImage], request: ImageRequest
    ) -> list[str | MissingImage]:
        """Return the uri of each image, or why it is missing."""
        sources, uris = self._stored(
            request.shop.key, [address.key for address in addresses if isinstance(address, _ImageAddress)]
        )
        results: list[str | MissingImage] = []
        for address in addresses:
            if isinstance(address, MissingImage):
                results.append(address)
                continue
            source = sources.get(address.key)
            uri = uris.get(source.sha256 or "") if source else None
            results.append(self._uri_of(address, source, uri, request))
        return results

    def _uri_of(
        self, address: _ImageAddress, source: ImageSource | None, uri: str | None, request: ImageRequest
    ) -> str | MissingImage:
        """Return the uri of one image: the stored result if it is fresh, else the result of a new download.

        `uri` is that of its last upload. It also serves if the new download fails.
        """
        if source is not None and not request.recheck and self._clock() - source.checked_at < RECHECK_AFTER:
            if source.fault is not None:
                return MissingImage(source.fault, source.hint or "", image=address.url)
            if uri is not None:
                return uri
        try:
            return self._fetch_and_upload(address, source, uri, request)
        except FetchFailed as error:
            return uri or MissingImage(str(error), _RETRIED, temporary=True, image=address.url)
        except AddressRefused as error:
            return uri or MissingImage(error.reason, error.hint, image=address.url)
        except ImageUnavailable as error:
            return uri or self._faulty(request, address, None, error.reason, error.hint)

    def _fetch_and_upload(
        self, address: _ImageAddress, source: ImageSource | None, uri: str | None, request: ImageRequest
    ) -> str | MissingImage:
        """Download the image, upload it unless TikTok has its content, and store the result for its address."""
        request.may_start()
        # The etag is sent only if there is a result to reuse: "not modified" comes without the image's bytes.
        etag = source.etag if source is not None and (uri or source.fault) else None
        image = self._fetch(address, etag, request)
        if image is None and source is not None:
            # Not modified: the earlier result is good for another `RECHECK_AFTER`.
            self._note(request, replace(source, checked_at=self._clock()))
            return uri or MissingImage(source.fault or "", source.hint or "", image=address.url)
        body, etag = (image.body, image.etag) if image is not None else (b"", None)
        if (fault := image_fault(body, address.use_case)) is not None:
            return self._faulty(
                request, address, etag, f"The image {address.url} {fault.reason}.", fault.hint
            )
        sha256 = _digest(body, address.use_case)
        try:
            uri = self._uploaded(sha256, body, address.use_case, request)
        except Rejected as error:
            reason = f"TikTok rejected the image {address.url}: {error.message}"
            return self._faulty(request, address, etag, reason, error.hint or "")
        except Transient as error:
            raise FetchFailed(
                f"The image {address.url} could not be uploaded to TikTok now: {error.message}."
            ) from error
        self._note(request, ImageSource(address.key, self._clock(), etag, sha256))
        return uri

    def _uploaded(self, sha256: str, body: bytes, use_case: UseCase, request: ImageRequest) -> str:
        """Return the uri of this content on TikTok, and upload it if there is none."""
        key = request.shop.key
        with self._upload_locks[int(sha256[:8], 16) % _UPLOAD_LOCKS]:
            with self._database.read() as connection:
                uri = images.uris(connection, key, [sha256]).get(sha256)
            if uri is None:
                uri = new = request.upload(body, use_case)
                self._write(
                    lambda connection: images.note_upload(connection, key, sha256, new, self._clock())
                )
            return uri

    def _fetch(self, address: _ImageAddress, etag: str | None, request: ImageRequest) -> Image | None:
        """Download the image; None if it is not modified since `etag`.

        Raises `FetchFailed` without a request if the address or its host failed less than `RETRY_AFTER` ago.
        """
        now, origin = self._clock(), address.host.origin
        for name in (origin, address.url):
            failed_at, message = self._failed.get(name, (now - RETRY_AFTER, ""))
            if now - failed_at < RETRY_AFTER:
                raise FetchFailed(message)
        began = time.monotonic()
        try:
            return self._media.fetch(address.host, address.url, etag=etag)
        except ImageUnavailable as error:
            request.fetch_failed(_failed_fetch(address, error, now, began))
            raise
        except FetchFailed as error:
            request.fetch_failed(_failed_fetch(address, error, now, began))
            if len(self._failed) > _MAX_FAILURES:
                self._failed.clear()
            self._failed[origin if isinstance(error, MediaHostUnreachable) else address.url] = (
                self._clock(),
                str(error),
            )
            raise

    def _stored(
        self, shop: str, urls: Collection[str]
    ) -> tuple[Mapping[str, ImageSource], Mapping[str, str]]:
        if not urls:
            return {}, {}
        with self._database.read() as connection:
            sources = images.sources(connection, shop, urls)
            digests = [source.sha256 for source in sources.values() if source.sha256 is not None]
            return sources, images.uris(connection, shop, digests)

    def _faulty(
        self, request: ImageRequest, address: _ImageAddress, etag: str | None, fault: str, hint: str
    ) -> MissingImage:
        self._note(request, ImageSource(address.key, self._clock(), etag, fault=fault, hint=hint))
        return MissingImage(fault, hint, image=address.url)

    def _note(self, request: ImageRequest, source: ImageSource) -> None:
        self._write(lambda connection: images.note_source(connection, request.shop.key, source))

    def _write(self, note: Callable[[Connection], None]) -> None:
        """Write to the database. If it is away, the write is lost: the image is then downloaded or uploaded again."""
        try:
            with self._database.write() as connection:
                note(connection)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("database_away", while_doing="images")


@dataclass(frozen=True, slots=True)
class _ImageAddress:
    """The address of an image, on an allowed media host, and what it is uploaded for."""

    host: MediaHost
    url: str
    use_case: UseCase = UseCase.MAIN

    @property
    def key(self) -> str:
        """The url under which its result is stored. One for a description has other limits, and its own fragment."""
        return self.url if self.use_case is UseCase.MAIN else f"{self.url}#{self.use_case.value}"


def _digest(body: bytes, use_case: UseCase) -> str:
    """Return the digest under which an upload is stored: of the content, and of another use than the main one."""
    prefix = b"" if use_case is UseCase.MAIN else f"{use_case.value}:".encode()
    return hashlib.sha256(prefix + body).hexdigest()


def _database_away() -> MissingImage:
    log.warning("database_away", while_doing="images")
    return MissingImage("The database did not answer.", _RETRIED, temporary=True)


def _failed_fetch(
    address: _ImageAddress, error: ImageUnavailable | FetchFailed, at: datetime, began: float
) -> Exchange:
    """Return the failed download for the feed log: the address and the reason, without the body that came."""
    # A redirect is not an HTTP error, so its status would be misleading; the message names it.
    status = error.status if error.status is not None and error.status >= ERROR else None
    return Exchange(
        operation=FETCH_IMAGE,
        at=at,
        milliseconds=int((time.monotonic() - began) * 1000),
        product_id=None,
        request=address.url,
        http_status=status,
        code=None,
        message=str(error),
        request_id=None,
        response="",
    )


def _address_of(shop: Shop, image: str) -> _ImageAddress | MissingImage:
    try:
        host = media_host(shop.magento.base_url, shop.magento.media_url)
        return _ImageAddress(host, host.url_of(image))
    except AddressRefused as error:
        return MissingImage(error.reason, error.hint, image=image)


def _described_address_of(shop: Shop, image: str) -> _ImageAddress | MissingImage:
    """Return the address of an image in a description: a URL, a path of the store, or one below its media folder."""
    try:
        host = media_host(shop.magento.base_url, shop.magento.media_url)
        if image.startswith(MEDIA):
            folder = host.folder.removesuffix("catalog/product/")
            url = replace(host, folder=folder).url_of(image.removeprefix(MEDIA))
        elif "//" in image:
            url = host.url_of(f"{host.scheme}:{image}" if image.startswith("//") else image)
        else:
            url = replace(host, folder="/").url_of(image)
    except AddressRefused as error:
        return MissingImage(error.reason, error.hint, image=image)
    return _ImageAddress(host, url, UseCase.DESCRIPTION)
