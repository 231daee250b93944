"""Tokens: which access token opens which shops, and the auth host's refresh of them.

A token does not expire by itself. A refresh gives a new pair; whether TikTok lets the old refresh token live on is
undocumented, so here it dies (36004001), and the old access token goes on opening the shop.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sandbox.tiktok.changes import Changes, Kind
from sandbox.tiktok.refusals import INVALID, Refused
from sandbox.tiktok.shops import Shop

ACCESS_SECONDS: Final = 7 * 24 * 3600
REFRESH_SECONDS: Final = 365 * 24 * 3600
_SCOPES: Final = ("seller.product.basic", "seller.product.write", "seller.shop.info")


class Tokens:
    """The tokens that are good now. Its caller holds the lock."""

    def __init__(self, shops: Sequence[Shop], changes: Changes) -> None:
        self._shops = shops
        self._changes = changes
        self._access: dict[str, frozenset[str]] = {}
        self._refresh: dict[str, frozenset[str]] = {}
        for shop in shops:
            self._access[shop.access_token] = self.opens(shop.access_token) | {shop.shop_cipher}
            known = self._refresh.get(shop.refresh_token, frozenset())
            self._refresh[shop.refresh_token] = known | {shop.shop_cipher}

    def opens(self, access_token: str) -> frozenset[str]:
        """The ciphers of the shops that this token opens; none where the token is not known."""
        return self._access.get(access_token, frozenset())

    def issue(self, access: str, refresh: str, ciphers: Iterable[str]) -> None:
        """A new pair, for these shops."""
        self._access[access] = self._refresh[refresh] = frozenset(ciphers)
        issued = {"access_token": access, "ciphers": sorted(ciphers)}
        self._changes.note(Kind.ISSUED, refresh, value=issued)

    def spend(self, refresh: str) -> None:
        """This refresh token is good no more."""
        self._refresh.pop(refresh, None)
        self._changes.note(Kind.SPENT, refresh, value=True)

    def refresh(self, query: Mapping[str, str], now: float) -> dict[str, Any]:
        """`GET /api/v2/token/refresh`: a new pair. The `*_expire_in` are absolute Unix seconds. Raises `Refused`."""
        app = [shop for shop in self._shops if shop.app_key == query.get("app_key")]
        if not app or app[0].app_secret != query.get("app_secret"):
            raise Refused(INVALID, "Invalid 'app_key' or 'app_secret'.")
        if query.get("grant_type") != "refresh_token":
            raise Refused(INVALID, "Invalid 'grant_type': refresh_token is expected.")
        ciphers = self._refresh.get(query.get("refresh_token", ""), frozenset())
        mine = [shop for shop in app if shop.shop_cipher in ciphers]
        if not mine:
            raise Refused(36004001, "The refresh token is invalid or has expired.")
        access, refresh = (f"TTP_{secrets.token_urlsafe(24)}" for _ in range(2))
        self.spend(query["refresh_token"])
        self.issue(access, refresh, ciphers)
        return {
            "access_token": access,
            "access_token_expire_in": int(now) + ACCESS_SECONDS,
            "refresh_token": refresh,
            "refresh_token_expire_in": int(now) + REFRESH_SECONDS,
            "open_id": "7010736057180325637",
            "seller_name": mine[0].name,
            "seller_base_region": mine[0].region,
            "user_type": 0,
            "granted_scopes": list(_SCOPES),
        }
