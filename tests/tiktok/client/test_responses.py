"""Responses: their meaning follows from TikTok's code, then its message, then the HTTP status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiktok.codes import CODES
from tiktok.client.error_codes import MEANING
from tiktok.client.errors import (
    NotAuthorized,
    NotFound,
    NotNow,
    Rejected,
    ShopStopped,
    Throttled,
    TikTokError,
    Transient,
    Unknown,
    WrongStatus,
)
from tiktok.client.responses import Response, read_response, wait_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
REQUEST_ID = "202611242000000101890810281E8C70B7"


def reply(code: int, message: str = "", data: Any = None) -> bytes:
    return orjson.dumps({"code": code, "message": message, "request_id": REQUEST_ID, "data": data})


def error_of(
    status: int, body: bytes, operation: str = "partial_edit", headers: dict[str, str] | None = None
) -> TikTokError:
    with pytest.raises(TikTokError) as raised:
        read_response(operation, status, headers or {}, body, NOW)
    return raised.value


def test_code_0_is_a_success_with_any_status() -> None:
    found = read_response("create", 200, {}, reply(0, "Success", {"product_id": "1729"}), NOW)
    assert found == Response(REQUEST_ID, {"product_id": "1729"})
    assert read_response("price", 200, {}, reply(0, "Success"), NOW).data == {}


@pytest.mark.parametrize(("value", "text"), [("r" * 500, "r" * 80), (17, None), (None, None), ({}, None)])
def test_a_request_id_is_a_short_text_or_none(value: Any, text: str | None) -> None:
    yes, no = ({"code": code, "message": "", "request_id": value, "data": {}} for code in (0, 12052093))
    assert read_response("price", 200, {}, orjson.dumps(yes), NOW).request_id == text
    assert error_of(200, orjson.dumps(no)).request_id == text


@pytest.mark.parametrize("code", [2**31, -(2**31) - 1, 2**63])
def test_an_impossible_code_is_ignored(code: int) -> None:
    assert error_of(200, reply(code)).code is None


def test_a_success_may_have_warnings() -> None:
    data = {"product_id": "1729", "warnings": [{"message": "The [brand_id]:123 field is incorrect"}]}
    assert read_response("create", 200, {}, reply(0, "Success", data), NOW).warnings == (
        "The [brand_id]:123 field is incorrect",
    )


@pytest.mark.parametrize(
    ("status", "code", "message", "means"),
    [
        # the gateway
        (401, 105002, "access token has expired", NotAuthorized),
        (200, 105002, "access token has expired", NotAuthorized),
        (403, 105005, "access denied", ShopStopped),
        (401, 106001, "sign invalid", ShopStopped),
        (200, 106013, "shop_cipher is missing", ShopStopped),
        (200, 101000, "token and shop do not match", ShopStopped),
        (403, 36009033, "IP is not in the allow list", ShopStopped),
        (401, 36009043, "shop inactive", ShopStopped),
        (404, 36009009, "unknown path", ShopStopped),
        (429, 36009002, "Too many requests", Throttled),
        (200, 36009002, "Too many requests", Throttled),
        (429, 36009037, "Too many requests", Throttled),
        (500, 36009003, "Internal error", Transient),
        (200, 36009003, "Internal error", Transient),
        (408, 36009007, "timeout", Transient),
        # a dozen failures share this code; the message tells them apart
        (400, 36009004, "The 'x-tts-access-token' header is invalid.", NotAuthorized),
        (400, 36009004, "The 'app_key' is unknown.", ShopStopped),
        (400, 36009004, "timestamp is earlier than 5 minutes", ShopStopped),
        (400, 36009004, "Missing credentials: signature", ShopStopped),
        (400, 36009004, "Unexpected identifier: shop_cipher is not required", ShopStopped),
        (400, 36009004, "Invalid API version", ShopStopped),
        (400, 36009004, "MainImages is a required field and has not been provided.", Rejected),
        (400, 36009004, "Signature is a required field and has not been provided.", Rejected),
        (400, 36009004, "The value of sales_attributes is not assigned", Rejected),
        (400, 36009004, "size_chart: unknown design", Rejected),
        (400, 36009004, "an unknown message", Rejected),
        # the product
        (200, 12019150, "product does not exist", NotFound),
        (200, 12052048, "You can't edit other sellers' products", NotFound),
        (200, 12052901, "status does not allow this operation", WrongStatus),
        (200, 12052547, "no version under review", WrongStatus),
        (200, 12052261, "product name is empty", Rejected),
        (200, 12052104, "mandatory attribute missing", Rejected),
        (200, 12052055, "stock is outside the limits", Rejected),
        (400, 98001004, "Parameter title invalid", Rejected),
        (200, 12019045, "price is locked by a promotion", NotNow),
        (200, 12052393, "stock is locked by a promotion", NotNow),
        (200, 12052093, "listing limit", NotNow),
        # undocumented codes
        (200, 12059999, "a new kind of no", Rejected),
        (429, 77777777, "slow down", Throttled),
        (500, 77777777, "unwell", Transient),
    ],
)
def test_a_code_becomes_an_error(status: int, code: int, message: str, means: type[TikTokError]) -> None:
    error = error_of(status, reply(code, message))
    assert type(error) is means
    assert (error.code, error.message, error.http_status, error.request_id) == (
        code,
        message,
        status,
        REQUEST_ID,
    )
    assert error.hint


WORTH_HANDLING = [
    pytest.param(code, error, id=f"{group} {code}")
    for error, groups in CODES.items()
    for group, codes in groups.items()
    for code in codes
]


@pytest.mark.parametrize(("code", "means"), WORTH_HANDLING)
def test_every_handled_code_has_a_row(code: int, means: type[TikTokError]) -> None:
    assert code in MEANING
    assert type(error_of(200, reply(code, "no"))) is means


def test_no_code_has_two_meanings() -> None:
    codes = [code for groups in CODES.values() for some in groups.values() for code in some]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("code", sorted(MEANING))
def test_every_code_has_a_hint_for_the_merchant(code: int) -> None:
    error = error_of(200, reply(code, "no"))
    assert type(error) is MEANING[code].error
    assert error.hint is not None
    assert error.hint.endswith(".")


@pytest.mark.parametrize(
    ("status", "body", "of_a_write", "of_a_read"),
    [
        (200, b"<html>maintenance</html>", Unknown, Transient),
        (200, b"", Unknown, Transient),
        (200, b"[]", Unknown, Transient),
        (200, b'{"message":"Success"}', Unknown, Transient),
        (200, b'{"code":"0"}', Unknown, Transient),
        (200, b'{"code":true}', Unknown, Transient),
        (200, b'{"code":0,"data":[1]}', Unknown, Transient),
        (302, b"<html>moved</html>", Unknown, Transient),
        (404, b"<html>not found</html>", Unknown, Transient),
        (401, b"no", ShopStopped, ShopStopped),
        (403, b"blocked", ShopStopped, ShopStopped),
        (408, b"", Transient, Transient),
        (429, b"slow down", Throttled, Throttled),
        (500, b"oops", Transient, Transient),
        (502, b"<html>bad gateway</html>", Transient, Transient),
    ],
)
def test_a_response_without_a_code_is_read_by_its_status(
    status: int, body: bytes, of_a_write: type[TikTokError], of_a_read: type[TikTokError]
) -> None:
    assert type(error_of(status, body, "create")) is of_a_write
    assert type(error_of(status, body, "get")) is of_a_read


@pytest.mark.parametrize(
    ("errors", "code", "message", "means"),
    [
        ([{"code": 12052901, "message": "wrong status", "detail": {"product_id": "1729"}}],
         12052901, "wrong status", WrongStatus),
        ([{"code": 12052990, "message": "Check failed",
           "detail": {"sku_id": "1", "extra_errors": [{"code": 12052097, "message": "no such warehouse"}]}}],
         12052097, "no such warehouse", Rejected),
        ([{"code": 12052990, "message": "Check failed",
           "detail": {"extra_errors": [{"code": 12052048, "message": "not yours"}]}}],
         12052048, "not yours", NotFound),
        ([{"code": 12052055, "message": "too many", "detail": {"sku_id": "1"}},
          {"code": 12052393, "message": "in a promotion", "detail": {"sku_id": "2"}}],
         12052393, "in a promotion; too many", NotNow),
        ([{"code": 12052990, "message": "Check failed",
           "detail": {"sku_id": "1", "extra_errors": [{"code": 12052097, "message": "no such warehouse"},
                                                      {"code": 12052055, "message": "too many"}]}}],
         12052097, "no such warehouse; too many", Rejected),
        ([{"code": 12052055, "message": "too many"}, {"code": 36009003, "message": "Internal error"}],
         36009003, "Internal error; too many", Transient),
        ([{"code": 12052055, "message": "too many"}, {"code": 12052055, "message": "too many"}],
         12052055, "too many", Rejected),
        ([{}], 12052990, "Check failed", Rejected),
        ([{"code": "many", "message": None, "detail": "none"}], 12052990, "Check failed", Rejected),
        (["broken"], 12052990, "Check failed", Rejected),
    ],
)  # fmt: skip
def test_a_partial_failure_is_a_failure(
    errors: list[Any], code: int, message: str, means: type[TikTokError]
) -> None:
    error = error_of(200, reply(0, "Success", {"errors": errors}), "inventory")
    assert (type(error), error.code, error.message) == (means, code, message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "message", "data", "errors", "detail", "extra_errors", "warnings"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(
    operation=st.sampled_from(["create", "get", "inventory"]),
    status=st.sampled_from([200, 302, 400, 401, 404, 408, 429, 500]),
    code=st.just(0) | st.sampled_from([36009004, 12052990]) | json_values,
    data=json_values,
    headers=st.dictionaries(st.sampled_from(["Retry-After", "x"]), st.text(max_size=9)),
)
def test_any_response_is_an_answer_or_a_tiktok_error(
    operation: str, status: int, code: Any, data: Any, headers: dict[str, str]
) -> None:
    body = orjson.dumps({"code": code, "data": data})
    try:
        assert isinstance(read_response(operation, status, headers, body, NOW), Response)
    except TikTokError as error:
        assert error.operation == operation


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("86400", 900),
        ("1e400", 900),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 1),
        ("Wed, 25 Nov 2026 12:00:00 GMT", 900),
        ("soon", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_the_retry_after_header_is_read(text: str | None, seconds: float | None) -> None:
    headers = {} if text is None else {"retry-after": text}
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert wait_of(headers, NOW) == expected
    assert error_of(429, reply(36009002), headers=headers).wait == expected
    assert error_of(503, b"", headers=headers).wait == expected


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        (12019045, timedelta(hours=1)),
        (12052393, timedelta(hours=1)),
        (12052093, None),  # the day's cap has a wait of its own
        (36009037, timedelta(minutes=15)),
        (12052261, None),
    ],
)
def test_some_codes_have_a_wait_of_their_own(code: int, wait: timedelta | None) -> None:
    assert error_of(200, reply(code)).wait == wait
