"""Get the tokens of a seller who authorized the app, and refresh them.

The calls are `GET {auth_url}/api/v2/token/get` and `.../refresh`. They are unsigned and carry secrets in the query, so
only the code and the message of the response are recorded. TikTok's expiry times are absolute Unix seconds. Whether an
old refresh token stays valid is undocumented: it is treated as used up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from urllib3.exceptions import HTTPError

from schemas.secret import Secret
from schemas.shop import TikTokConnection
from schemas.tokens import TokenPair
from tiktok.client.errors import ShopStopped, TikTokError, Transient, Unknown
from tiktok.client.exchange import Exchange, lost, masked, moment
from tiktok.client.responses import read_response
from tiktok.client.transport import Transport
from tiktok.documents import Document

DEADLINE: Final = 8.0
PATH: Final = "/api/v2/token/refresh"
OPERATION: Final = "refresh_token"
GET_PATH: Final = "/api/v2/token/get"
GET_OPERATION: Final = "get_token"
_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "magento-tiktok-sync"}
_T = TypeVar("_T")


class RefreshRefused(ShopStopped):
    """TikTok issues no new tokens: the authorization has ended, or belongs to another app."""


class CodeRefused(ShopStopped):
    """TikTok issues no tokens for an authorization code: it was used, has expired, or belongs to another app."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The result of a seller's consent: tokens, the seller's name, and the app's permissions."""

    pair: TokenPair
    seller: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _TokenCall:
    """A call to the auth host. `secrets` are masked in TikTok's message; `refused` makes the error of a refusal."""

    operation: str
    url: str
    query: Mapping[str, str]
    secrets: tuple[Secret, ...]
    refused: Callable[[TikTokError, str], TikTokError]


def refresh(
    tiktok: TikTokConnection,
    exchanged: Callable[[Exchange], None],
    *,
    transport: Transport,
    clock: Callable[[], float] = time.time,
    deadline: float = DEADLINE,
) -> TokenPair:
    """Return a new pair of tokens for the current pair.

    Raises `RefreshRefused` if TikTok refuses, and `Transient` for a temporary failure or a missing response, after
    which the old pair may be used up.
    """
    call = _TokenCall(
        OPERATION,
        f"{tiktok.auth_url.rstrip('/')}{PATH}",
        {
            "app_key": tiktok.app_key,
            "app_secret": tiktok.app_secret.reveal(),
            "refresh_token": tiktok.refresh_token.reveal(),
            "grant_type": "refresh_token",
        },
        (tiktok.app_secret, tiktok.access_token, tiktok.refresh_token),
        _refresh_refused,
    )
    return _send(call, _pair, exchanged, transport, clock, deadline)


def authorize(
    tiktok: TikTokConnection,
    code: Secret,
    exchanged: Callable[[Exchange], None],
    *,
    transport: Transport,
    clock: Callable[[], float] = time.time,
    deadline: float = DEADLINE,
) -> Authorization:
    """Return the first pair of tokens for an authorization code, which works once.

    Only the app and the auth host of `tiktok` are used. Raises `CodeRefused` if TikTok refuses, and `Transient` for a
    temporary failure or a missing response, after which the code may be used up.
    """
    call = _TokenCall(
        GET_OPERATION,
        f"{tiktok.auth_url.rstrip('/')}{GET_PATH}",
        {
            "app_key": tiktok.app_key,
            "app_secret": tiktok.app_secret.reveal(),
            "auth_code": code.reveal(),
            "grant_type": "authorized_code",
        },
        (tiktok.app_secret, code),
        _code_refused,
    )
    return _send(call, _authorized, exchanged, transport, clock, deadline)


def _send(
    call: _TokenCall,
    read: Callable[[Document, datetime], _T],
    exchanged: Callable[[Exchange], None],
    transport: Transport,
    clock: Callable[[], float],
    deadline: float,
) -> _T:
    began, monotonic_began = clock(), time.monotonic()
    status: int | None = None
    failure: TikTokError | None = None
    try:
        url = f"{call.url}?{urlencode(call.query, quote_via=quote)}"
        status, headers, raw = transport.exchange("GET", url, _HEADERS, b"", monotonic_began + deadline)
        answer = read_response(call.operation, status, headers, raw, moment(began))
        found = read(answer.data, moment(began))
    except TikTokError as error:
        failure = _token_error(call, error)
    except (HTTPError, OSError) as error:
        failure = Transient(call.operation, lost(error))
    exchanged(
        Exchange(
            operation=call.operation,
            at=moment(began),
            milliseconds=int((time.monotonic() - monotonic_began) * 1000),
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


def _authorized(data: Document, now: datetime) -> Authorization:
    scopes = data.get("granted_scopes")
    return Authorization(
        _pair(data, now),
        str(data.get("seller_name") or ""),
        tuple(map(str, scopes)) if isinstance(scopes, list) else (),
    )


def _pair(data: Document, now: datetime) -> TokenPair:
    access, refreshed = data.get("access_token"), data.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refreshed, str) and refreshed):
        raise Unknown("tokens", "the answer contains no tokens")
    return TokenPair(
        Secret(access),
        Secret(refreshed),
        now,
        _until(data, "access_token_expire_in"),
        _until(data, "refresh_token_expire_in"),
    )


def _until(data: Document, name: str) -> datetime | None:
    value = data.get(name)
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) is int and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _token_error(call: _TokenCall, error: TikTokError) -> TikTokError:
    """Return the error of a token call: a refusal is permanent, everything else is temporary."""
    message = masked(error.message.encode(), call.secrets).decode()
    if isinstance(error, (Transient, Unknown)):
        return Transient(
            call.operation, message, code=error.code, http_status=error.http_status, wait=error.wait
        )
    return call.refused(error, message)


def _refresh_refused(error: TikTokError, message: str) -> TikTokError:
    return RefreshRefused(
        OPERATION,
        message,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        hint=f"TikTok issues no new tokens: {message.rstrip('.')}. Authorize the shop again.",
    )


def _code_refused(error: TikTokError, message: str) -> TikTokError:
    return CodeRefused(
        GET_OPERATION,
        message,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        hint="An authorization code works once, within 30 minutes, and only for its app. Authorize again.",
    )
