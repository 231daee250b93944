"""The standard sender: any module that signs its webhooks with a secret shared with the shop.

It signs with Standard Webhooks (standardwebhooks.com), or with an HMAC-SHA256 of the body in a header of the shop's
choice. The reference library of Standard Webhooks is not used, because it reads the clock itself; the tests compare
this module with it.
"""

from __future__ import annotations

import binascii
import hmac
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from magento.senders.sender import FormField, Headers, Sender, Unverified
from schemas.secret import Secret
from schemas.shop import STANDARD_SENDER, MagentoConnection, SignatureScheme

TOLERANCE: Final = timedelta(minutes=5)
"""How far a timestamp may be in the past or in the future: an older request may be a replay."""

MOST_SIGNATURES: Final = 8
"""Signatures of one request that are looked at. A sender has two while it changes its secret."""

_DIGEST_BYTES: Final = 32
_LONGEST_SIGNATURE: Final = 64
_ID = re.compile(r"[!-~]{1,150}\Z")
_TIMESTAMP = re.compile(r"[0-9]{1,11}\Z")
_HEX = re.compile(r"[0-9A-Fa-f]{64}\Z")


class StandardSender(Sender):
    """A module that signs its webhooks with a shared secret."""

    name = STANDARD_SENDER
    summary = "a module that signs its webhooks with a shared secret"
    fields = (
        FormField(
            "signature_scheme",
            "Signature",
            options=(
                (
                    SignatureScheme.STANDARD_WEBHOOKS.value,
                    "Standard Webhooks (webhook-id, -timestamp and -signature)",
                ),
                (
                    SignatureScheme.HMAC_HEADER.value,
                    "one header of your choice with an HMAC-SHA256 of the body",
                ),
            ),
        ),
        FormField(
            "signature_header",
            "Signature header",
            "Only for a header of your choice. If empty: x-webhook-signature.",
            max_length=80,
        ),
    )

    def verify(
        self, connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime
    ) -> str | None:
        """Return the `webhook-id`, None if a store with its own signature header sent none. Raises `Unverified`."""
        if connection.signature_scheme is SignatureScheme.HMAC_HEADER:
            return _verify_own_header(connection, headers, raw)
        return _verify_standard_webhooks(connection, headers, raw, now)

    def has_plausible_headers(self, connection: MagentoConnection, headers: Headers, now: datetime) -> bool:
        """Return whether the headers are there, well-formed, and within `TOLERANCE`."""
        try:
            if connection.signature_scheme is SignatureScheme.HMAC_HEADER:
                digests: tuple[bytes, ...] = (_own_digest(connection, headers),)
            else:
                _, _, digests = _standard_headers(headers, now)
        except Unverified:
            return False
        return any(len(digest) == _DIGEST_BYTES for digest in digests)

    def sample(self, event: str, product: Mapping[str, object], delivery_id: str, at: datetime) -> bytes:
        """Return ``{"event", "product"}``."""
        return json.dumps({"event": event, "product": dict(product)}, ensure_ascii=False).encode()

    def sign(
        self, connection: MagentoConnection, raw: bytes, delivery_id: str, at: datetime
    ) -> Mapping[str, str]:
        """Return the signature headers of the shop's scheme. A secret without ``whsec_`` is used as text."""
        text = connection.secrets[0].reveal()
        if connection.signature_scheme is SignatureScheme.HMAC_HEADER:
            return {
                "webhook-id": delivery_id,
                connection.signature_header: _digest(text.encode(), raw).hex(),
            }
        key = _from_base64(text.removeprefix("whsec_")) if text.startswith("whsec_") else text.encode()
        sent = str(int(at.timestamp()))
        digest = _digest(key, f"{delivery_id}.{sent}.".encode() + raw)
        return {
            "webhook-id": delivery_id,
            "webhook-timestamp": sent,
            "webhook-signature": f"v1,{b64encode(digest).decode()}",
        }


def _verify_standard_webhooks(
    connection: MagentoConnection, headers: Headers, raw: bytes, now: datetime
) -> str:
    delivery_id, sent, digests = _standard_headers(headers, now)
    _require_signature(connection, (f"{delivery_id}.{sent}.".encode(), raw), digests)
    return delivery_id


def _standard_headers(headers: Headers, now: datetime) -> tuple[str, str, tuple[bytes, ...]]:
    """Return the id, the timestamp and the digests. Raises `Unverified`."""
    delivery_id, sent = headers.get("webhook-id"), headers.get("webhook-timestamp")
    signatures = headers.get("webhook-signature")
    if not (delivery_id and sent and signatures):
        raise Unverified("missing_header")
    if not _ID.match(delivery_id) or not _TIMESTAMP.match(sent):
        raise Unverified("malformed_header")
    if abs(now - datetime.fromtimestamp(int(sent), UTC)) > TOLERANCE:
        raise Unverified("outside_window")
    found = signatures.split(maxsplit=MOST_SIGNATURES)[:MOST_SIGNATURES]
    return delivery_id, sent, tuple(_read_digest(text[3:]) for text in found if text.startswith("v1,"))


def _verify_own_header(connection: MagentoConnection, headers: Headers, raw: bytes) -> str | None:
    _require_signature(connection, (raw,), (_own_digest(connection, headers),))
    delivery_id = headers.get("webhook-id")
    return delivery_id if delivery_id and _ID.match(delivery_id) else None


def _own_digest(connection: MagentoConnection, headers: Headers) -> bytes:
    """Return the digest in the store's own header. Raises `Unverified`."""
    value = (headers.get(connection.signature_header.lower()) or "").strip()
    if not value:
        raise Unverified("missing_header")
    if value[:7].lower() == "sha256=":
        value = value[7:]
    # PHP's hash_hmac writes hex by default; other modules send base64.
    return bytes.fromhex(value) if _HEX.match(value) else _read_digest(value)


def _read_digest(text: str) -> bytes:
    """Return the decoded digest; empty if the text is not base64, or longer than that of a digest."""
    return _from_base64(text) if len(text) <= _LONGEST_SIGNATURE else b""


def _digest(key: bytes, message: bytes) -> bytes:
    keyed = HMAC(key, SHA256())
    keyed.update(message)
    return keyed.finalize()


def _require_signature(
    connection: MagentoConnection, message: Iterable[bytes], digests: Collection[bytes]
) -> None:
    """Return if a key of the shop gives one of the digests for this message, else raise `Unverified`.

    The message, in parts, is digested once for each key, however many digests a request names, and is not copied: it
    may be large.
    """
    parts = tuple(message)
    for secret in connection.secrets:
        for keyed in _keyed(secret, connection.signature_scheme):
            computed = keyed.copy()
            for part in parts:
                computed.update(part)
            expected = computed.finalize()
            if any(hmac.compare_digest(expected, digest) for digest in digests):
                return
    raise Unverified("no_match")


@lru_cache(maxsize=1024)
def _keyed(secret: Secret, scheme: SignatureScheme) -> tuple[HMAC, ...]:
    """Return an HMAC for each key that the secret may stand for.

    The HMAC is `cryptography`'s, because it does not release the interpreter lock for such short messages, which would
    cost more than the digest.
    """
    text = secret.reveal()
    keys = (text.encode(),) if scheme is SignatureScheme.HMAC_HEADER else _standard_keys(text)
    return tuple(HMAC(key, SHA256()) for key in keys)


def _standard_keys(text: str) -> Iterator[bytes]:
    """Yield the keys that senders derive from one secret.

    ``whsec_`` is followed by base64. Without that prefix the libraries of Standard Webhooks still decode base64, while
    custom modules use the text itself.
    """
    decoded = _from_base64(text.removeprefix("whsec_"))
    if decoded:
        yield decoded
    if not text.startswith("whsec_"):
        yield text.encode()


def _from_base64(text: str) -> bytes:
    """Return the decoded bytes, empty if the text is not base64. Padding may be missing."""
    unpadded = text.rstrip("=")
    try:
        return b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
