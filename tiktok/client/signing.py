"""TikTok Shop's request signature (Partner Center, "Sign your API request")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

_UNSIGNED = frozenset({"sign", "access_token"})


def sign(
    app_secret: str,
    path: str,
    query: Mapping[str, str],
    body: bytes = b"",
    content_type: str = "application/json",
) -> str:
    """Return the signature of a request: an HMAC-SHA256 in lower-case hex.

    `query` contains the decoded values, `body` the exact bytes to send. The body of a multipart request is not signed.
    """
    joined = "".join(f"{key}{query[key]}" for key in sorted(query) if key not in _UNSIGNED)
    message = path.encode() + joined.encode()
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        message += body
    secret = app_secret.encode()
    return hmac.new(secret, secret + message + secret, hashlib.sha256).hexdigest()
