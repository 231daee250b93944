"""The gate: signature, timestamp, token and shop cipher, in TikTok's order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from urllib.parse import quote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.api.request_checks import Request, signature
from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import PRODUCTS, SEARCH, SHOPS, Caller, Clock, sign


def test_a_rightly_signed_call_passes(shop: Caller) -> None:
    assert shop.search().refusal == (200, 0)


def test_the_official_example_of_the_documentation_has_its_published_signature() -> None:
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
def test_what_a_client_signs_decoded_is_what_the_gate_reads_encoded(query: dict[str, str], body: str) -> None:
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


def test_upper_case_hex_is_refused(shop: Caller) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), "page_size": "9"}
    query["shop_cipher"] = caller.CIPHER
    right = sign(SEARCH, query, "{}")
    assert shop.send("POST", SEARCH, {**query, "sign": right}, "{}").refusal == (200, 0)
    assert shop.send("POST", SEARCH, {**query, "sign": right.upper()}, "{}").refusal == (401, 106001)


def test_a_body_changed_after_signing_is_refused(shop: Caller) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), "page_size": "9"}
    query["shop_cipher"] = caller.CIPHER
    signed = {**query, "sign": sign(SEARCH, query, '{"status": "ALL"}')}
    assert shop.send("POST", SEARCH, signed, '{"status":"ALL"}').refusal == (401, 106001)


@pytest.mark.parametrize(
    ("seconds", "then"),
    [
        (-299, (200, 0)),
        (-301, (400, 36009004)),
        (+30, (200, 0)),
        (+32, (400, 36009004)),
    ],
)
def test_a_timestamp_may_be_five_minutes_old_and_half_a_minute_ahead(
    shop: Caller, seconds: int, then: tuple[int, int]
) -> None:
    reply = shop.search(timestamp=str(int(shop.clock()) + seconds))
    assert reply.refusal == then
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
def test_what_is_wrong_is_refused_with_its_code(shop: Caller, fault: str) -> None:
    path, changed, refusal, keyword = WRONG[fault]
    client = replace(shop, token="TTP_other") if fault == "token" else shop
    reply = client.call("POST", path, {}, {"page_size": "1"}, changed=changed)
    assert reply.refusal == refusal
    assert keyword in reply.message


@pytest.mark.parametrize(
    ("granted", "then"),
    [
        (("seller.product.basic", "seller.product.write"), [0, 0, 105005, 105005]),
        (("seller.product.basic",), [0, 105005, 105005, 105005]),
        (("seller.shop.info", "seller.logistics"), [105005, 105005, 0, 0]),
    ],
)
def test_a_call_needs_the_scope_of_its_area(clock: Clock, granted: tuple[str, ...], then: list[int]) -> None:
    with Sandbox(clock=clock, shops=[Shop(scopes=granted)]) as sandbox:
        shop = Caller(sandbox.url, clock)
        replies = [
            shop.search(),
            shop.create(),
            shop.call("GET", "/logistics/202309/warehouses"),
            replace(shop, cipher=None).call("GET", SHOPS),
        ]
    assert [reply.code for reply in replies] == then
    assert {reply.http for reply in replies if reply.code} == {403}


def test_a_missing_scope_is_told_after_the_shop_cipher_and_before_the_body(clock: Clock) -> None:
    with Sandbox(clock=clock, shops=[Shop(scopes=("seller.shop.info",))]) as sandbox:
        shop = Caller(sandbox.url, clock)
        assert replace(shop, cipher="GCP_other").create().code == 101000
        assert shop.create(title="").code == 105005


@pytest.mark.parametrize(("first", "second"), list(pairwise(ORDER)))
def test_of_two_faults_the_earlier_in_the_order_is_told(shop: Caller, first: str, second: str) -> None:
    changed = {**WRONG[second][1], **WRONG[first][1]}
    client = replace(shop, token="TTP_other") if "token" in (first, second) else shop
    reply = client.call("POST", SEARCH, {}, {"page_size": "1"}, changed=changed)
    assert reply.refusal == WRONG[first][2]
    assert WRONG[first][3] in reply.message


def test_an_unknown_path_is_told_before_anything_else(shop: Caller) -> None:
    assert shop.send("POST", "/product/202309/nothing", {}, "").refusal == (404, 36009009)


def test_a_wrong_method_is_told_before_who_calls(shop: Caller) -> None:
    assert shop.send("PUT", SEARCH, {}, "").refusal == (405, 36009010)


def test_the_gate_is_asked_before_the_body(shop: Caller) -> None:
    assert shop.call("POST", SEARCH, {"no_such": 1}, changed={"sign": "0" * 64}).code == 106001


@pytest.mark.parametrize(
    ("left_out", "code", "keyword"),
    [
        ("app_key", 36009004, "app_key"),
        ("timestamp", 36009004, "timestamp"),
        ("sign", 36009004, "Missing credentials"),
        ("shop_cipher", 106013, "shop_cipher"),
    ],
)
def test_what_is_missing_is_refused_with_its_code(
    shop: Caller, left_out: str, code: int, keyword: str
) -> None:
    reply = shop.call("POST", SEARCH, {}, {"page_size": "1"}, without=(left_out,))
    assert (reply.code, keyword in reply.message) == (code, True)


def test_the_authorized_shops_want_no_cipher(shop: Caller) -> None:
    assert shop.call("GET", SHOPS).refusal == (400, 36009004)
    (mine,) = replace(shop, cipher=None).call("GET", SHOPS).data["shops"]
    assert (mine["cipher"], mine["region"]) == (caller.CIPHER, "US")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"a": NaN}', "[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(shop: Caller, text: str) -> None:
    query = {"app_key": caller.APP_KEY, "timestamp": str(int(shop.clock())), "shop_cipher": caller.CIPHER}
    signed = {**query, "sign": sign(PRODUCTS, query, text)}
    assert shop.send("POST", PRODUCTS, signed, text).refusal == (400, 36009022)


def test_a_request_id_is_the_time_in_china_and_twenty_hex_digits(shop: Caller) -> None:
    named = shop.search().request_id
    assert len(named) == 34
    assert named.startswith("20261118") and int(named[14:], 16) >= 0


def test_a_refresh_gives_a_new_pair_and_ends_the_old_refresh_token(shop: Caller) -> None:
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
def test_a_refresh_with_a_wrong_word_is_refused(shop: Caller, name: str, value: str, code: int) -> None:
    query = {
        "app_key": caller.APP_KEY,
        "app_secret": caller.APP_SECRET,
        "refresh_token": "TTP_sandbox_refresh",
        "grant_type": "refresh_token",
    }
    told = requests.get(f"{shop.url}/auth/api/v2/token/refresh", params={**query, name: value}, timeout=20)
    assert (told.status_code, told.json()["code"]) == (200, code)
