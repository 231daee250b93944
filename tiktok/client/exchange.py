"""An exchange: one HTTP call to TikTok and its answer, as they may be shown."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

from schemas.secret import Secret

SHORTEST_MASKED: Final = 8
"""A shorter secret may stand in an answer by chance."""
_ESCAPE: Final = re.compile("%[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange with TikTok, fit to be shown: no token, no signature, no app secret.

    `expected`: its refusal is an answer to what was asked, and no fault of anybody's.
    """

    operation: str
    at: datetime
    milliseconds: int
    product_id: str | None
    request: str
    http_status: int | None
    code: int | None
    message: str
    request_id: str | None
    response: str
    expected: bool = False

    @property
    def failed(self) -> bool:
        """No answer came, or it was a refusal that something follows from."""
        refused = self.http_status is None or self.http_status >= 400 or self.code not in (None, 0)
        return refused and not self.expected


@dataclass(frozen=True, slots=True)
class Request:
    """One call that is to be made. `shown` stands for a body that no one should read; `deadline` is in seconds, None
    the usual one.
    """

    operation: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    product_id: str | None = None
    content_type: str = "application/json"
    shown: str | None = None
    deadline: float | None = None


def masked(raw: bytes, secrets: Iterable[Secret]) -> bytes:
    """The answer without our secrets, should it quote one, in whatever form of writing."""
    for secret in secrets:
        if len(secret.reveal()) >= SHORTEST_MASKED:
            for form in _forms(secret):
                raw = raw.replace(form, repr(secret).encode())
    return raw


@lru_cache(maxsize=512)
def _forms(secret: Secret) -> tuple[bytes, ...]:
    """As it is, as URLs and JSON write it, in hex, and in base64 whatever stands before it."""
    found = secret.reveal()
    urls = [quote(found, safe=""), quote(found), quote_plus(found)]
    slashed = found.replace("/", "\\/")
    # Go writes & as an escape, and TikTok's gateway is written in it.
    json = [slashed, found.replace("&", "\\u0026"), slashed.replace("&", "\\u0026")]
    digits = found.encode().hex()
    every = [
        found,
        *urls,
        *map(_small_escapes, urls),
        *json,
        digits,
        digits.upper(),
        *_base64(found.encode()),
    ]
    return tuple(form.encode() for form in dict.fromkeys(every))


def _small_escapes(url: str) -> str:
    return _ESCAPE.sub(lambda match: match[0].lower(), url)


def _base64(raw: bytes) -> Iterator[str]:
    """What is the same in any longer text that holds it: all but the ends, which mix with their neighbours."""
    for before, mixed in enumerate((0, 2, 3)):
        whole = len(raw) + before
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(bytes(before) + raw).decode()
            yield text[mixed : whole // 3 * 4]


def lost(error: Exception) -> str:
    """Why there is no answer. The error's own words might quote the URL; its class can't."""
    return f"no answer ({type(error).__name__})"


def moment(seconds: float) -> datetime:
    """Unix seconds as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)
