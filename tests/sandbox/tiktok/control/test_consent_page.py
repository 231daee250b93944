"""The consent page: the seller authorizes the app in a browser, and the code works once."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import requests

from tests.sandbox.html import Page
from tests.sandbox.tiktok import caller
from tests.sandbox.tiktok.caller import Caller

APP_KEY = "sandboxapp"


def submit_consent(shop: Caller, **fields: str) -> Page:
    data = {"app_key": APP_KEY, "cipher": caller.CIPHER, "state": "s-1", **fields}
    return Page(requests.post(f"{shop.url}/auth/oauth/authorize", data=data, timeout=20).text)


def token(shop: Caller, code: str) -> dict[str, object]:
    query = {
        "app_key": APP_KEY,
        "app_secret": caller.APP_SECRET,
        "auth_code": code,
        "grant_type": "authorized_code",
    }
    fields = requests.get(f"{shop.url}/auth/api/v2/token/get", params=query, timeout=20).json()
    assert isinstance(fields, dict)
    return fields


def test_the_seller_returns_with_a_code_and_the_apps_state(shop: Caller) -> None:
    page = submit_consent(shop, redirect_url="https://console.example/callback")
    (return_link,) = [link["href"] for link in page.all("a") if "console.example" in str(link.get("href"))]
    returned = parse_qs(urlsplit(str(return_link)).query)
    assert returned["state"] == ["s-1"]
    assert token(shop, returned["code"][0])["code"] == 0
    assert token(shop, returned["code"][0])["code"] == 36004004


def test_the_page_lists_only_the_apps_shops(shop: Caller) -> None:
    url = f"{shop.url}/auth/oauth/authorize"
    assert "Sandbox shop" in requests.get(url, params={"app_key": APP_KEY}, timeout=20).text
    other = requests.get(url, params={"app_key": "<b>other</b>"}, timeout=20)
    assert other.status_code == 404
    assert "<b>" not in other.text


def test_a_shop_of_another_app_can_not_be_authorized(shop: Caller) -> None:
    assert "App authorized" not in submit_consent(shop, cipher="GCP_unknown").text


def test_the_return_link_must_be_a_web_address(shop: Caller) -> None:
    page = submit_consent(shop, redirect_url="javascript:alert(1)")
    assert "App authorized" in page.text
    assert not [link for link in page.all("a") if str(link.get("href")).startswith("javascript")]
