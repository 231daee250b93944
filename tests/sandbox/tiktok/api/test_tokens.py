"""Tokens: consent, the auth host's two calls, and how a token ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests

from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import SEARCH, Caller

APP = {"app_key": caller.APP_KEY, "app_secret": caller.APP_SECRET}
WEEK, YEAR = 7 * 24 * 3600, 365 * 24 * 3600


def auth(shop: Caller, call: str, **query: str) -> dict[str, Any]:
    told = requests.get(f"{shop.url}/auth/api/v2/token/{call}", params={**APP, **query}, timeout=20)
    assert told.status_code == 200
    return dict(told.json())


def got(shop: Caller, code: str) -> dict[str, Any]:
    return auth(shop, "get", auth_code=code, grant_type="authorized_code")


def refreshed(shop: Caller, token: str) -> dict[str, Any]:
    return auth(shop, "refresh", refresh_token=token, grant_type="refresh_token")


def consented(shop: Caller) -> str:
    return str(shop.admin("POST", "consent", {"shop": caller.CIPHER})["code"])


def test_a_code_of_consent_gives_a_pair_that_opens_the_shop(shop: Caller) -> None:
    told = got(shop, consented(shop))
    assert (told["code"], told["message"]) == (0, "success")
    data, now = told["data"], int(shop.clock())
    assert (data["access_token_expire_in"], data["refresh_token_expire_in"]) == (now + WEEK, now + YEAR)
    assert replace(shop, token=data["access_token"]).search().code == 0


def test_a_code_works_once(shop: Caller) -> None:
    code = consented(shop)
    assert [got(shop, code)["code"] for _ in range(2)] == [0, 36004004]


@pytest.mark.parametrize(("seconds", "code"), [(29 * 60, 0), (31 * 60, 36004004)])
def test_a_code_works_for_half_an_hour(shop: Caller, seconds: float, code: int) -> None:
    consent = consented(shop)
    shop.clock.pass_by(seconds)
    assert got(shop, consent)["code"] == code


def test_the_grant_type_of_a_code_is_spelt_as_tiktok_spells_it(shop: Caller) -> None:
    told = auth(shop, "get", auth_code=consented(shop), grant_type="authorization_code")
    assert (told["code"], "authorized_code" in told["message"]) == (36009004, True)


def test_only_a_shop_that_there_is_can_consent(shop: Caller) -> None:
    told = requests.post(f"{shop.url}/_sandbox/consent", json={"shop": "GCP_other"}, timeout=20)
    assert (told.status_code, told.json()["error"]) == (400, "There is no shop 'GCP_other'.")


def test_the_auth_host_is_another_host_than_the_apis(shop: Caller) -> None:
    told = requests.get(f"{shop.url}/api/v2/token/refresh", params=APP, timeout=20)
    assert (told.status_code, told.json()["code"]) == (404, 36009009)
    assert requests.get(f"{shop.url}/auth{SEARCH}", timeout=20).status_code == 404


def test_an_access_token_ends_after_a_week_and_its_refresh_token_gives_another(shop: Caller) -> None:
    first = got(shop, consented(shop))["data"]
    client = replace(shop, token=first["access_token"])
    shop.clock.pass_by(WEEK - 1)
    assert client.search().code == 0
    shop.clock.pass_by(1)
    assert client.search().refusal == (401, 105002)
    second = refreshed(shop, first["refresh_token"])["data"]
    assert replace(shop, token=second["access_token"]).search().code == 0


def test_a_refresh_token_ends_after_a_year(shop: Caller) -> None:
    first = got(shop, consented(shop))["data"]
    shop.clock.pass_by(YEAR)
    assert refreshed(shop, first["refresh_token"])["code"] == 36004001


def test_an_old_access_token_goes_on_after_a_refresh_and_its_refresh_token_does_not(shop: Caller) -> None:
    first = got(shop, consented(shop))["data"]
    assert refreshed(shop, first["refresh_token"])["code"] == 0
    assert replace(shop, token=first["access_token"]).search().code == 0
    assert refreshed(shop, first["refresh_token"])["code"] == 36004001


def test_a_token_can_be_made_to_expire_and_a_refresh_mends_it(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "search", "kind": "token_expired"})
    assert [shop.search().refusal for _ in range(2)] == [(401, 105002)] * 2
    pair = refreshed(shop, "TTP_sandbox_refresh")["data"]
    assert replace(shop, token=pair["access_token"]).search().code == 0


def test_a_consent_can_be_withdrawn_and_nothing_mends_it_but_another(shop: Caller) -> None:
    shop.admin("POST", "faults", {"operation": "*", "kind": "token_revoked"})
    for _ in range(2):
        reply = shop.search()
        assert reply.refusal == (400, 36009004)
        assert "x-tts-access-token" in reply.message
    assert refreshed(shop, "TTP_sandbox_refresh")["code"] == 36004005
    pair = got(shop, consented(shop))["data"]
    assert replace(shop, token=pair["access_token"]).search().code == 0


def test_another_pair_of_the_same_shop_is_not_touched(shop: Caller) -> None:
    pair = got(shop, consented(shop))["data"]
    shop.admin("POST", "faults", {"operation": "*", "kind": "token_expired"})
    assert shop.search().code == 105002
    assert replace(shop, token=pair["access_token"]).search().code == 0
