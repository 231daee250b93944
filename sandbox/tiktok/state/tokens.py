"""Tokens: the seller's consent, the token pairs that the auth host issues for it, and their expiry.

A seller authorizes an app for all of their shops at once: shops that are configured with the same access token are one
seller's, and every pair is issued for all of them. An authorization code works once, within 30 minutes. Whether TikTok
keeps an old refresh token valid is undocumented; here a refresh ends it (36004001), while the old access token stays
valid until it expires. The tokens in a shop's configuration do not expire.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sandbox.tiktok.protocol.errors import INVALID, ApiError
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.unsaved_changes import Kind, UnsavedChanges

ACCESS_SECONDS: Final = 7 * 24 * 3600
REFRESH_SECONDS: Final = 365 * 24 * 3600
CODE_SECONDS: Final = 30 * 60
EXPIRED: Final = 105002
BAD_CODE: Final = 36004004
NO_AUTHORIZATION: Final = 36004005
REFRESH_ENDED: Final = 36004001


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and its refresh token for these shops; expiry in Unix seconds, None for never."""

    access_token: str
    refresh_token: str
    ciphers: tuple[str, ...]
    access_until: float | None = None
    refresh_until: float | None = None
    spent: bool = False
    revoked: bool = False


class Tokens:
    """All tokens ever issued. Its caller holds the lock."""

    def __init__(self, shops: Sequence[Shop], changes: UnsavedChanges) -> None:
        self._shops = shops
        self._changes = changes
        self._pairs: dict[str, TokenPair] = {}
        self._codes: dict[str, tuple[tuple[str, ...], float]] = {}
        for shop in shops:
            existing = self._pairs.get(shop.access_token)
            ciphers = (*existing.ciphers, shop.shop_cipher) if existing else (shop.shop_cipher,)
            self._pairs[shop.access_token] = TokenPair(shop.access_token, shop.refresh_token, ciphers)

    def shop_ciphers(self, access_token: str, now: float) -> frozenset[str]:
        """Return the ciphers of the token's shops. Raises `ApiError` if it is unknown, revoked or expired."""
        pair = self._pairs.get(access_token)
        if pair is None or pair.revoked:
            raise ApiError(INVALID, "The 'x-tts-access-token' header is missing or invalid.")
        if pair.access_until is not None and now >= pair.access_until:
            raise ApiError(EXPIRED, "The access token has expired. Refresh it and try again.")
        return frozenset(pair.ciphers)

    def save(self, pair: TokenPair) -> None:
        """Insert or replace the pair."""
        self._pairs[pair.access_token] = pair
        self._changes.add(Kind.TOKENS, pair.access_token, value=pair)

    def restore(self, pair: TokenPair) -> None:
        """Restore a saved pair. A configured pair is never restored as spent, because apps are set up with it."""
        starts_with = pair.access_token in {shop.access_token for shop in self._shops}
        self.save(replace(pair, spent=pair.spent and not starts_with))

    def expire(self, access_token: str, now: float) -> None:
        """Expire the access token now."""
        self.save(replace(self._pairs[access_token], access_until=now))

    def revoke(self, access_token: str) -> None:
        """Revoke both tokens of the pair: the seller has withdrawn their consent."""
        self.save(replace(self._pairs[access_token], revoked=True))

    def consent(self, cipher: str, now: float) -> str:
        """Return a new authorization code: the seller of this shop has consented, for all of their shops.

        Raises KeyError for an unknown shop.
        """
        by_cipher = {shop.shop_cipher: (shop.app_key, shop.access_token) for shop in self._shops}
        seller = by_cipher[cipher]
        code = f"ROW_{secrets.token_urlsafe(24)}"
        ciphers = tuple(other for other, authorization in by_cipher.items() if authorization == seller)
        self._codes[code] = (ciphers, now + CODE_SECONDS)
        return code

    def get(self, query: Mapping[str, str], now: float) -> dict[str, object]:
        """Handle `GET /api/v2/token/get`: issue the first pair for an authorization code. Raises `ApiError`."""
        app_shops = self._app_shops(query, "authorized_code")
        ciphers, expires_at = self._codes.get(query.get("auth_code", ""), ((), 0.0))
        authorized_shops = [shop for shop in app_shops if shop.shop_cipher in ciphers]
        if not authorized_shops or now >= expires_at:
            raise ApiError(BAD_CODE, "The authorization code is invalid, has expired or was used before.")
        del self._codes[query["auth_code"]]
        return self._issue(authorized_shops[0], ciphers, now)

    def refresh(self, query: Mapping[str, str], now: float) -> dict[str, object]:
        """Handle `GET /api/v2/token/refresh`: issue a new pair. Raises `ApiError`."""
        app_shops = self._app_shops(query, "refresh_token")
        refresh_token = query.get("refresh_token", "")
        pairs = [pair for pair in self._pairs.values() if pair.refresh_token == refresh_token]
        if any(pair.revoked for pair in pairs):
            raise ApiError(NO_AUTHORIZATION, "There is no authorization: the seller has withdrawn it.")
        valid = [pair for pair in pairs if not pair.spent and now < (pair.refresh_until or now + 1)]
        ciphers = tuple(dict.fromkeys(cipher for pair in valid for cipher in pair.ciphers))
        authorized_shops = [shop for shop in app_shops if shop.shop_cipher in ciphers]
        if not authorized_shops:
            raise ApiError(REFRESH_ENDED, "The refresh token is invalid or has expired.")
        for pair in valid:
            self.save(replace(pair, spent=True))
        return self._issue(authorized_shops[0], ciphers, now)

    def _app_shops(self, query: Mapping[str, str], grant_type: str) -> list[Shop]:
        app_shops = [shop for shop in self._shops if shop.app_key == query.get("app_key")]
        if not app_shops or app_shops[0].app_secret != query.get("app_secret"):
            raise ApiError(INVALID, "Invalid 'app_key' or 'app_secret'.")
        if query.get("grant_type") != grant_type:
            raise ApiError(INVALID, f"Invalid 'grant_type': {grant_type} is expected.")
        return app_shops

    def _issue(self, shop: Shop, ciphers: tuple[str, ...], now: float) -> dict[str, object]:
        """Issue a pair and build the auth host's data: `*_expire_in` are absolute Unix seconds."""
        access_token, refresh_token = (f"TTP_{secrets.token_urlsafe(24)}" for _ in range(2))
        pair = TokenPair(
            access_token, refresh_token, ciphers, int(now) + ACCESS_SECONDS, int(now) + REFRESH_SECONDS
        )
        self.save(pair)
        return {
            "access_token": access_token,
            "access_token_expire_in": pair.access_until,
            "refresh_token": refresh_token,
            "refresh_token_expire_in": pair.refresh_until,
            "open_id": "7010736057180325637",
            "seller_name": shop.name,
            "seller_base_region": shop.region,
            "user_type": 0,
            "granted_scopes": list(shop.scopes),
        }
