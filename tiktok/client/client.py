"""`TikTokShop`: the calls of TikTok's product API for one shop, signed, rate-limited and recorded.

A call has one total deadline, follows no redirect, ignores proxy variables, and reads at most 4 MiB. Every exchange,
failed ones included, is passed to the callback `exchanged` without any secret.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeAlias
from urllib.parse import quote

import orjson
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from schemas.listing import LastSent, ListingStatus
from schemas.secret import Secret
from schemas.shop import Shop
from tiktok.client.authorized_shops import AuthorizedShop, shops_of
from tiktok.client.errors import NotAuthorized, Throttled, TikTokError, Transient, Unknown, WrongStatus
from tiktok.client.exchange import Exchange, Request, lost, masked, moment
from tiktok.client.rate_limit import RateLimiter
from tiktok.client.responses import READS, Response, read_response
from tiktok.client.signing import sign
from tiktok.client.transport import Transport
from tiktok.documents import Document, children
from tiktok.listing import image_upload
from tiktok.listing.image_upload import UseCase
from tiktok.listing.remote_product import Ownership, RemoteProduct, remote_product
from tiktok.listing.sync_plan import Operation

DEADLINE: Final = 8.0
"""Seconds for one call."""
NO_VERSION_UNDER_REVIEW: Final = 12052547
"""TikTok's code for a product that has no version under review."""
PAGE_SIZE: Final = 100
LONGEST_PAUSE: Final = 2.0
"""Seconds. For a longer pause that TikTok asks for, the call raises `Throttled` instead of blocking its thread."""

ENDPOINTS: Final[Mapping[Operation, tuple[str, str]]] = {
    Operation.SEARCH: ("POST", "/product/202502/products/search"),
    Operation.CREATE: ("POST", "/product/202309/products"),
    Operation.GET: ("GET", "/product/202309/products/{product_id}"),
    Operation.PARTIAL_EDIT: ("POST", "/product/202509/products/{product_id}/partial_edit"),
    Operation.EDIT: ("PUT", "/product/202509/products/{product_id}"),
    Operation.PRICE: ("POST", "/product/202309/products/{product_id}/prices/update"),
    Operation.INVENTORY: ("POST", "/product/202309/products/{product_id}/inventory/update"),
    Operation.ACTIVATE: ("POST", "/product/202309/products/activate"),
    Operation.DEACTIVATE: ("POST", "/product/202309/products/deactivate"),
    Operation.DELETE: ("DELETE", "/product/202309/products"),
    Operation.RECOVER: ("POST", "/product/202309/products/recover"),
}
"""The method and path of each call."""

_BY_IDS: Final = frozenset({Operation.ACTIVATE, Operation.DEACTIVATE, Operation.DELETE, Operation.RECOVER})


MayStart: TypeAlias = Callable[[], None]
"""Called right before a call starts, after any wait for the rate limit; raises if the call must not start."""

Renew: TypeAlias = Callable[[Secret], Secret]
"""Return the current access token in place of the one that TikTok refused. Raises `ShopStopped` if there is none."""


def always() -> None:
    """Let every call start."""


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A product in a search result. `skus` contains TikTok's SKU ids by `seller_sku`, of those that have one."""

    product_id: str
    status: str
    skus: Mapping[str, str]
    sku_count: int


class TikTokShop:
    """The calls of one shop. Thread safe: each thread has its own connections.

    Every call raises the `TikTokError` that TikTok's response means.
    """

    def __init__(
        self,
        shop: Shop,
        rate_limiter: RateLimiter,
        *,
        renew: Renew | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        deadline: float = DEADLINE,
        image_deadline: float = image_upload.DEADLINE,
        in_flight: AbstractContextManager[object] | None = None,
    ) -> None:
        """`renew` replaces a refused token; `in_flight` limits the calls of all shops. Deadlines are in seconds."""
        self._tiktok = shop.tiktok
        self._access_token = shop.tiktok.access_token
        self._renew = renew
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._sleep = sleep
        self._deadline = deadline
        self._image_deadline = image_deadline
        self._in_flight = in_flight or nullcontext()
        self._transport = Transport()
        self._is_urgent = False

    def urgent(self) -> TikTokShop:
        """Return the same client, whose calls overtake those that wait for the rate limit (`RateLimiter`)."""
        urgent = copy(self)
        urgent._is_urgent = True
        return urgent

    def search(
        self, seller_skus: Sequence[str], exchanged: Callable[[Exchange], None], may_start: MayStart = always
    ) -> tuple[FoundProduct, ...]:
        """Return the products that have one of these seller SKUs, without those in status DELETED."""
        found: list[FoundProduct] = []
        page: dict[str, str] = {"page_size": str(PAGE_SIZE)}
        body = _dump({"status": "ALL", "seller_skus": list(seller_skus)})
        while True:
            data = self._call(Operation.SEARCH, None, body, exchanged, may_start, page).data
            found.extend(_found(product) for product in children(data, "products"))
            token = data.get("next_page_token")
            if not token:
                return tuple(product for product in found if product.status != ListingStatus.DELETED)
            page = {"page_size": str(PAGE_SIZE), "page_token": str(token)}

    def get(
        self,
        product_id: str,
        last: LastSent,
        ownership: Ownership,
        exchanged: Callable[[Exchange], None],
        may_start: MayStart = always,
    ) -> RemoteProduct:
        """Return the product, in its version under review if it has one. Raises `NotFound` if it is not on TikTok.

        `last` fills in the fields that TikTok does not return; `ownership` tells what of the product is ours.
        """

        def record(made: Exchange) -> None:
            # After an audit has ended there is no version under review: this error is a normal result.
            exchanged(replace(made, expected=made.code == NO_VERSION_UNDER_REVIEW))

        try:
            answer = self._call(
                Operation.GET, product_id, "", record, may_start, {"return_under_review_version": "true"}
            )
        except WrongStatus as error:
            if error.code != NO_VERSION_UNDER_REVIEW:
                raise
            answer = self._call(Operation.GET, product_id, "", exchanged, may_start)
        return remote_product(answer.data, last, ownership)

    def send(
        self,
        operation: Operation,
        product_id: str | None,
        body: str,
        exchanged: Callable[[Exchange], None],
        may_start: MayStart = always,
    ) -> Response:
        """Make one writing call, and return the answer. Raises `Unknown` if the call was sent and no response came."""
        if operation in _BY_IDS:
            body = _dump({"product_ids": [product_id]})
        return self._call(operation, product_id, body, exchanged, may_start)

    def look_up(
        self,
        name: str,
        path: str,
        query: Mapping[str, str],
        exchanged: Callable[[Exchange], None],
        may_start: MayStart = always,
    ) -> Document:
        """Return the data under this path. `name` is the name of the call in logs and feeds."""
        query = {**query, "shop_cipher": self._tiktok.shop_cipher}
        return self._request(Request(name, "GET", path, query), exchanged, may_start).data

    def authorized_shops(self, exchanged: Callable[[Exchange], None]) -> tuple[AuthorizedShop, ...]:
        """Return the shops that the token gives access to. This call works without a shop cipher."""
        request = Request("shops", "GET", "/authorization/202309/shops")
        return shops_of(self._request(request, exchanged, always).data)

    def upload_image(
        self,
        image: bytes,
        exchanged: Callable[[Exchange], None],
        may_start: MayStart = always,
        use_case: UseCase = UseCase.MAIN,
    ) -> str:
        """Upload an image, and return its uri (see `image_upload.uri_of`).

        Raises `Transient` if no response came: the upload can be repeated, because no product uses the image yet.
        """
        content_type, body = image_upload.upload_form(image, use_case)
        request = Request(
            image_upload.UPLOAD,
            "POST",
            image_upload.PATH,
            {},
            body,
            content_type=content_type,
            shown=image_upload.shown(image, use_case),
            deadline=self._image_deadline,
        )
        return image_upload.uri_of(self._request(request, exchanged, may_start).data, use_case)

    def _call(
        self,
        operation: Operation,
        product_id: str | None,
        body: str,
        exchanged: Callable[[Exchange], None],
        may_start: MayStart,
        query: Mapping[str, str] | None = None,
    ) -> Response:
        method, path = ENDPOINTS[operation]
        path = path.format(product_id=_quoted(product_id or ""))
        query = {**(query or {}), "shop_cipher": self._tiktok.shop_cipher}
        request = Request(operation.value, method, path, query, body.encode(), product_id)
        return self._request(request, exchanged, may_start)

    def _request(
        self, request: Request, exchanged: Callable[[Exchange], None], may_start: MayStart
    ) -> Response:
        """Make the call. If TikTok refuses the token, make it once more with a new one."""

        def call(token: Secret) -> Response:
            self._wait_for_rate_limit(request.operation, may_start)
            with self._in_flight:
                may_start()
                return self._make(request, exchanged, token)

        token = self._access_token
        try:
            return call(token)
        except NotAuthorized:
            if self._renew is None:
                raise
        self._access_token = self._renew(token)
        return call(self._access_token)

    def _wait_for_rate_limit(self, operation: str, may_start: MayStart) -> None:
        """Wait until the rate limit lets the call start. Raises `Throttled` if TikTok asked for a long pause."""
        turn = self._rate_limiter.reserve(self._clock(), urgent=self._is_urgent)
        while (wait := turn.start - self._clock()) > 0:
            if (pause := self._rate_limiter.paused_for(self._clock())) > LONGEST_PAUSE:
                raise Throttled(operation, "TikTok asked to wait", wait=timedelta(seconds=pause))
            self._sleep(wait)
            may_start()
            turn = self._rate_limiter.confirm(turn, self._clock())

    def _make(self, request: Request, exchanged: Callable[[Exchange], None], token: Secret) -> Response:
        began, monotonic_began = self._clock(), time.monotonic()
        status: int | None = None
        raw = b""
        headers: Mapping[str, str] = {}
        failure: TikTokError | None = None
        try:
            status, headers, raw = self._sign_and_send(
                request, token, monotonic_began + (request.deadline or self._deadline)
            )
            answer = read_response(request.operation, status, headers, raw, moment(began))
        except TikTokError as error:
            failure = error
        except (HTTPError, OSError) as error:
            failure = _no_response(request.operation, error)
        if isinstance(failure, Throttled):
            wait = None if failure.wait is None else failure.wait.total_seconds()
            self._rate_limiter.throttled(began, self._clock(), wait)
        exchanged(
            Exchange(
                operation=request.operation,
                at=moment(began),
                milliseconds=int((time.monotonic() - monotonic_began) * 1000),
                product_id=request.product_id,
                request=request.body.decode() if request.shown is None else request.shown,
                http_status=status,
                code=(failure.code if failure else 0),
                message=failure.message if failure else "Success",
                request_id=failure.request_id if failure else answer.request_id,
                response=raw[:100_000].decode(errors="replace"),
            )
        )
        if failure is not None:
            raise failure
        return answer

    def _sign_and_send(
        self, request: Request, token: Secret, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        query = {**request.query, "app_key": self._tiktok.app_key, "timestamp": str(int(self._clock()))}
        secret = self._tiktok.app_secret
        query["sign"] = sign(secret.reveal(), request.path, query, request.body, request.content_type)
        url = f"{self._tiktok.api_url}{request.path}?{_query_string(query)}"
        sent = {
            "x-tts-access-token": token.reveal(),
            "content-type": request.content_type,
            "accept-encoding": "identity",
            "user-agent": "magento-tiktok-sync",
        }
        status, headers, raw = self._transport.exchange(request.method, url, sent, request.body, deadline)
        secrets = (secret, token, self._tiktok.access_token, self._tiktok.refresh_token)
        return status, headers, masked(raw, secrets)


def _query_string(query: Mapping[str, str]) -> str:
    """Return the encoded query. Names, digits and signatures need no encoding, and `quote` is slow to find that out."""
    return "&".join(f"{name}={_quoted(value)}" for name, value in query.items())


def _quoted(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote(text, safe="")


def _no_response(operation: str, error: Exception) -> TikTokError:
    """Return the error of a call without a response: a write may have taken effect unless no connection was made."""
    not_sent = isinstance(error, ConnectTimeoutError | NewConnectionError)
    kind = Transient if operation in READS or not_sent else Unknown
    return kind(operation, lost(error))


def _found(product: Document) -> FoundProduct:
    skus = {
        str(sku["seller_sku"]): str(sku["id"]) for sku in children(product, "skus") if sku.get("seller_sku")
    }
    return FoundProduct(str(product["id"]), str(product.get("status")), skus, len(children(product, "skus")))


def _dump(body: Mapping[str, object]) -> str:
    return orjson.dumps(body).decode()
