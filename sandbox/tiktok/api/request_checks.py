"""Authenticate and authorize a request, in TikTok's order, before its body is read.

app_key -> timestamp -> sign -> token -> shop_cipher -> scope. Sources: Partner Center, *Sign your API request* and
*Common errors*; the order is inferred.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from sandbox.tiktok.protocol.endpoints import Operation, scope_of
from sandbox.tiktok.protocol.errors import INVALID, ApiError
from sandbox.tiktok.protocol.request import Request, signature
from sandbox.tiktok.shops import Shop
from sandbox.tiktok.state.tokens import Tokens

MAX_AGE_SECONDS: Final = 300
MAX_AHEAD_SECONDS: Final = 30


def authenticate(
    request: Request, shops: Sequence[Shop], tokens: Tokens, now: float, *, needs_cipher: bool
) -> Shop:
    """Return the shop of this request, or any shop of its token for a call without a shop. Raises `ApiError`."""
    query = request.query
    app_shops = [shop for shop in shops if shop.app_key == query.get("app_key")]
    if not app_shops:
        raise ApiError(INVALID, "Invalid 'app_key': it is missing, unknown or disabled.")
    _check_timestamp(query.get("timestamp", ""), now)
    if not query.get("sign"):
        raise ApiError(INVALID, "Missing credentials: the 'sign' signature has not been provided.")
    if not hmac.compare_digest(query["sign"].encode(), signature(app_shops[0].app_secret, request).encode()):
        raise ApiError(106001, "The sign is invalid. Check the app secret and the string that was signed.")
    authorized = tokens.shop_ciphers(request.token, now)
    authorized_shops = [shop for shop in app_shops if shop.shop_cipher in authorized]
    if not authorized_shops:
        raise ApiError(INVALID, "The 'x-tts-access-token' header is missing or invalid.")
    return _shop(query.get("shop_cipher"), authorized_shops, needs_cipher)


def check_scope(shop: Shop, operation: Operation) -> None:
    """Raise `ApiError` if the seller has not granted the scope that this call needs."""
    needed = scope_of(operation)
    if needed not in shop.scopes:
        raise ApiError(105005, f"Access denied: the app lacks the scope '{needed}' of this shop.")


def _check_timestamp(timestamp: str, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 10):
        raise ApiError(INVALID, "Invalid 'timestamp': Unix seconds with ten digits are expected.")
    if int(timestamp) < now - MAX_AGE_SECONDS:
        raise ApiError(INVALID, "Invalid 'timestamp': it is earlier than 5 minutes ago.")
    if int(timestamp) > now + MAX_AHEAD_SECONDS:
        raise ApiError(INVALID, "Invalid 'timestamp': it is more than 30 seconds in the future.")


def _shop(cipher: str | None, authorized_shops: Sequence[Shop], needs_cipher: bool) -> Shop:
    if not needs_cipher:
        if cipher is not None:
            raise ApiError(INVALID, "Unexpected identifier: 'shop_cipher' is not required by this API.")
        return authorized_shops[0]
    if not cipher:
        raise ApiError(106013, "The shop_cipher is missing.")
    for shop in authorized_shops:
        if shop.shop_cipher == cipher:
            return shop
    raise ApiError(101000, "The access token and the shop_cipher do not match.")
