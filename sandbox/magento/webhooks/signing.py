"""How this store signs: Standard Webhooks, or a header of its own with an HMAC of the body.

Written from the description at standardwebhooks.com, on `hmac` alone, and never from the code of who verifies it: a
mistake made twice would look like agreement.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.magento.errors import InvalidChange


class Scheme(StrEnum):
    """Standard Webhooks' three headers, or one header with an HMAC-SHA256 of the body."""

    STANDARD_WEBHOOKS = "standard_webhooks"
    HMAC_HEADER = "hmac_header"


class Encoding(StrEnum):
    """How the HMAC is written in a header of its own."""

    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True)
class Target:
    """Where webhooks go, and how they are signed. The secret is in no repr."""

    url: str
    secret: str = field(repr=False)
    scheme: Scheme = Scheme.STANDARD_WEBHOOKS
    header: str = "x-webhook-signature"
    encoding: Encoding = Encoding.HEX
    prefix: str = ""

    def __post_init__(self) -> None:
        """Refuse what could never be sent."""
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", self.url):
            raise InvalidChange(f"url: {self.url!r} is not an http or https address.")
        if not re.fullmatch(r"[A-Za-z0-9-]{1,80}", self.header):
            raise InvalidChange(
                f"header: {self.header!r} is not a header's name. Use letters, digits and '-'."
            )
        if not self.secret:
            raise InvalidChange("secret: none is given. Webhooks of this store are always signed.")
        if self.scheme is Scheme.STANDARD_WEBHOOKS:
            key_of(self.secret)

    @classmethod
    def from_json(cls, told: object) -> Target:
        """From the settings call, or from the database. InvalidChange says what is wrong."""
        if not isinstance(told, dict) or not isinstance(told.get("url"), str):
            raise InvalidChange('A target is an object with "url" and "secret".')
        unknown = set(told) - {"url", "secret", "scheme", "header", "encoding", "prefix"}
        if unknown:
            raise InvalidChange(f"A target has no {', '.join(sorted(unknown))}.")
        try:
            scheme = Scheme(told.get("scheme", "standard_webhooks"))
            encoding = Encoding(told.get("encoding", "hex"))
        except ValueError as error:
            raise InvalidChange(
                f"{error}: scheme is standard_webhooks or hmac_header, encoding is hex or base64."
            ) from None
        header = str(told.get("header", "x-webhook-signature"))
        prefix = str(told.get("prefix", ""))
        return cls(told["url"], str(told.get("secret", "")), scheme, header, encoding, prefix)

    def shown(self) -> dict[str, str]:
        """For whoever asks: all but the secret."""
        return {
            "url": self.url,
            "scheme": self.scheme.value,
            "header": self.header,
            "encoding": self.encoding.value,
            "prefix": self.prefix,
        }

    def kept(self) -> dict[str, str]:
        """For the store's own database: what `from_json` reads, with the secret."""
        return {**self.shown(), "secret": self.secret}


def key_of(secret: str) -> bytes:
    """The key inside a Standard Webhooks secret, `whsec_` + base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise InvalidChange(
            "secret: a Standard Webhooks secret is whsec_ and the base64 of 24 to 64 random bytes."
        )
    return key


def signed_headers(target: Target, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove the body; `timestamp` in seconds since the epoch."""
    if target.scheme is Scheme.STANDARD_WEBHOOKS:
        message = b"%s.%d.%s" % (webhook_id.encode(), timestamp, body)
        digest = hmac.digest(key_of(target.secret), message, hashlib.sha256)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }
    digest = hmac.digest(target.secret.encode(), body, hashlib.sha256)
    written = digest.hex() if target.encoding is Encoding.HEX else base64.b64encode(digest).decode()
    return {target.header: target.prefix + written}
