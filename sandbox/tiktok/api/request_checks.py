"""The gate: who calls, and may they? Asked in TikTok's order, before anything of the body is looked at.

app_key -> timestamp -> sign -> token -> shop_cipher -> scope. Sources: Partner Center, *Sign your API request* and
*Common errors*; the order is inferred.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from sandbox.tiktok.api.endpoints import Operation, scope_of
from sandbox.tiktok.api.errors import INVALID, Refused
from sandbox.tiktok.api.tokens import Tokens
from sandbox.tiktok.shops import Shop

OLDEST: Final = 300
NEWEST: Final = 30
_UNSIGNED: Final = frozenset({"sign", "access_token"})


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as it came: the path decoded, the query and the body raw."""

    method: str
    path: str
    raw_query: bytes
    body: bytes
    content_type: str
    token: str

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded parameters; the first value holds where a name comes twice."""
        pairs = parse_qsl(self.raw_query.decode("latin-1"), keep_blank_values=True)
        return dict(reversed(pairs))

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()


def signature(app_secret: str, request: Request) -> str:
    """The signature that this request should carry: lower-case hex HMAC-SHA256."""
    query = request.query
    signed = request.path + "".join(name + query[name] for name in sorted(query) if name not in _UNSIGNED)
    message = signed.encode() + (b"" if request.media_type == "multipart/form-data" else request.body)
    key = app_secret.encode()
    return hmac.new(key, key + message + key, hashlib.sha256).hexdigest()


def admit(request: Request, shops: Sequence[Shop], tokens: Tokens, now: float, *, wants_cipher: bool) -> Shop:
    """The shop that this request is for; of a call without a shop, one that its token opens. Raises `Refused`."""
    query = request.query
    app = [shop for shop in shops if shop.app_key == query.get("app_key")]
    if not app:
        raise Refused(INVALID, "Invalid 'app_key': it is missing, unknown or disabled.")
    _check_timestamp(query.get("timestamp", ""), now)
    if not query.get("sign"):
        raise Refused(INVALID, "Missing credentials: the 'sign' signature has not been provided.")
    if not hmac.compare_digest(query["sign"].encode(), signature(app[0].app_secret, request).encode()):
        raise Refused(106001, "The sign is invalid. Check the app secret and the string that was signed.")
    opened = tokens.opens(request.token, now)
    mine = [shop for shop in app if shop.shop_cipher in opened]
    if not mine:
        raise Refused(INVALID, "The 'x-tts-access-token' header is missing or invalid.")
    return _shop(query.get("shop_cipher"), mine, wants_cipher)


def check_scope(shop: Shop, operation: Operation) -> None:
    """Raise `Refused` where the seller has not granted what this call needs."""
    needed = scope_of(operation)
    if needed not in shop.scopes:
        raise Refused(105005, f"Access denied: the app lacks the scope '{needed}' of this shop.")


def _check_timestamp(told: str, now: float) -> None:
    if not (told.isascii() and told.isdigit() and len(told) == 10):
        raise Refused(INVALID, "Invalid 'timestamp': Unix seconds with ten digits are expected.")
    if int(told) < now - OLDEST:
        raise Refused(INVALID, "Invalid 'timestamp': it is earlier than 5 minutes ago.")
    if int(told) > now + NEWEST:
        raise Refused(INVALID, "Invalid 'timestamp': it is more than 30 seconds in the future.")


def _shop(cipher: str | None, mine: Sequence[Shop], wants_cipher: bool) -> Shop:
    if not wants_cipher:
        if cipher is not None:
            raise Refused(INVALID, "Unexpected identifier: 'shop_cipher' is not required by this API.")
        return mine[0]
    if not cipher:
        raise Refused(106013, "The shop_cipher is missing.")
    for shop in mine:
        if shop.shop_cipher == cipher:
            return shop
    raise Refused(101000, "The access token and the shop_cipher do not match.")
