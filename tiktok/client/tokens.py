"""Tokens: the first ones for a seller's consent, and TikTok's refresh of them.

`GET {auth_url}/api/v2/token/get` and `.../refresh`, unsigned, their secrets in the query: so nothing of the request is
ever shown, and of the answer its code and words alone. The expiries are absolute Unix seconds. Whether the old refresh
token lives on is undocumented: it is taken for spent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from urllib3.exceptions import HTTPError

from schemas.secret import Secret
from schemas.shop import TikTokConnection
from schemas.tokens import TokenPair
from tiktok.client.errors import ShopStopped, TikTokError, Transient, Unknown
from tiktok.client.exchange import Exchange, lost, masked, moment
from tiktok.client.responses import judge
from tiktok.client.transport import Transport

DEADLINE: Final = 8.0
PATH: Final = "/api/v2/token/refresh"
OPERATION: Final = "refresh_token"
GET_PATH: Final = "/api/v2/token/get"
GET_OPERATION: Final = "get_token"
_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "magento-tiktok-sync"}
_T = TypeVar("_T")


class RefreshRefused(ShopStopped):
    """TikTok gives no new tokens: the authorization has ended, or it was never this app's."""


class CodeRefused(ShopStopped):
    """TikTok gives no tokens for a code of consent: it was used before, is too old, or is not this app's."""


@dataclass(frozen=True, slots=True)
class Authorized:
    """What a seller's consent gave: tokens, whose they are, and what the app may do."""

    pair: TokenPair
    seller: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """A call of the auth host; `secrets` are what its answer's words must not quote."""

    operation: str
    url: str
    query: Mapping[str, str]
    secrets: tuple[Secret, ...]
    refused: Callable[[TikTokError, str], TikTokError]


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
    asked = _Question(
        OPERATION,
        f"{tiktok.auth_url.rstrip('/')}{PATH}",
        {
            "app_key": tiktok.app_key,
            "app_secret": tiktok.app_secret.reveal(),
            "refresh_token": tiktok.refresh_token.reveal(),
            "grant_type": "refresh_token",
        },
        (tiktok.app_secret, tiktok.access_token, tiktok.refresh_token),
        _no_other_tokens,
    )
    return _answer(asked, _pair, exchange, transport, clock, deadline)


def authorize(
    tiktok: TikTokConnection,
    code: Secret,
    exchange: Callable[[Exchange], None],
    *,
    transport: Transport,
    clock: Callable[[], float] = time.time,
    deadline: float = DEADLINE,
) -> Authorized:
    """The first pair for a seller's code of consent, which works once; of `tiktok` only the app and the host count.

    Raises `CodeRefused` where TikTok says no, `Transient` where it gave no answer or was unwell (the code may be used
    up by then).
    """
    asked = _Question(
        GET_OPERATION,
        f"{tiktok.auth_url.rstrip('/')}{GET_PATH}",
        {
            "app_key": tiktok.app_key,
            "app_secret": tiktok.app_secret.reveal(),
            "auth_code": code.reveal(),
            "grant_type": "authorized_code",
        },
        (tiktok.app_secret, code),
        _no_tokens,
    )
    return _answer(asked, _authorized, exchange, transport, clock, deadline)


def _answer(
    asked: _Question,
    read: Callable[[Mapping[str, Any], datetime], _T],
    exchange: Callable[[Exchange], None],
    transport: Transport,
    clock: Callable[[], float],
    deadline: float,
) -> _T:
    began, running = clock(), time.monotonic()
    status: int | None = None
    failure: TikTokError | None = None
    try:
        url = f"{asked.url}?{urlencode(asked.query, quote_via=quote)}"
        status, headers, raw = transport.exchange("GET", url, _HEADERS, b"", running + deadline)
        answer = judge(asked.operation, status, headers, raw, moment(began))
        found = read(answer.data, moment(began))
    except TikTokError as error:
        failure = _meant(asked, error)
    except (HTTPError, OSError) as error:
        failure = Transient(asked.operation, lost(error))
    exchange(
        Exchange(
            operation=asked.operation,
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
    return found


def _authorized(data: Mapping[str, Any], now: datetime) -> Authorized:
    scopes = data.get("granted_scopes")
    return Authorized(
        _pair(data, now),
        str(data.get("seller_name") or ""),
        tuple(map(str, scopes)) if isinstance(scopes, list) else (),
    )


def _pair(data: Mapping[str, Any], now: datetime) -> TokenPair:
    access, refreshed = data.get("access_token"), data.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refreshed, str) and refreshed):
        raise Unknown("tokens", "the answer holds no tokens")
    return TokenPair(
        Secret(access),
        Secret(refreshed),
        now,
        _until(data, "access_token_expire_in"),
        _until(data, "refresh_token_expire_in"),
    )


def _until(data: Mapping[str, Any], name: str) -> datetime | None:
    value = data.get(name)
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) is int and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _meant(asked: _Question, error: TikTokError) -> TikTokError:
    """What the error means for the tokens: a no is for good, all else is for later."""
    message = masked(error.message.encode(), asked.secrets).decode()
    if isinstance(error, (Transient, Unknown)):
        return Transient(
            asked.operation, message, code=error.code, http_status=error.http_status, wait=error.wait
        )
    return asked.refused(error, message)


def _no_other_tokens(error: TikTokError, message: str) -> TikTokError:
    return RefreshRefused(
        OPERATION,
        message,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        hint=f"TikTok gives no new tokens: {message.rstrip('.')}. Authorize the shop again.",
    )


def _no_tokens(error: TikTokError, message: str) -> TikTokError:
    return CodeRefused(
        GET_OPERATION,
        message,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        hint="A code works once, for 30 minutes, and for the app that asked for it. Authorize again.",
    )
