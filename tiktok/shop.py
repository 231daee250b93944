"""The shop: TikTok's product API, as calls that are signed, paced, bounded, recorded and judged.

A call has one total deadline; it follows no redirect, obeys no proxy variable, and reads at most 4 MiB. Every exchange,
also a failed one, is told to `exchange` without any secret in it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, NewConnectionError

from schemas.listing import LastSent, ListingStatus
from schemas.shop import Shop
from tiktok.answers import READS, Answer, judge
from tiktok.errors import Throttled, TikTokError, Transient, Unknown, WrongState
from tiktok.pace import Pace
from tiktok.plan import Operation
from tiktok.projection import Held, held
from tiktok.signing import sign

DEADLINE: Final = 8.0
MOST_BYTES: Final = 4 * 1024 * 1024
NO_VERSION_UNDER_REVIEW: Final = 12052547
PAGE_SIZE: Final = 100

_ENDPOINTS: Final[Mapping[Operation, tuple[str, str]]] = {
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
_BY_IDS: Final = frozenset({Operation.ACTIVATE, Operation.DEACTIVATE, Operation.DELETE, Operation.RECOVER})


MayStart: TypeAlias = Callable[[], None]
"""Asked when a call's turn has come, right before it starts; raises where it must not."""


def always() -> None:
    """The call may start."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange with TikTok, fit to be shown: no token, no signature, no app secret."""

    operation: str
    at: datetime
    milliseconds: int
    product_id: str | None
    request: str
    http_status: int | None
    code: int | None
    message: str
    request_id: str | None
    response: str


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
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        deadline: float = DEADLINE,
    ) -> None:
        self._tiktok = shop.tiktok
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._deadline = deadline
        self._local = threading.local()

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
    ) -> Held:
        """The product, its version under review where there is one. Raises `Gone` where it is not there."""
        try:
            answer = self._call(
                Operation.GET, product_id, "", exchange, may_start, {"return_under_review_version": "true"}
            )
        except WrongState as error:
            if error.code != NO_VERSION_UNDER_REVIEW:
                raise
            answer = self._call(Operation.GET, product_id, "", exchange, may_start)
        return held(answer.data, last)

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

    def check(self, exchange: Callable[[Exchange], None]) -> list[str]:
        """The ciphers of the shops that the token opens: does TikTok answer us at all?"""
        path = "/authorization/202309/shops"
        answer = self._request("shops", "GET", path, {}, b"", None, exchange, always)
        return [str(shop.get("cipher")) for shop in answer.data.get("shops") or ()]

    def _call(
        self,
        operation: Operation,
        product_id: str | None,
        body: str,
        exchange: Callable[[Exchange], None],
        may_start: MayStart,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        method, path = _ENDPOINTS[operation]
        path = path.format(product_id=quote(product_id or "", safe=""))
        cipher = {"shop_cipher": self._tiktok.shop_cipher}
        return self._request(
            operation.value,
            method,
            path,
            {**(query or {}), **cipher},
            body.encode(),
            product_id,
            exchange,
            may_start,
        )

    def _request(
        self,
        operation: str,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes,
        product_id: str | None,
        exchange: Callable[[Exchange], None],
        may_start: MayStart,
    ) -> Answer:
        if (wait := self._pace.reserve(self._clock())) > 0:
            self._sleep(wait)
        may_start()
        began, clock = self._clock(), time.monotonic()
        status: int | None = None
        raw = b""
        headers: Mapping[str, str] = {}
        failure: TikTokError | None = None
        try:
            status, headers, raw = self._exchange(method, path, query, body, clock + self._deadline)
            answer = judge(operation, status, headers, raw, _moment(began))
        except TikTokError as error:
            failure = error
        except (requests.RequestException, HTTPError, OSError) as error:
            failure = _lost(operation, error)
        if isinstance(failure, Throttled) and failure.wait is not None:
            self._pace.hold_until(self._clock() + failure.wait.total_seconds())
        exchange(
            Exchange(
                operation=operation,
                at=_moment(began),
                milliseconds=int((time.monotonic() - clock) * 1000),
                product_id=product_id,
                request=body.decode(),
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
        self, method: str, path: str, query: Mapping[str, str], body: bytes, deadline: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        query = {**query, "app_key": self._tiktok.app_key, "timestamp": str(int(self._clock()))}
        query["sign"] = sign(self._tiktok.app_secret.reveal(), path, query, body)
        request = requests.Request(
            method,
            f"{self._tiktok.api_url}{path}?{urlencode(query, quote_via=quote)}",
            data=body or None,
            headers={
                "x-tts-access-token": self._tiktok.access_token.reveal(),
                "content-type": "application/json",
                "accept-encoding": "identity",
                "user-agent": "magento-tiktok-sync",
            },
        ).prepare()
        left = max(0.1, deadline - time.monotonic())
        patience = Timeout(connect=min(3.0, left), read=left, total=left)
        response = self._adapter().send(request, stream=True, timeout=patience)  # type: ignore[arg-type]  # stubs
        try:
            return response.status_code, response.headers, self._masked(_read(response, deadline))
        finally:
            response.close() if time.monotonic() > deadline else response.raw.release_conn()

    def _masked(self, raw: bytes) -> bytes:
        """The answer without our secrets, should it quote one."""
        for secret in (self._tiktok.app_secret, self._tiktok.access_token, self._tiktok.refresh_token):
            if len(secret.reveal()) >= 8:  # a shorter one may stand there by chance
                raw = raw.replace(secret.reveal().encode(), repr(secret).encode())
        return raw

    def _adapter(self) -> HTTPAdapter:
        adapter: HTTPAdapter | None = getattr(self._local, "adapter", None)
        if adapter is None:
            adapter = self._local.adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        return adapter


def _read(response: requests.Response, deadline: float) -> bytes:
    read = bytearray()
    while True:
        if (connection := response.raw.connection) is not None and connection.sock is not None:
            # A socket's time-out begins anew with each read.
            connection.sock.settimeout(max(0.1, deadline - time.monotonic()))
        if not (chunk := response.raw.read1(65_536, decode_content=False)):
            return bytes(read)
        read += chunk
        if len(read) > MOST_BYTES:
            response.close()
            raise HTTPError(f"the answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() > deadline:
            response.close()
            raise HTTPError("the answer did not end in time")


def _lost(operation: str, error: Exception) -> TikTokError:
    """No answer. A connection that was never made wrote nothing; after that, a write may have happened."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    never_sent = isinstance(error, requests.ConnectTimeout) or isinstance(cause, NewConnectionError)
    kind = Transient if operation in READS or never_sent else Unknown
    return kind(operation, f"no answer ({type(error).__name__})")


def _found(product: Mapping[str, Any]) -> Found:
    skus = {sku["seller_sku"]: str(sku["id"]) for sku in product.get("skus") or () if sku.get("seller_sku")}
    return Found(str(product["id"]), str(product.get("status")), skus)


def _dump(body: Mapping[str, Any]) -> str:
    return orjson.dumps(body).decode()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
