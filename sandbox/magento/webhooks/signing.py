"""Where webhooks go, which events they are of, and their signatures: Standard Webhooks, or an HMAC in a custom header.

Written from the description at standardwebhooks.com, with `hmac` only, and not from the code that verifies it: a
mistake made twice would pass for agreement.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.magento.errors import InvalidChange
from sandbox.magento.events.event import STOCK_ITEM_EVENTS, USUAL_HOOKS, Event, Fired


class Scheme(StrEnum):
    """Standard Webhooks with its three headers, or one header with an HMAC-SHA256 of the body."""

    STANDARD_WEBHOOKS = "standard_webhooks"
    HMAC_HEADER = "hmac_header"


class Encoding(StrEnum):
    """How a custom header writes the HMAC."""

    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True)
class Target:
    """Where webhooks go, of which events, and how they are signed. The secret is in no repr.

    A product save fires the stock item's event first. `stock_with_saves` sends it too, as a module that hooks both
    events does: two webhooks for each save. Otherwise the stock item's event is sent where no product was saved.
    With a `sku_prefix` only acts on a product whose SKU starts with it are sent, as by a hook with a condition.
    """

    url: str
    secret: str = field(repr=False)
    scheme: Scheme = Scheme.STANDARD_WEBHOOKS
    header: str = "x-webhook-signature"
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    events: tuple[Event, ...] = USUAL_HOOKS
    stock_with_saves: bool = False
    sku_prefix: str = ""

    def hooks(self, fired: Fired, skus: Iterable[str] = ()) -> bool:
        """Return whether a webhook is sent for this event of an act on the products with these SKUs."""
        if self.sku_prefix and not any(sku.startswith(self.sku_prefix) for sku in skus):
            return False
        repeated = fired.in_product_save and fired.event in STOCK_ITEM_EVENTS and not self.stock_with_saves
        return fired.event in self.events and not repeated

    def __post_init__(self) -> None:
        """Raise `InvalidChange` for a target that could never work."""
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", self.url):
            raise InvalidChange(f"url: {self.url!r} is not an http or https address.")
        if not re.fullmatch(r"[A-Za-z0-9-]{1,80}", self.header):
            raise InvalidChange(f"header: {self.header!r} is not a header name. Use letters, digits and '-'.")
        if not self.secret:
            raise InvalidChange("secret: it is missing. Webhooks of this store are always signed.")
        if self.scheme is Scheme.STANDARD_WEBHOOKS:
            decode_key(self.secret)

    @classmethod
    def from_json(cls, document: object) -> Target:
        """Read a target from the settings call or from the database. Raises `InvalidChange`."""
        if not isinstance(document, dict) or not isinstance(document.get("url"), str):
            raise InvalidChange('A target is an object with "url" and "secret".')
        unknown = set(document) - {
            *("url", "secret", "scheme", "header", "encoding", "prefix", "events", "stock_with_saves"),
            "sku_prefix",
        }
        if unknown:
            raise InvalidChange(f"A target has no {', '.join(sorted(unknown))}.")
        try:
            scheme = Scheme(document.get("scheme", "standard_webhooks"))
            encoding = Encoding(document.get("encoding", "hex"))
        except ValueError as error:
            raise InvalidChange(
                f"{error}: scheme must be standard_webhooks or hmac_header, encoding hex or base64."
            ) from None
        header = str(document.get("header", "x-webhook-signature"))
        prefix = str(document.get("prefix", ""))
        with_saves = document.get("stock_with_saves", False)
        if not isinstance(with_saves, bool):
            raise InvalidChange(f"stock_with_saves: {with_saves!r} is neither true nor false.")
        return cls(
            document["url"],
            str(document.get("secret", "")),
            scheme,
            header,
            encoding,
            prefix,
            _events(document.get("events")),
            with_saves,
            str(document.get("sku_prefix", "")),
        )

    def to_public_json(self) -> dict[str, object]:
        """Return the target without its secret, for responses."""
        return {
            "url": self.url,
            "scheme": self.scheme.value,
            "header": self.header,
            "encoding": self.encoding.value,
            "prefix": self.prefix,
            "events": [event.value for event in self.events],
            "stock_with_saves": self.stock_with_saves,
            "sku_prefix": self.sku_prefix,
        }

    def to_json(self) -> dict[str, object]:
        """Return the target with its secret, for the database; `from_json` reads it."""
        return {**self.to_public_json(), "secret": self.secret}


def _events(names: object) -> tuple[Event, ...]:
    if names is None:
        return USUAL_HOOKS
    try:
        return tuple(Event(name) for name in names) if isinstance(names, list) else ()
    except ValueError as error:
        raise InvalidChange(f"events: {error}. Choose from: {', '.join(Event)}.") from None


def decode_key(secret: str) -> bytes:
    """Return the key in a Standard Webhooks secret, `whsec_` + base64 of 24 to 64 bytes. Raises `InvalidChange`."""
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
    """Return the signature headers; `timestamp` in seconds since the epoch."""
    if target.scheme is Scheme.STANDARD_WEBHOOKS:
        message = b"%s.%d.%s" % (webhook_id.encode(), timestamp, body)
        digest = hmac.digest(decode_key(target.secret), message, hashlib.sha256)
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }
    digest = hmac.digest(target.secret.encode(), body, hashlib.sha256)
    written = digest.hex() if target.encoding is Encoding.HEX else base64.b64encode(digest).decode()
    return {target.header: target.prefix + written}
