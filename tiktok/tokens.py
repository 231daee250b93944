"""Tokens: TikTok's refresh of them, and when it is time for one.

`GET {auth_url}/api/v2/token/refresh`, unsigned, its secrets in the query: so nothing of the request is ever shown, and
of the answer its code and words alone. The expiries are absolute Unix seconds. Whether the old refresh token lives on
is undocumented: it is taken for spent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import requests
from urllib3.exceptions import HTTPError

from schemas.secret import Secret
from schemas.shop import TikTokConnection
from schemas.tokens import TokenPair
from tiktok.answers import judge
from tiktok.errors import ShopStopped, TikTokError, Transient, Unknown
from tiktok.exchange import Exchange, lost, masked, moment
from tiktok.transport import Transport

DEADLINE: Final = 8.0
PATH: Final = "/api/v2/token/refresh"
OPERATION: Final = "refresh_token"


class RefreshRefused(ShopStopped):
    """TikTok gives no new tokens: the authorization has ended, or it was never this app's."""


def refresh(
    tiktok: TikTokConnection,
    exchange: Callable[[Exchange], None],
    *,
    transport: Transport,
    clock: Callable[[], float] = time.time,
    deadline: float = DEADLINE,
) -> TokenPair:
    """A new pair for this one.

    Raises `RefreshRefused` where TikTok says no, `Transient` where it gave no answer or was unwell (the old pair may be
    spent by then).
    """
    began, running = clock(), time.monotonic()
    status: int | None = None
    failure: TikTokError | None = None
    try:
        status, headers, raw = transport.exchange(_request(tiktok), running + deadline)
        answer = judge(OPERATION, status, headers, raw, moment(began))
        pair = _pair(answer.data, moment(began))
    except TikTokError as error:
        failure = _meant(error, _quoting_nothing(error.message, tiktok))
    except (requests.RequestException, HTTPError, OSError) as error:
        failure = Transient(OPERATION, lost(error))
    exchange(
        Exchange(
            operation=OPERATION,
            at=moment(began),
            milliseconds=int((time.monotonic() - running) * 1000),
            product_id=None,
            request="",
            http_status=status,
            code=failure.code if failure else 0,
            message=failure.message if failure else "Success",
            request_id=failure.request_id if failure else answer.request_id,
            response="",
        )
    )
    if failure is not None:
        raise failure
    return pair


def _request(tiktok: TikTokConnection) -> requests.PreparedRequest:
    query = {
        "app_key": tiktok.app_key,
        "app_secret": tiktok.app_secret.reveal(),
        "refresh_token": tiktok.refresh_token.reveal(),
        "grant_type": "refresh_token",
    }
    return requests.Request(
        "GET",
        f"{tiktok.auth_url.rstrip('/')}{PATH}?{urlencode(query, quote_via=quote)}",
        headers={"accept-encoding": "identity", "user-agent": "magento-tiktok-sync"},
    ).prepare()


def _pair(data: Mapping[str, Any], now: datetime) -> TokenPair:
    access, refreshed = data.get("access_token"), data.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refreshed, str) and refreshed):
        raise Unknown(OPERATION, "the answer holds no tokens")
    return TokenPair(
        Secret(access),
        Secret(refreshed),
        now,
        _until(data, "access_token_expire_in"),
        _until(data, "refresh_token_expire_in"),
    )


def _until(data: Mapping[str, Any], name: str) -> datetime | None:
    told = data.get(name)
    try:
        return datetime.fromtimestamp(told, UTC) if type(told) is int and told > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _quoting_nothing(message: str, tiktok: TikTokConnection) -> str:
    secrets = (tiktok.app_secret, tiktok.access_token, tiktok.refresh_token)
    return masked(message.encode(), secrets).decode()


def _meant(error: TikTokError, message: str) -> TikTokError:
    """What the error means for the tokens: a no is for good, all else is for later."""
    if isinstance(error, (Transient, Unknown)):
        return Transient(OPERATION, message, code=error.code, http_status=error.http_status, wait=error.wait)
    return RefreshRefused(
        OPERATION,
        message,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        hint=f"TikTok gives no new tokens: {message.rstrip('.')}. Authorize the shop again.",
    )
