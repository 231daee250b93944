"""A request to the API, and the signature that it must have. Source: Partner Center, *Sign your API request*."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

_UNSIGNED: Final = frozenset({"sign", "access_token"})


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as received: the path decoded, the query and the body raw."""

    method: str
    path: str
    raw_query: bytes
    body: bytes
    content_type: str
    token: str

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded parameters; the first value counts if a name is repeated."""
        pairs = parse_qsl(self.raw_query.decode("latin-1"), keep_blank_values=True)
        return dict(reversed(pairs))

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()


def signature(app_secret: str, request: Request) -> str:
    """Return the signature that this request must have: lower-case hex HMAC-SHA256."""
    query = request.query
    signed = request.path + "".join(name + query[name] for name in sorted(query) if name not in _UNSIGNED)
    message = signed.encode() + (b"" if request.media_type == "multipart/form-data" else request.body)
    key = app_secret.encode()
    return hmac.new(key, key + message + key, hashlib.sha256).hexdigest()
