"""Tokens: the seller's consent, the pairs that the auth host gives for it, and how they end.

A code of consent works once, for 30 minutes. Whether TikTok lets an old refresh token live on is undocumented, so here
it dies with its refresh (36004001), and the old access token goes on until its own end. The tokens that a shop starts
with have no end of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.tiktok.api.errors import INVALID, Refused
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.unsaved_changes import Changes, Kind

ACCESS_SECONDS: Final = 7 * 24 * 3600
REFRESH_SECONDS: Final = 365 * 24 * 3600
CODE_SECONDS: Final = 30 * 60
EXPIRED: Final = 105002
BAD_CODE: Final = 36004004
NO_AUTHORIZATION: Final = 36004005
REFRESH_ENDED: Final = 36004001


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token and its refresh token for these shops; the ends in Unix seconds, None is never."""

    access_token: str
    refresh_token: str
    ciphers: tuple[str, ...]
    access_until: float | None = None
    refresh_until: float | None = None
    spent: bool = False
    revoked: bool = False


class Tokens:
    """The tokens that were ever given. Its caller holds the lock."""

    def __init__(self, shops: Sequence[Shop], changes: Changes) -> None:
        self._shops = shops
        self._changes = changes
        self._pairs: dict[str, Pair] = {}
        self._codes: dict[str, tuple[str, float]] = {}
        for shop in shops:
            held = self._pairs.get(shop.access_token)
            ciphers = (*held.ciphers, shop.shop_cipher) if held else (shop.shop_cipher,)
            self._pairs[shop.access_token] = Pair(shop.access_token, shop.refresh_token, ciphers)

    def opens(self, access_token: str, now: float) -> frozenset[str]:
        """The ciphers of the shops that this token opens. Raises `Refused` where it is unknown, revoked or expired."""
        pair = self._pairs.get(access_token)
        if pair is None or pair.revoked:
            raise Refused(INVALID, "The 'x-tts-access-token' header is missing or invalid.")
        if pair.access_until is not None and now >= pair.access_until:
            raise Refused(EXPIRED, "The access token has expired. Refresh it and try again.")
        return frozenset(pair.ciphers)

    def put(self, pair: Pair) -> None:
        """This pair is as it is here from now on."""
        self._pairs[pair.access_token] = pair
        self._changes.note(Kind.TOKENS, pair.access_token, value=pair)

    def resume(self, pair: Pair) -> None:
        """A pair as it was kept. The one that a shop starts with is not spent: who is set up with it must get in."""
        starts_with = pair.access_token in {shop.access_token for shop in self._shops}
        self.put(replace(pair, spent=pair.spent and not starts_with))

    def expire(self, access_token: str, now: float) -> None:
        """The access token has come to its end."""
        self.put(replace(self._pairs[access_token], access_until=now))

    def revoke(self, access_token: str) -> None:
        """The seller has withdrawn their consent: neither token of the pair is good any more."""
        self.put(replace(self._pairs[access_token], revoked=True))

    def consent(self, cipher: str, now: float) -> str:
        """The seller consents in their browser; the code that the app is given. KeyError for an unknown shop."""
        if cipher not in {shop.shop_cipher for shop in self._shops}:
            raise KeyError(cipher)
        code = f"ROW_{secrets.token_urlsafe(24)}"
        self._codes[code] = (cipher, now + CODE_SECONDS)
        return code

    def get(self, query: Mapping[str, str], now: float) -> dict[str, Any]:
        """`GET /api/v2/token/get`: the first pair for a code of consent. Raises `Refused`."""
        app = self._app(query, "authorized_code")
        cipher, until = self._codes.get(query.get("auth_code", ""), ("", 0.0))
        mine = [shop for shop in app if shop.shop_cipher == cipher]
        if not mine or now >= until:
            raise Refused(BAD_CODE, "The authorization code is invalid, has expired or was used before.")
        del self._codes[query["auth_code"]]
        return self._given(mine[0], (cipher,), now)

    def refresh(self, query: Mapping[str, str], now: float) -> dict[str, Any]:
        """`GET /api/v2/token/refresh`: a new pair. Raises `Refused`."""
        app = self._app(query, "refresh_token")
        asked = query.get("refresh_token", "")
        pairs = [pair for pair in self._pairs.values() if pair.refresh_token == asked]
        if any(pair.revoked for pair in pairs):
            raise Refused(NO_AUTHORIZATION, "There is no authorization: the seller has withdrawn it.")
        good = [pair for pair in pairs if not pair.spent and now < (pair.refresh_until or now + 1)]
        ciphers = tuple(dict.fromkeys(cipher for pair in good for cipher in pair.ciphers))
        mine = [shop for shop in app if shop.shop_cipher in ciphers]
        if not mine:
            raise Refused(REFRESH_ENDED, "The refresh token is invalid or has expired.")
        for pair in good:
            self.put(replace(pair, spent=True))
        return self._given(mine[0], ciphers, now)

    def _app(self, query: Mapping[str, str], grant_type: str) -> list[Shop]:
        app = [shop for shop in self._shops if shop.app_key == query.get("app_key")]
        if not app or app[0].app_secret != query.get("app_secret"):
            raise Refused(INVALID, "Invalid 'app_key' or 'app_secret'.")
        if query.get("grant_type") != grant_type:
            raise Refused(INVALID, f"Invalid 'grant_type': {grant_type} is expected.")
        return app

    def _given(self, shop: Shop, ciphers: tuple[str, ...], now: float) -> dict[str, Any]:
        """A new pair, as the auth host tells it: the `*_expire_in` are absolute Unix seconds."""
        access, refresh = (f"TTP_{secrets.token_urlsafe(24)}" for _ in range(2))
        pair = Pair(access, refresh, ciphers, int(now) + ACCESS_SECONDS, int(now) + REFRESH_SECONDS)
        self.put(pair)
        return {
            "access_token": access,
            "access_token_expire_in": pair.access_until,
            "refresh_token": refresh,
            "refresh_token_expire_in": pair.refresh_until,
            "open_id": "7010736057180325637",
            "seller_name": shop.name,
            "seller_base_region": shop.region,
            "user_type": 0,
            "granted_scopes": list(shop.scopes),
        }
