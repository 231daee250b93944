"""The sandboxes' own doors, as a trial knocks on them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode


class TrialFailed(Exception):
    """The trial could not be carried out to its end."""


def consented_tokens(tiktok_url: str, app_key: str, app_secret: str, shop_cipher: str) -> dict[str, str]:
    """The seller consents, and the app fetches its first pair: `access_token` and `refresh_token`."""
    code = call(f"{tiktok_url}/_sandbox/consent", "POST", {"shop": shop_cipher})["code"]
    query = {
        "app_key": app_key,
        "app_secret": app_secret,
        "auth_code": code,
        "grant_type": "authorized_code",
    }
    given = call(f"{tiktok_url}/auth/api/v2/token/get?{urlencode(query)}")["data"]
    return {name: given[name] for name in ("access_token", "refresh_token")}


def call(url: str, method: str = "GET", body: object = None) -> Any:
    """A call of a sandbox's own door. Raises `TrialFailed` with what it answered."""
    request = urllib.request.Request(  # noqa: S310
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise TrialFailed(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}") from error
    except OSError as error:
        raise TrialFailed(f"{method} {url}: {error}") from error
