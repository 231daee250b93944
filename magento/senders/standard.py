"""Signatures: whether the raw bytes come from the store that knows the shop's secret.

Standard Webhooks (standardwebhooks.com) or a header of the shop's own choice. The reference library reads the clock
itself, so its rule is written here with the time as a parameter; the tests hold the two against each other.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from schemas.secret import Secret
from schemas.shop import MagentoConnection, SignatureScheme

TOLERANCE = timedelta(minutes=5)
"""How old a timestamp may be, or how far ahead: older may be a replay, newer is a lie."""

_ID = re.compile(r"[!-~]{1,150}\Z")
_TIMESTAMP = re.compile(r"[0-9]{1,11}\Z")
_HEX = re.compile(r"[0-9A-Fa-f]{64}\Z")


class Headers(Protocol):
    """The request's headers, found by their names in lower case."""

    def get(self, name: str, /) -> str | None:
        """The value, None where there is none."""


class Unverified(Exception):
    """Nothing proves that the store sent this. The reason is for our log only, never for the answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} ({reason})")
        self.reason = reason


def verify(connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime) -> str | None:
    """The sender's id of this delivery, None where it told none.

    Raises `Unverified`.
    """
    if connection.signature_scheme is SignatureScheme.HMAC_HEADER:
        return _own_header(connection, headers, raw)
    return _standard_webhooks(connection, headers, raw, now)


def _standard_webhooks(connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime) -> str:
    delivery, sent = headers.get("webhook-id"), headers.get("webhook-timestamp")
    signatures = headers.get("webhook-signature")
    if not (delivery and sent and signatures):
        raise Unverified("missing_header")
    if not _ID.match(delivery) or not _TIMESTAMP.match(sent):
        raise Unverified("malformed_header")
    if abs(now - datetime.fromtimestamp(int(sent), UTC)) > TOLERANCE:
        raise Unverified("outside_window")
    message = b"%s.%s.%s" % (delivery.encode(), sent.encode(), raw)
    told = [signature[3:] for signature in signatures.split() if signature.startswith("v1,")]
    if not any(_signed(connection, message, _from_base64(one)) for one in told):
        raise Unverified("no_match")
    return delivery


def _own_header(connection: MagentoConnection, headers: Headers, raw: bytes) -> str | None:
    told = (headers.get(connection.signature_header.lower()) or "").strip()
    if not told:
        raise Unverified("missing_header")
    if told[:7].lower() == "sha256=":
        told = told[7:]
    digest = bytes.fromhex(told) if _HEX.match(told) else _from_base64(told)
    if not _signed(connection, raw, digest):
        raise Unverified("no_match")
    delivery = headers.get("webhook-id")
    return delivery if delivery and _ID.match(delivery) else None


def _signed(connection: MagentoConnection, message: bytes, told: bytes) -> bool:
    return any(
        _fits(keyed, message, told)
        for secret in connection.secrets
        for keyed in _keyed(secret, connection.signature_scheme)
    )


def _fits(keyed: HMAC, message: bytes, told: bytes) -> bool:
    made = keyed.copy()
    made.update(message)
    try:
        made.verify(told)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=1024)
def _keyed(secret: Secret, scheme: SignatureScheme) -> tuple[HMAC, ...]:
    """Ready to sign. This library keeps the interpreter while it does, so that no other thread is woken for nothing."""
    text = secret.reveal()
    keys = (text.encode(),) if scheme is SignatureScheme.HMAC_HEADER else _standard_keys(text)
    return tuple(HMAC(key, SHA256()) for key in keys)


def _standard_keys(text: str) -> Iterator[bytes]:
    """The keys that senders make of one secret.

    With ``whsec_`` the rest is base64. Without it the libraries of Standard Webhooks read base64 all the same, and a
    hand-made module takes the text.
    """
    decoded = _from_base64(text.removeprefix("whsec_"))
    if decoded:
        yield decoded
    if not text.startswith("whsec_"):
        yield text.encode()


def _from_base64(text: str) -> bytes:
    """The bytes; none where it is no base64. Padding may be missing."""
    try:
        return b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
