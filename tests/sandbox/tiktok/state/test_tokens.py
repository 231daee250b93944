"""Tokens: consent, the auth host's two calls, and how a token ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests

from sandbox.tiktok.protocol.errors import ApiError
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.tokens import Tokens
from sandbox.tiktok.unsaved_changes import UnsavedChanges
from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import SEARCH, Caller

APP = {"app_key": caller.APP_KEY, "app_secret": caller.APP_SECRET}
WEEK, YEAR = 7 * 24 * 3600, 365 * 24 * 3600


def auth(shop: Caller, call: str, **query: str) -> dict[str, Any]:
    response = requests.get(f"{shop.url}/auth/api/v2/token/{call}", params={**APP, **query}, timeout=20)
    assert response.status_code == 200
    return dict(response.json())


def get_tokens(shop: Caller, code: str) -> dict[str, Any]:
    return auth(shop, "get", auth_code=code, grant_type="authorized_code")


def refresh_tokens(shop: Caller, token: str) -> dict[str, Any]:
    return auth(shop, "refresh", refresh_token=token, grant_type="refresh_token")


def consent_code(shop: Caller) -> str:
    return str(shop.admin("POST", "consent", {"shop": caller.CIPHER})["code"])


def test_an_authorization_code_gives_tokens_for_the_shop(shop: Caller) -> None:
    response = get_tokens(shop, consent_code(shop))
    assert (response["code"], response["message"]) == (0, "success")
    data, now = response["data"], int(shop.clock())
    assert (data["access_token_expire_in"], data["refresh_token_expire_in"]) == (now + WEEK, now + YEAR)
    assert replace(shop, token=data["access_token"]).search().code == 0


def test_an_authorization_code_works_once(shop: Caller) -> None:
    code = consent_code(shop)
    assert [get_tokens(shop, code)["code"] for _ in range(2)] == [0, 36004004]


@pytest.mark.parametrize(("seconds", "code"), [(29 * 60, 0), (31 * 60, 36004004)])
def test_an_authorization_code_works_for_half_an_hour(shop: Caller, seconds: float, code: int) -> None:
    auth_code = consent_code(shop)
    shop.clock.pass_by(seconds)
    assert get_tokens(shop, auth_code)["code"] == code


def test_the_grant_type_of_a_code_is_spelled_as_tiktok_spells_it(shop: Caller) -> None:
    response = auth(shop, "get", auth_code=consent_code(shop), grant_type="authorization_code")
    assert (response["code"], "authorized_code" in response["message"]) == (36009004, True)


def test_an_unknown_shop_can_not_consent(shop: Caller) -> None:
    response = requests.post(f"{shop.url}/_sandbox/consent", json={"shop": "GCP_other"}, timeout=20)
    assert (response.status_code, response.json()["error"]) == (400, "Unknown shop 'GCP_other'.")


def test_the_auth_host_is_separate_from_the_api(shop: Caller) -> None:
    response = requests.get(f"{shop.url}/api/v2/token/refresh", params=APP, timeout=20)
    assert (response.status_code, response.json()["code"]) == (404, 36009009)
    assert requests.get(f"{shop.url}/auth{SEARCH}", timeout=20).status_code == 404


def test_an_access_token_expires_after_a_week_and_can_be_refreshed(shop: Caller) -> None:
    first = get_tokens(shop, consent_code(shop))["data"]
    client = replace(shop, token=first["access_token"])
    shop.clock.pass_by(WEEK - 1)
    assert client.search().code == 0
    shop.clock.pass_by(1)
    assert client.search().http_and_code == (401, 105002)
    second = refresh_tokens(shop, first["refresh_token"])["data"]
    assert replace(shop, token=second["access_token"]).search().code == 0


def test_a_refresh_token_expires_after_a_year(shop: Caller) -> None:
    first = get_tokens(shop, consent_code(shop))["data"]
    shop.clock.pass_by(YEAR)
    assert refresh_tokens(shop, first["refresh_token"])["code"] == 36004001


def test_a_refresh_ends_the_old_refresh_token_but_not_the_old_access_token(shop: Caller) -> None:
    first = get_tokens(shop, consent_code(shop))["data"]
    assert refresh_tokens(shop, first["refresh_token"])["code"] == 0
    assert replace(shop, token=first["access_token"]).search().code == 0
    assert refresh_tokens(shop, first["refresh_token"])["code"] == 36004001


def test_a_fault_can_expire_a_token_and_a_refresh_replaces_it(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "search", "kind": "token_expired"})
    assert [shop.search().http_and_code for _ in range(2)] == [(401, 105002)] * 2
    pair = refresh_tokens(shop, "TTP_sandbox_refresh")["data"]
    assert replace(shop, token=pair["access_token"]).search().code == 0


def test_after_a_withdrawn_consent_only_a_new_consent_gives_access(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "*", "kind": "token_revoked"})
    for _ in range(2):
        reply = shop.search()
        assert reply.http_and_code == (400, 36009004)
        assert "x-tts-access-token" in reply.message
    assert refresh_tokens(shop, "TTP_sandbox_refresh")["code"] == 36004005
    pair = get_tokens(shop, consent_code(shop))["data"]
    assert replace(shop, token=pair["access_token"]).search().code == 0


def test_an_expired_token_does_not_affect_other_tokens_of_the_shop(shop: Caller) -> None:
    pair = get_tokens(shop, consent_code(shop))["data"]
    shop.admin("POST", "faults", {"operation": "*", "kind": "token_expired"})
    assert shop.search().code == 105002
    assert replace(shop, token=pair["access_token"]).search().code == 0


def test_two_shops_of_one_seller_share_a_pair_and_its_refresh_ends_the_old_one_for_both() -> None:
    demo, second, stranger = (
        Shop(),
        Shop(shop_cipher="GCP_second"),
        Shop(shop_cipher="GCP_x", access_token="TTP_x"),
    )
    tokens = Tokens([demo, second, stranger], UnsavedChanges())
    code = tokens.consent("GCP_second", 0)
    pair = tokens.get({**APP, "auth_code": code, "grant_type": "authorized_code"}, 0)
    assert tokens.shop_ciphers(str(pair["access_token"]), 0) == {demo.shop_cipher, "GCP_second"}
    refresh = {**APP, "refresh_token": str(pair["refresh_token"]), "grant_type": "refresh_token"}
    newer = tokens.refresh(refresh, 0)
    assert tokens.shop_ciphers(str(newer["access_token"]), 0) == {demo.shop_cipher, "GCP_second"}
    with pytest.raises(ApiError) as refused:
        tokens.refresh(refresh, 0)
    assert refused.value.code == 36004001
