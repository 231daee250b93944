"""A shop's calls: paths, signatures, responses, rate limit, and records without secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tests.tiktok.answering import (
    Reply,
    bytes_reply,
    failure,
    hang_up,
    json_reply,
    success,
)
from tests.tiktok.calling import BODY, NOW, WRITE, Calling
from tests.tiktok.examples import (
    ACCESS_TOKEN,
    APP_SECRET,
    PRODUCT_ID,
    REFRESH_TOKEN,
    SKU,
    SKU_ID,
    as_tiktok_returns_it,
    wanted,
)
from tiktok.client.authorized_shops import AuthorizedShop, warehouses
from tiktok.client.client import FoundProduct
from tiktok.client.errors import NotFound, Rejected, Throttled, TikTokError, Transient, Unknown, WrongStatus
from tiktok.client.signing import sign
from tiktok.listing.sync_plan import Operation, create_call


@pytest.mark.parametrize(
    ("operation", "method", "path", "body"),
    [
        (Operation.CREATE, "POST", "/product/202309/products", BODY),
        (Operation.PARTIAL_EDIT, "POST", f"/product/202509/products/{PRODUCT_ID}/partial_edit", BODY),
        (Operation.EDIT, "PUT", f"/product/202509/products/{PRODUCT_ID}", BODY),
        (Operation.PRICE, "POST", f"/product/202309/products/{PRODUCT_ID}/prices/update", BODY),
        (Operation.INVENTORY, "POST", f"/product/202309/products/{PRODUCT_ID}/inventory/update", BODY),
        (Operation.ACTIVATE, "POST", "/product/202309/products/activate", None),
        (Operation.DEACTIVATE, "POST", "/product/202309/products/deactivate", None),
        (Operation.DELETE, "DELETE", "/product/202309/products", None),
        (Operation.RECOVER, "POST", "/product/202309/products/recover", None),
    ],
)
def test_each_call_has_its_method_path_and_signature(
    calling: Callable[..., Calling], operation: Operation, method: str, path: str, body: str | None
) -> None:
    call = calling(success())
    call.write(operation, body or "")
    (request,) = call.tiktok.requests
    assert (request.method, request.path) == (method, path)
    assert request.body.decode() == (body or orjson.dumps({"product_ids": [PRODUCT_ID]}).decode())
    assert request.headers["x-tts-access-token"] == ACCESS_TOKEN
    assert request.headers["content-type"] == "application/json"
    assert (request.query["app_key"], request.query["shop_cipher"]) == ("6a7b8c", "GCP_9fX")
    assert request.query["timestamp"] == str(int(NOW))
    unsigned = {name: value for name, value in request.query.items() if name != "sign"}
    assert request.query["sign"] == sign(APP_SECRET, path, unsigned, request.body)


def test_authorized_shops_are_read_without_a_cipher(calling: Callable[..., Calling]) -> None:
    fields = {"cipher": "GCP_9fX", "id": "7", "name": "Maomao", "region": "GB", "code": "CN1"}
    abroad = {"cipher": "GCP_abroad", "seller_type": "CROSS_BORDER"}
    call = calling(success(shops=[fields, {"cipher": "GCP_other"}, {"id": "without a cipher"}, abroad]))
    found = call.shop.authorized_shops(call.exchanges.append)
    assert found == (
        AuthorizedShop("7", "Maomao", "GB", "GCP_9fX"),
        AuthorizedShop("", "", "", "GCP_other"),
        AuthorizedShop("", "", "", "GCP_abroad", "CROSS_BORDER"),
    )
    assert [shop.unsupported is None for shop in found] == [True, True, False]
    (request,) = call.tiktok.requests
    assert (request.method, request.path) == ("GET", "/authorization/202309/shops")
    assert "shop_cipher" not in request.query


def test_only_sales_warehouses_are_returned_the_default_first(
    calling: Callable[..., Calling],
) -> None:
    back = {"id": "3", "type": "RETURN_WAREHOUSE", "is_default": True}
    call = calling(success(warehouses=[{"id": "1", "name": "North"}, {"id": "2", "is_default": True}, back]))
    found = warehouses(call.shop, call.exchanges.append)
    assert [(warehouse.id, warehouse.name) for warehouse in found] == [("2", ""), ("1", "North")]
    (request,) = call.tiktok.requests
    assert (request.path, request.query["shop_cipher"]) == ("/logistics/202309/warehouses", "GCP_9fX")


def test_proxy_variables_are_ignored(
    calling: Callable[..., Calling], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert calling(success(x="1")).write().data == {"x": "1"}


def test_a_product_is_read_with_its_version_under_review(calling: Callable[..., Calling]) -> None:
    call = calling(success(**as_tiktok_returns_it(create_call(wanted(), "key-1").body)))
    assert call.read().product_id == PRODUCT_ID
    assert call.tiktok.requests[0].query["return_under_review_version"] == "true"
    assert call.tiktok.requests[0].body == b""


def test_without_a_version_under_review_the_live_version_is_read(calling: Callable[..., Calling]) -> None:
    live = success(**as_tiktok_returns_it(create_call(wanted(), "key-1").body))
    call = calling(failure(12052547, "no version under review"), live)
    assert call.read().product_id == PRODUCT_ID
    assert "return_under_review_version" not in call.tiktok.requests[1].query
    assert [(exchange.code, exchange.failed) for exchange in call.exchanges] == [
        (12052547, False),
        (0, False),
    ]


@pytest.mark.parametrize(
    ("code", "error"),
    [(12019150, NotFound), (12052901, WrongStatus), (12052910, Rejected), (36009003, Transient)],
)
def test_a_failed_read_raises_its_error(
    calling: Callable[..., Calling], code: int, error: type[TikTokError]
) -> None:
    call = calling(failure(code, "no"))
    with pytest.raises(error):
        call.read()
    assert len(call.tiktok.requests) == 1


def test_a_search_reads_every_page_and_omits_deleted_products(calling: Callable[..., Calling]) -> None:
    def found(product_id: str, status: str) -> dict[str, Any]:
        skus = [{"id": SKU_ID, "seller_sku": SKU}, {"id": "2", "seller_sku": ""}]
        return {"id": product_id, "status": status, "skus": skus}

    call = calling(
        success(products=[found("1", "ACTIVATE"), found("2", "DELETED")], next_page_token="b2Zmc2V0PTEw+/=="),
        success(products=[found("3", "PENDING")], next_page_token=""),
    )
    assert call.search() == (
        FoundProduct("1", "ACTIVATE", {SKU: SKU_ID}, 2),
        FoundProduct("3", "PENDING", {SKU: SKU_ID}, 2),
    )
    first, second = call.tiktok.requests
    assert orjson.loads(first.body) == {"status": "ALL", "seller_skus": [SKU]}
    assert ("page_token" in first.query, second.query["page_token"]) == (False, "b2Zmc2V0PTEw+/==")


def test_calls_wait_for_the_rate_limit(calling: Callable[..., Calling]) -> None:
    call = calling(success(), per_second=4)
    for _ in range(3):
        call.write()
    assert call.slept == [0.25, 0.25]


def test_after_a_429_calls_wait_for_retry_after(calling: Callable[..., Calling]) -> None:
    call = calling(failure(36009002, "Too many requests", 429, Retry_After="2"), success())
    with pytest.raises(Throttled):
        call.write()
    call.write()
    assert call.slept == [2.0]


def test_a_long_pause_raises_immediately(calling: Callable[..., Calling]) -> None:
    call = calling(failure(36009002, "Too many requests", 429, Retry_After="30"), success())
    for _ in range(2):
        with pytest.raises(Throttled) as opened:
            call.write()
        assert opened.value.wait == timedelta(seconds=30)
    assert (len(call.tiktok.requests), call.slept) == (1, [])


def test_a_call_that_must_not_start_is_not_made(calling: Callable[..., Calling]) -> None:
    class LeaseLost(Exception):
        """Another worker has the lease."""

    def lost() -> None:
        raise LeaseLost

    call = calling(success())
    with pytest.raises(LeaseLost):
        call.shop.send(WRITE, PRODUCT_ID, BODY, call.exchanges.append, lost)
    assert (call.tiktok.requests, call.exchanges) == ([], [])


def test_a_call_that_must_not_start_after_its_wait_is_not_made(
    calling: Callable[..., Calling],
) -> None:
    class Stopping(Exception):
        """No further call may start."""

    def stopping() -> None:
        raise Stopping

    call = calling(success(), per_second=4)
    call.write()
    with pytest.raises(Stopping):
        call.shop.send(WRITE, PRODUCT_ID, BODY, call.exchanges.append, stopping)
    assert (len(call.tiktok.requests), call.slept) == (1, [0.25])


def test_an_exchange_records_request_and_response(calling: Callable[..., Calling]) -> None:
    call = calling(success(product_id=PRODUCT_ID))
    call.write()
    (exchange,) = call.exchanges
    assert (exchange.operation, exchange.product_id, exchange.request) == ("partial_edit", PRODUCT_ID, BODY)
    assert (exchange.http_status, exchange.code, exchange.message) == (200, 0, "Success")
    assert (exchange.request_id, exchange.at) == ("20261124", datetime.fromtimestamp(NOW, UTC))
    assert orjson.loads(exchange.response)["data"] == {"product_id": PRODUCT_ID}
    assert exchange.milliseconds >= 0


def test_a_refused_exchange_records_tiktoks_message(calling: Callable[..., Calling]) -> None:
    call = calling(failure(12052051, "product name is too long"))
    with pytest.raises(Rejected):
        call.write()
    (exchange,) = call.exchanges
    assert (exchange.code, exchange.message) == (12052051, "product name is too long")


def test_an_exchange_without_a_response_is_recorded(calling: Callable[..., Calling]) -> None:
    call = calling(hang_up)
    with pytest.raises(Unknown):
        call.write()
    (exchange,) = call.exchanges
    assert (exchange.http_status, exchange.code, exchange.response) == (None, None, "")
    assert exchange.message.startswith("no answer")


ECHO = f"token {ACCESS_TOKEN} and {REFRESH_TOKEN} do not fit {APP_SECRET}"


@pytest.mark.parametrize(
    "reply",
    [
        success(x="1"),
        hang_up,
        failure(36009004, ECHO, 400),
        failure(12052051, ECHO),
        bytes_reply(ECHO.encode(), 502),
        json_reply({"code": 0, "data": {"echo": ECHO}}),
    ],
)
def test_no_secret_is_in_an_exchange_or_an_error(calling: Callable[..., Calling], reply: Reply) -> None:
    call = calling(reply)
    text = ""
    try:
        call.write()
    except TikTokError as error:
        text = f"{error!r} {error.message} {error.__cause__!r} {error.__context__!r}"
    (exchange,) = call.exchanges
    signature = call.tiktok.requests[0].query["sign"]
    for secret in (ACCESS_TOKEN, REFRESH_TOKEN, APP_SECRET, signature):
        assert secret not in f"{exchange}{text}"
