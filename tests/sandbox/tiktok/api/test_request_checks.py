"""The request checks in TikTok's order: signature, timestamp, token and shop cipher."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from urllib.parse import quote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.protocol.request import Request, signature
from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import PRODUCTS, SEARCH, SHOPS, Caller, Clock, sign


def test_a_correctly_signed_call_passes(shop: Caller) -> None:
    assert shop.search().http_and_code == (200, 0)


def test_the_documentations_example_has_its_published_signature() -> None:
    """Partner Center, *Sign your API request*: secret e59af819cc."""
    query = b"app_key=29a39d&timestamp=1623812664"
    request = Request("GET", SHOPS, query, b"", "application/json", "")
    assert signature("e59af819cc", request) == (
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8"
    )


@given(
    query=st.dictionaries(st.sampled_from(["a", "b", "page_token", "A", "z9"]), st.text(max_size=9)),
    body=st.text(max_size=50),
)
def test_the_signature_is_over_the_decoded_query(query: dict[str, str], body: str) -> None:
    encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    request = Request("POST", "/p", encoded.encode(), body.encode(), "application/json", "")
    assert signature("s", request) == sign("/p", query, body, "s")


def test_the_body_of_a_multipart_call_is_not_signed() -> None:
    plain, multipart = (
        signature("s", Request("POST", "/p", b"", b"bytes", media, ""))
        for media in ("application/json", "Multipart/Form-Data; boundary=x")
    )
    assert plain == sign("/p", {}, "bytes", "s")
    assert multipart == sign("/p", {}, "", "s")


def test_a_signature_in_upper_case_hex_is_rejected(shop: Caller) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), "page_size": "9"}
    query["shop_cipher"] = caller.CIPHER
    valid_signature = sign(SEARCH, query, "{}")
    assert shop.send("POST", SEARCH, {**query, "sign": valid_signature}, "{}").http_and_code == (200, 0)
    assert shop.send("POST", SEARCH, {**query, "sign": valid_signature.upper()}, "{}").http_and_code == (
        401,
        106001,
    )


def test_a_body_changed_after_signing_is_rejected(shop: Caller) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), "page_size": "9"}
    query["shop_cipher"] = caller.CIPHER
    signed = {**query, "sign": sign(SEARCH, query, '{"status": "ALL"}')}
    assert shop.send("POST", SEARCH, signed, '{"status":"ALL"}').http_and_code == (401, 106001)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-299, (200, 0)),
        (-301, (400, 36009004)),
        (+30, (200, 0)),
        (+32, (400, 36009004)),
    ],
)
def test_a_timestamp_may_be_five_minutes_old_and_half_a_minute_ahead(
    shop: Caller, seconds: int, expected: tuple[int, int]
) -> None:
    reply = shop.search(timestamp=str(int(shop.clock()) + seconds))
    assert reply.http_and_code == expected
    assert reply.code == 0 or "timestamp" in reply.message


WRONG = {
    "path": ("/product/202309/nothing", {}, (404, 36009009), "path"),
    "version": ("/product/202301/products/search", {}, (400, 36009014), "version"),
    "app_key": (SEARCH, {"app_key": "stranger"}, (400, 36009004), "app_key"),
    "timestamp": (SEARCH, {"timestamp": "1"}, (400, 36009004), "timestamp"),
    "sign": (SEARCH, {"sign": "0" * 64}, (401, 106001), "sign"),
    "token": (SEARCH, {}, (400, 36009004), "x-tts-access-token"),
    "shop_cipher": (SEARCH, {"shop_cipher": "GCP_other"}, (401, 101000), "shop_cipher"),
}
ORDER = ("app_key", "timestamp", "sign", "token", "shop_cipher")


@pytest.mark.parametrize("fault", WRONG)
def test_each_invalid_parameter_is_rejected_with_its_code(shop: Caller, fault: str) -> None:
    path, changed, expected, keyword = WRONG[fault]
    client = replace(shop, token="TTP_other") if fault == "token" else shop
    reply = client.call("POST", path, {}, {"page_size": "1"}, changed=changed)
    assert reply.http_and_code == expected
    assert keyword in reply.message


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("seller.product.basic", "seller.product.write"), [0, 0, 105005, 105005]),
        (("seller.product.basic",), [0, 105005, 105005, 105005]),
        (("seller.shop.info", "seller.logistics"), [105005, 105005, 0, 0]),
    ],
)
def test_a_call_needs_the_scope_of_its_area(
    clock: Clock, scopes: tuple[str, ...], expected: list[int]
) -> None:
    with Sandbox(clock=clock, shops=[Shop(scopes=scopes)]) as sandbox:
        shop = Caller(sandbox.url, clock)
        replies = [
            shop.search(),
            shop.create(),
            shop.call("GET", "/logistics/202309/warehouses"),
            replace(shop, cipher=None).call("GET", SHOPS),
        ]
    assert [reply.code for reply in replies] == expected
    assert {reply.http for reply in replies if reply.code} == {403}


def test_the_scope_is_checked_after_the_shop_cipher_and_before_the_body(clock: Clock) -> None:
    with Sandbox(clock=clock, shops=[Shop(scopes=("seller.shop.info",))]) as sandbox:
        shop = Caller(sandbox.url, clock)
        assert replace(shop, cipher="GCP_other").create().code == 101000
        assert shop.create(title="").code == 105005


@pytest.mark.parametrize(("first", "second"), list(pairwise(ORDER)))
def test_of_two_errors_the_earlier_in_the_order_is_returned(shop: Caller, first: str, second: str) -> None:
    changed = {**WRONG[second][1], **WRONG[first][1]}
    client = replace(shop, token="TTP_other") if "token" in (first, second) else shop
    reply = client.call("POST", SEARCH, {}, {"page_size": "1"}, changed=changed)
    assert reply.http_and_code == WRONG[first][2]
    assert WRONG[first][3] in reply.message


def test_the_path_is_checked_first(shop: Caller) -> None:
    assert shop.send("POST", "/product/202309/nothing", {}, "").http_and_code == (404, 36009009)


def test_the_method_is_checked_before_the_app(shop: Caller) -> None:
    assert shop.send("PUT", SEARCH, {}, "").http_and_code == (405, 36009010)


def test_the_request_is_checked_before_the_body(shop: Caller) -> None:
    assert shop.call("POST", SEARCH, {"no_such": 1}, changed={"sign": "0" * 64}).code == 106001


@pytest.mark.parametrize(
    ("missing", "code", "keyword"),
    [
        ("app_key", 36009004, "app_key"),
        ("timestamp", 36009004, "timestamp"),
        ("sign", 36009004, "Missing credentials"),
        ("shop_cipher", 106013, "shop_cipher"),
    ],
)
def test_each_missing_parameter_is_rejected_with_its_code(
    shop: Caller, missing: str, code: int, keyword: str
) -> None:
    reply = shop.call("POST", SEARCH, {}, {"page_size": "1"}, without=(missing,))
    assert (reply.code, keyword in reply.message) == (code, True)


def test_authorized_shops_takes_no_cipher(shop: Caller) -> None:
    assert shop.call("GET", SHOPS).http_and_code == (400, 36009004)
    (own_shop,) = replace(shop, cipher=None).call("GET", SHOPS).data["shops"]
    assert (own_shop["cipher"], own_shop["region"]) == (caller.CIPHER, "US")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"a": NaN}', "[" * 100_000])
def test_a_body_that_is_not_a_json_object_is_rejected(shop: Caller, text: str) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), "shop_cipher": caller.CIPHER}
    signed = {**query, "sign": sign(PRODUCTS, query, text)}
    assert shop.send("POST", PRODUCTS, signed, text).http_and_code == (400, 36009022)


def test_a_request_id_has_the_time_in_china_and_twenty_hex_digits(shop: Caller) -> None:
    request_id = shop.search().request_id
    assert len(request_id) == 34
    assert request_id.startswith("20261118") and int(request_id[14:], 16) >= 0


def test_a_refresh_issues_a_new_pair_and_ends_the_old_refresh_token(shop: Caller) -> None:
    query = {
        "app_key": caller.APP_KEY,
        "app_secret": caller.APP_SECRET,
        "refresh_token": "TTP_sandbox_refresh",
        "grant_type": "refresh_token",
    }
    first, second = (
        requests.get(f"{shop.url}/auth/api/v2/token/refresh", params=query, timeout=20).json()
        for _ in range(2)
    )
    assert (first["code"], first["message"]) == (0, "success")
    assert first["data"]["access_token_expire_in"] == int(shop.clock()) + 7 * 24 * 3600
    assert replace(shop, token=first["data"]["access_token"]).search().code == 0
    assert second["code"] == 36004001


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("app_key", "stranger", 36009004),
        ("app_secret", "wrong", 36009004),
        ("grant_type", "authorized_code", 36009004),
        ("refresh_token", "TTP_other", 36004001),
    ],
)
def test_a_refresh_with_a_wrong_parameter_is_rejected(shop: Caller, name: str, value: str, code: int) -> None:
    query = {
        "app_key": caller.APP_KEY,
        "app_secret": caller.APP_SECRET,
        "refresh_token": "TTP_sandbox_refresh",
        "grant_type": "refresh_token",
    }
    response = requests.get(
        f"{shop.url}/auth/api/v2/token/refresh", params={**query, name: value}, timeout=20
    )
    assert (response.status_code, response.json()["code"]) == (200, code)
