"""The consent page: a seller in their browser lets the app in, and the code that they bring back works once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import requests

from tests.sandbox.html import Page
from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import Caller

APP_KEY = "sandboxapp"


def consent(shop: Caller, **told: str) -> Page:
    data = {"app_key": APP_KEY, "cipher": caller.CIPHER, "state": "s-1", **told}
    return Page(requests.post(f"{shop.url}/auth/oauth/authorize", data=data, timeout=20).text)


def token(shop: Caller, code: str) -> dict[str, object]:
    query = {
        "app_key": APP_KEY,
        "app_secret": caller.APP_SECRET,
        "auth_code": code,
        "grant_type": "authorized_code",
    }
    told = requests.get(f"{shop.url}/auth/api/v2/token/get", params=query, timeout=20).json()
    assert isinstance(told, dict)
    return told


def test_the_seller_comes_back_with_a_code_and_the_apps_state(shop: Caller) -> None:
    page = consent(shop, redirect_url="https://console.example/callback")
    (way,) = [link["href"] for link in page.all("a") if "console.example" in str(link.get("href"))]
    brought = parse_qs(urlsplit(str(way)).query)
    assert brought["state"] == ["s-1"]
    assert token(shop, brought["code"][0])["code"] == 0
    assert token(shop, brought["code"][0])["code"] == 36004004


def test_the_page_names_the_shops_of_the_app_alone(shop: Caller) -> None:
    url = f"{shop.url}/auth/oauth/authorize"
    assert "Sandbox shop" in requests.get(url, params={"app_key": APP_KEY}, timeout=20).text
    other = requests.get(url, params={"app_key": "<b>other</b>"}, timeout=20)
    assert other.status_code == 404
    assert "<b>" not in other.text


def test_a_shop_of_another_app_is_not_opened(shop: Caller) -> None:
    assert "You have consented" not in consent(shop, cipher="GCP_unknown").text


def test_a_way_back_is_an_address_of_the_web(shop: Caller) -> None:
    page = consent(shop, redirect_url="javascript:alert(1)")
    assert "You have consented" in page.text
    assert not [link for link in page.all("a") if str(link.get("href")).startswith("javascript")]
