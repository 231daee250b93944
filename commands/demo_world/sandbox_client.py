"""A client of the sandboxes' control endpoints."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


class TrialFailed(Exception):
    """Raised when a trial could not be carried out to its end."""


def consented_tokens(tiktok_url: str, app_key: str, app_secret: str, shop_cipher: str) -> dict[str, str]:
    """Consent as the seller, exchange the code, and return the pair: `access_token` and `refresh_token`."""
    code = call(f"{tiktok_url}/_sandbox/consent", "POST", {"shop": shop_cipher})["code"]
    query = {
        "app_key": app_key,
        "app_secret": app_secret,
        "auth_code": code,
        "grant_type": "authorized_code",
    }
    pair = call(f"{tiktok_url}/auth/api/v2/token/get?{urlencode(query)}")["data"]
    return {name: pair[name] for name in ("access_token", "refresh_token")}


def call(url: str, method: str = "GET", body: object = None, headers: Mapping[str, str] | None = None) -> Any:
    """Call a sandbox and return its JSON; `bytes` are sent as they are. Raises `TrialFailed` with its answer."""
    request = urllib.request.Request(  # noqa: S310
        url,
        method=method,
        data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"content-type": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise TrialFailed(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}") from error
    except OSError as error:
        raise TrialFailed(f"{method} {url}: {error}") from error
