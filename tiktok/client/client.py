"""The shop: TikTok's product API, as calls that are signed, paced, bounded, recorded and judged.

A call has one total deadline; it follows no redirect, obeys no proxy variable, and reads at most 4 MiB. Every exchange,
also a failed one, is told to `exchange` without any secret in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

import orjson
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from schemas.listing import LastSent, ListingStatus
from schemas.secret import Secret
from schemas.shop import Shop
from tiktok.client.authorized_shops import AuthorizedShop, shops_of
from tiktok.client.errors import NotAuthorized, Throttled, TikTokError, Transient, Unknown, WrongState
from tiktok.client.exchange import Exchange, Request, lost, masked, moment
from tiktok.client.rate_limit import Pace
from tiktok.client.responses import READS, Answer, judge
from tiktok.client.signing import sign
from tiktok.client.transport import Transport
from tiktok.listing import image_upload
from tiktok.listing.remote_product import RemoteProduct, remote_product
from tiktok.listing.sync_plan import Operation

DEADLINE: Final = 8.0
NO_VERSION_UNDER_REVIEW: Final = 12052547
PAGE_SIZE: Final = 100
LONGEST_TURN: Final = 2.0
"""Seconds: a longer hold is no wait for a turn, and its caller does something else meanwhile."""

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
"""Method and path of each call."""

_BY_IDS: Final = frozenset({Operation.ACTIVATE, Operation.DEACTIVATE, Operation.DELETE, Operation.RECOVER})


MayStart: TypeAlias = Callable[[], None]
"""Asked when a call's turn has come, right before it starts; raises where it must not."""

Renew: TypeAlias = Callable[[Secret], Secret]
"""Given an access token that TikTok refused, the one that holds now. Raises `ShopStopped` where there is none."""


def always() -> None:
    """The call may start."""


@dataclass(frozen=True, slots=True)
class Found:
    """A product that a search found: its id, status, and SKU ids by `seller_sku`."""

    product_id: str
    status: str
    skus: Mapping[str, str]


class TikTokShop:
    """The calls of one shop. Thread safe: each thread has its own connections."""

    def __init__(
        self,
        shop: Shop,
        pace: Pace,
        *,
        renew: Renew | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        deadline: float = DEADLINE,
        image_deadline: float = image_upload.DEADLINE,
        in_flight: AbstractContextManager[object] | None = None,
    ) -> None:
        """Without `renew` a token that is refused stays refused; `in_flight` bounds the calls of all shops together."""
        self._tiktok = shop.tiktok
        self._access_token = shop.tiktok.access_token
        self._renew = renew
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._deadline = deadline
        self._image_deadline = image_deadline
        self._in_flight = in_flight or nullcontext()
        self._transport = Transport()

    def search(
        self, seller_skus: Sequence[str], exchange: Callable[[Exchange], None], may_start: MayStart = always
    ) -> tuple[Found, ...]:
        """The products that carry one of these SKUs; DELETED ones do not count."""
        found: list[Found] = []
        page: dict[str, str] = {"page_size": str(PAGE_SIZE)}
        body = _dump({"status": "ALL", "seller_skus": list(seller_skus)})
        while True:
            data = self._call(Operation.SEARCH, None, body, exchange, may_start, page).data
            found.extend(_found(one) for one in data.get("products") or ())
            token = data.get("next_page_token")
            if not token:
                return tuple(one for one in found if one.status != ListingStatus.DELETED)
            page = {"page_size": str(PAGE_SIZE), "page_token": token}

    def get(
        self,
        product_id: str,
        last: LastSent,
        exchange: Callable[[Exchange], None],
        may_start: MayStart = always,
    ) -> RemoteProduct:
        """The product, its version under review where there is one. Raises `Gone` where it is not there."""

        def told(one: Exchange) -> None:
            # That there is no version under review is what a look at a finished audit is told.
            exchange(replace(one, expected=one.code == NO_VERSION_UNDER_REVIEW))

        try:
            answer = self._call(
                Operation.GET, product_id, "", told, may_start, {"return_under_review_version": "true"}
            )
        except WrongState as error:
            if error.code != NO_VERSION_UNDER_REVIEW:
                raise
            answer = self._call(Operation.GET, product_id, "", exchange, may_start)
        return remote_product(answer.data, last)

    def send(
        self,
        operation: Operation,
        product_id: str | None,
        body: str,
        exchange: Callable[[Exchange], None],
        may_start: MayStart = always,
    ) -> Answer:
        """One writing call. Raises the `TikTokError` that its answer means; a lost answer is `Unknown`."""
        if operation in _BY_IDS:
            body = _dump({"product_ids": [product_id]})
        return self._call(operation, product_id, body, exchange, may_start)

    def look_up(
        self,
        name: str,
        path: str,
        query: Mapping[str, str],
        exchange: Callable[[Exchange], None],
        may_start: MayStart = always,
    ) -> Mapping[str, Any]:
        """What the shop knows under this path; `name` is what the call is called."""
        query = {**query, "shop_cipher": self._tiktok.shop_cipher}
        return self._request(Request(name, "GET", path, query), exchange, may_start).data

    def authorized_shops(self, exchange: Callable[[Exchange], None]) -> tuple[AuthorizedShop, ...]:
        """The shops that the token opens: does TikTok answer us at all?"""
        request = Request("shops", "GET", "/authorization/202309/shops")
        return shops_of(self._request(request, exchange, always).data)

    def upload_image(
        self, image: bytes, exchange: Callable[[Exchange], None], may_start: MayStart = always
    ) -> str:
        """The uri of a main image, for products to name. A lost answer is `Transient`, for nothing names the image."""
        content_type, body = image_upload.upload_form(image)
        request = Request(
            image_upload.UPLOAD,
            "POST",
            image_upload.PATH,
            {},
            body,
            content_type=content_type,
            shown=image_upload.shown(image),
            deadline=self._image_deadline,
        )
        return image_upload.uri_of(self._request(request, exchange, may_start).data)

    def _call(
        self,
        operation: Operation,
        product_id: str | None,
        body: str,
        exchange: Callable[[Exchange], None],
        may_start: MayStart,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        method, path = ENDPOINTS[operation]
        path = path.format(product_id=quote(product_id or "", safe=""))
        query = {**(query or {}), "shop_cipher": self._tiktok.shop_cipher}
        request = Request(operation.value, method, path, query, body.encode(), product_id)
        return self._request(request, exchange, may_start)

    def _request(self, request: Request, exchange: Callable[[Exchange], None], may_start: MayStart) -> Answer:
        """The call; once more with a new token where the one that it was made with is refused."""

        def call(token: Secret) -> Answer:
            self._take_turn(request.operation, may_start)
            with self._in_flight:
                may_start()
                return self._made(request, exchange, token)

        token = self._access_token
        try:
            return call(token)
        except NotAuthorized:
            if self._renew is None:
                raise
        self._access_token = self._renew(token)
        return call(self._access_token)

    def _take_turn(self, operation: str, may_start: MayStart) -> None:
        """Wait for the shop's pace. Raises `Throttled` where TikTok asked for a hold too long to wait here."""
        start = self._pace.reserve(self._clock())
        while (wait := start - self._clock()) > 0:
            if (found := self._pace.paused_for(self._clock())) > LONGEST_TURN:
                raise Throttled(operation, "TikTok asked to wait", wait=timedelta(seconds=found))
            self._sleep(wait)
            may_start()
            start = self._pace.keep(start, self._clock())

    def _made(self, request: Request, exchange: Callable[[Exchange], None], token: Secret) -> Answer:
        began, clock = self._clock(), time.monotonic()
        status: int | None = None
        raw = b""
        headers: Mapping[str, str] = {}
        failure: TikTokError | None = None
        try:
            status, headers, raw = self._exchange(
                request, token, clock + (request.deadline or self._deadline)
            )
            answer = judge(request.operation, status, headers, raw, moment(began))
        except TikTokError as error:
            failure = error
        except (HTTPError, OSError) as error:
            failure = _lost(request.operation, error)
        if isinstance(failure, Throttled):
            wait = None if failure.wait is None else failure.wait.total_seconds()
            self._pace.throttled(began, self._clock(), wait)
        exchange(
            Exchange(
                operation=request.operation,
                at=moment(began),
                milliseconds=int((time.monotonic() - clock) * 1000),
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

    def _exchange(
        self, request: Request, token: Secret, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        query = {**request.query, "app_key": self._tiktok.app_key, "timestamp": str(int(self._clock()))}
        secret = self._tiktok.app_secret
        query["sign"] = sign(secret.reveal(), request.path, query, request.body, request.content_type)
        url = f"{self._tiktok.api_url}{request.path}?{urlencode(query, quote_via=quote)}"
        sent = {
            "x-tts-access-token": token.reveal(),
            "content-type": request.content_type,
            "accept-encoding": "identity",
            "user-agent": "magento-tiktok-sync",
        }
        status, headers, raw = self._transport.exchange(request.method, url, sent, request.body, deadline)
        secrets = (secret, token, self._tiktok.access_token, self._tiktok.refresh_token)
        return status, headers, masked(raw, secrets)


def _lost(operation: str, error: Exception) -> TikTokError:
    """No answer. A connection that was never made wrote nothing; after that, a write may have happened."""
    never_sent = isinstance(error, ConnectTimeoutError | NewConnectionError)
    kind = Transient if operation in READS or never_sent else Unknown
    return kind(operation, lost(error))


def _found(product: Mapping[str, Any]) -> Found:
    skus = {sku["seller_sku"]: str(sku["id"]) for sku in product.get("skus") or () if sku.get("seller_sku")}
    return Found(str(product["id"]), str(product.get("status")), skus)


def _dump(body: Mapping[str, Any]) -> str:
    return orjson.dumps(body).decode()
