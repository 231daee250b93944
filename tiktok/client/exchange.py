"""One HTTP exchange with TikTok, recorded without secrets."""

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
"""Characters. A shorter secret could appear in a response by chance."""
_MASK: Final = repr(Secret("")).encode()
_ESCAPE: Final = re.compile("%[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange with TikTok, safe to show: it contains no token, signature or app secret.

    `expected` marks an error code that the caller counts as a normal result.
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
        """Whether no response came, or one with an error that was not expected."""
        refused = self.http_status is None or self.http_status >= 400 or self.code not in (None, 0)
        return refused and not self.expected


@dataclass(frozen=True, slots=True)
class Request:
    """A call to make.

    `shown` is recorded in place of a body that is not readable text. `deadline` is in seconds, None for the default.
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
    """Return the response with every occurrence of these secrets masked, in every encoding that it may have."""
    return _occurrences(frozenset(secrets)).sub(_MASK, raw)


@lru_cache(maxsize=128)
def _occurrences(secrets: frozenset[Secret]) -> re.Pattern[bytes]:
    """Return a pattern of every encoding of these secrets: one pass over a response costs less than one for each."""
    encodings = {
        form for secret in secrets if len(secret.reveal()) >= SHORTEST_MASKED for form in _encodings(secret)
    }
    # One encoding may begin with another; the longest is masked. Without any, the pattern never matches.
    longest_first = sorted(encodings, key=lambda form: (-len(form), form))
    return re.compile(b"|".join(map(re.escape, longest_first)) or rb"(?!)")


def _encodings(secret: Secret) -> tuple[bytes, ...]:
    """Return the secret as plain text, URL-encoded, JSON-escaped, in hex, and in base64 at each of three offsets."""
    found = secret.reveal()
    urls = [quote(found, safe=""), quote(found), quote_plus(found)]
    slashed = found.replace("/", "\\/")
    # Go escapes & in JSON, and TikTok's gateway is written in Go.
    json = [slashed, found.replace("&", "\\u0026"), slashed.replace("&", "\\u0026")]
    digits = found.encode().hex()
    every = [
        found,
        *urls,
        *map(_lower_case_escapes, urls),
        *json,
        digits,
        digits.upper(),
        *_base64(found.encode()),
    ]
    return tuple(form.encode() for form in dict.fromkeys(every))


def _lower_case_escapes(url: str) -> str:
    return _ESCAPE.sub(lambda match: match[0].lower(), url)


def _base64(raw: bytes) -> Iterator[str]:
    """Yield the part of the base64 text that does not depend on the neighbours: all but its ends."""
    for before, mixed in enumerate((0, 2, 3)):
        whole = len(raw) + before
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(bytes(before) + raw).decode()
            yield text[mixed : whole // 3 * 4]


def lost(error: Exception) -> str:
    """Return why there is no response. Only the error's class is named, because its message might quote the URL."""
    return f"no answer ({type(error).__name__})"


def moment(seconds: float) -> datetime:
    """Return Unix seconds as an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)
