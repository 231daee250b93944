"""Tokens: the refresh, the authorization code, and that no secret is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.secret import Secret
from schemas.tokens import TokenPair
from tests.tiktok.answering import Reply, answering, bytes_reply, failure, hang_up, success
from tests.tiktok.calling import NOW, Calling
from tests.tiktok.examples import ACCESS_TOKEN, APP_SECRET, REFRESH_TOKEN, shop
from tiktok.client import tokens
from tiktok.client.errors import NotAuthorized, TikTokError, Transient
from tiktok.client.exchange import Exchange
from tiktok.client.tokens import Authorization, CodeRefused, RefreshRefused
from tiktok.client.transport import Transport

GIVEN: dict[str, Any] = {
    "access_token": "TTP_new_access_token",
    "access_token_expire_in": int(NOW) + 7 * 86_400,
    "refresh_token": "TTP_new_refresh_token",
    "refresh_token_expire_in": int(NOW) + 365 * 86_400,
}
EXPIRED = failure(105002, "The access token has expired.", 401)
REVOKED = failure(36009004, "The 'x-tts-access-token' header is invalid.", 400)


def refreshed(*replies: Reply) -> tuple[TokenPair | TikTokError, list[Exchange], dict[str, str], str]:
    """Return the pair or the error, the exchanges, and the query and path that the auth host received."""
    exchanges: list[Exchange] = []
    with answering(*replies) as auth:
        connection = replace(shop(api_url="http://127.0.0.1:9").tiktok, auth_url=f"{auth.url}/auth/")
        try:
            found: Any = tokens.refresh(
                connection, exchanges.append, transport=Transport(), clock=lambda: NOW, deadline=0.5
            )
        except TikTokError as error:
            found = error
        return found, exchanges, auth.requests[0].query, auth.requests[0].path


def test_a_refresh_returns_the_new_pair_with_its_expiry_times() -> None:
    pair, _, query, path = refreshed(success(**GIVEN))
    now = datetime.fromtimestamp(NOW, UTC)
    assert pair == TokenPair(
        Secret("TTP_new_access_token"),
        Secret("TTP_new_refresh_token"),
        now,
        now + timedelta(days=7),
        now + timedelta(days=365),
    )
    assert path == "/auth/api/v2/token/refresh"
    assert query == {
        "app_key": "6a7b8c",
        "app_secret": APP_SECRET,
        "refresh_token": REFRESH_TOKEN,
        "grant_type": "refresh_token",
    }


@pytest.mark.parametrize("expiry", [None, 0, -1, "soon", True, 2**63 - 1])
def test_an_unreadable_expiry_is_none(expiry: object) -> None:
    pair, *_ = refreshed(success(**{**GIVEN, "access_token_expire_in": expiry}))
    assert isinstance(pair, TokenPair) and pair.access_until is None


@pytest.mark.parametrize(
    ("reply", "means"),
    [
        (failure(36004001, "The refresh token is invalid or has expired."), RefreshRefused),
        (failure(36004004, "no auth record"), RefreshRefused),
        (failure(36009004, "Invalid 'app_key' or 'app_secret'."), RefreshRefused),
        (failure(36009003, "Internal error", 500), Transient),
        (failure(36009002, "Too many requests", 429), Transient),
        (bytes_reply(b"<html>Bad gateway</html>", 502), Transient),
        (bytes_reply(b"<html>Welcome</html>"), Transient),
        (success(access_token="TTP_new_access_token"), Transient),
        (hang_up, Transient),
    ],
)
def test_a_response_of_the_auth_host_becomes_an_error(reply: Reply, means: type[TikTokError]) -> None:
    error, exchanges, *_ = refreshed(reply)
    assert type(error) is means
    assert len(exchanges) == 1


def test_a_refusal_says_what_to_do() -> None:
    error, *_ = refreshed(failure(36004001, "The refresh token has expired."))
    assert isinstance(error, RefreshRefused)
    assert (
        error.hint == "TikTok issues no new tokens: The refresh token has expired. Authorize the shop again."
    )


ECHO = f"{ACCESS_TOKEN} {REFRESH_TOKEN} {APP_SECRET}"


@pytest.mark.parametrize(
    "reply", [success(**GIVEN), failure(36004001, ECHO), failure(36009003, ECHO), hang_up]
)
def test_neither_old_nor_new_secrets_are_recorded(reply: Reply) -> None:
    found, exchanges, *_ = refreshed(reply)
    shown = f"{found!r} {found} {vars(found) if isinstance(found, TikTokError) else ''} {exchanges}"
    for secret in (ACCESS_TOKEN, REFRESH_TOKEN, APP_SECRET, "TTP_new_access_token", "TTP_new_refresh_token"):
        assert secret not in shown


def consented(*replies: Reply) -> tuple[Authorization | TikTokError, list[Exchange], dict[str, str], str]:
    """Return the authorization or the error, the exchanges, and the query and path that the auth host received."""
    exchanges: list[Exchange] = []
    with answering(*replies) as auth:
        app = replace(shop(api_url="http://127.0.0.1:9").tiktok, auth_url=f"{auth.url}/auth")
        try:
            found: Any = tokens.authorize(
                app,
                Secret("ROW_a_code_of_consent"),
                exchanges.append,
                transport=Transport(),
                clock=lambda: NOW,
                deadline=0.5,
            )
        except TikTokError as error:
            found = error
        return found, exchanges, auth.requests[0].query, auth.requests[0].path


def test_an_authorization_code_gives_tokens_seller_and_scopes() -> None:
    scopes = ["seller.product.basic", "seller.shop.info"]
    found, exchanges, query, path = consented(success(**GIVEN, seller_name="Maomao", granted_scopes=scopes))
    assert isinstance(found, Authorization)
    assert (found.seller, found.scopes) == ("Maomao", tuple(scopes))
    assert found.pair.access_token.reveal() == GIVEN["access_token"]
    assert path == "/auth/api/v2/token/get"
    assert query == {
        "app_key": "6a7b8c",
        "app_secret": APP_SECRET,
        "auth_code": "ROW_a_code_of_consent",
        "grant_type": "authorized_code",
    }
    assert "TTP_new" not in f"{found!r} {exchanges}"


def test_a_refused_code_is_not_recorded_and_has_a_hint() -> None:
    error, exchanges, *_ = consented(failure(36004004, f"ROW_a_code_of_consent of {APP_SECRET} is used up"))
    assert isinstance(error, CodeRefused)
    assert (
        error.hint
        == "An authorization code works once, within 30 minutes, and only for its app. Authorize again."
    )
    shown = f"{error} {vars(error)} {exchanges}"
    assert "ROW_a_code_of_consent" not in shown and APP_SECRET not in shown


def test_a_failure_of_the_auth_host_is_temporary() -> None:
    assert isinstance(consented(hang_up)[0], Transient)


@pytest.mark.parametrize("refused", [EXPIRED, REVOKED])
def test_a_refused_token_is_replaced_and_the_call_repeated_once(
    calling: Callable[..., Calling], refused: Reply
) -> None:
    renewed: list[Secret] = []

    def renew(token: Secret) -> Secret:
        renewed.append(token)
        return Secret("TTP_new_access_token")

    call = calling(refused, success(x="1"), success(x="2"), renew=renew)
    assert [call.write().data, call.write().data] == [{"x": "1"}, {"x": "2"}]
    assert [request.headers["x-tts-access-token"] for request in call.tiktok.requests] == [
        ACCESS_TOKEN,
        "TTP_new_access_token",
        "TTP_new_access_token",
    ]
    assert renewed == [Secret(ACCESS_TOKEN)]


def test_a_second_refused_token_is_not_replaced(calling: Callable[..., Calling]) -> None:
    renewed: list[Secret] = []

    def renew(token: Secret) -> Secret:
        renewed.append(token)
        return Secret("TTP_new_access_token")

    call = calling(EXPIRED, renew=renew)
    with pytest.raises(NotAuthorized):
        call.write()
    assert (len(call.tiktok.requests), len(renewed)) == (2, 1)


def test_without_renew_a_refused_token_is_an_error(calling: Callable[..., Calling]) -> None:
    call = calling(EXPIRED)
    with pytest.raises(NotAuthorized):
        call.write()
    assert len(call.tiktok.requests) == 1
