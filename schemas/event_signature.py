"""The signature of a product event or of a quarantined webhook. It proves that our own process wrote the record.

Without it, everybody who may write to the topic could send events for any Magento store and bypass the webhook secrets.
The signature is the header ``m2t-signature: v1,<key id>,<base64 of HMAC-SHA256>``. Its key is derived from
`M2T_SECRET_KEY`, which only our own processes have.
"""

from __future__ import annotations

import hmac
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from struct import Struct
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.secret import Secret

HEADER: Final = "m2t-signature"
SIGNED: Final = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_subject",
    "ce_replayof",
)
"""The headers that are signed, beside key and value. `traceparent` is not, because proxies may rewrite it."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is signed: by a key of its own, made under this label, with these headers beside key and value.

    `added` are groups of headers that came after the first release, oldest first. A group is signed only where the
    record has a header of it, or of a later group, so that older records still verify.
    """

    label: bytes
    names: tuple[str, ...]
    lengths: Struct
    added: tuple[tuple[str, ...], ...] = ()


def _purpose(label: bytes, *names: str, added: tuple[tuple[str, ...], ...] = ()) -> Purpose:
    return Purpose(label, names, Struct(f">{2 + len(names)}i"), added)


QUARANTINED_SENDER: Final = "m2t-dlq-sender"
"""The header that names the sender of a quarantined webhook."""
QUARANTINED_BODY: Final = ("m2t-dlq-kept", "m2t-dlq-size", "m2t-dlq-sha256")
"""The headers that say what is kept of a quarantined webhook's body."""


EVENTS: Final = _purpose(b"m2t product events v1", *SIGNED)
QUARANTINED: Final = _purpose(
    b"m2t quarantined webhooks v1",
    "ce_id",
    "m2t-dlq-shop",
    "m2t-dlq-reason",
    "m2t-dlq-error-message",
    "m2t-dlq-first-failed-at",
    added=((QUARANTINED_SENDER,), QUARANTINED_BODY),
)

REFUSED_WEBHOOKS: Final = _purpose(b"m2t refused webhooks v1", "ce_type")

_KEY_BYTES, _ID_BYTES = 32, 6
_ABSENT: Final = -1
_LONGEST_QUOTED: Final = 20

UNSIGNED: Final = "unsigned"
WRONG_SIGNATURE: Final = "wrong_signature"
UNVERIFIED: Final = frozenset({UNSIGNED, WRONG_SIGNATURE})
"""Reasons why a record is rejected. Its dead letter has the same reason code."""


class UnverifiedEvent(Exception):
    """The Kafka record was not written by us, or was changed since."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{self.__doc__} ({detail})")
        self.reason = reason


class EventSignatures:
    """Sign records with the first key, and accept signatures made with any of the keys."""

    def __init__(self, keys: Sequence[Secret], *, required: bool = True, purpose: Purpose = EVENTS) -> None:
        """Derive the signing keys.

        `keys` are the secret keys of the settings, the newest first: all with which records on the topic are signed. If
        signatures are not `required`, a record without a signature is accepted; a wrong signature never is.
        """
        self.required = required
        self._keys = tuple(keys)
        self._purpose = purpose
        derived = [_derived(key, purpose.label) for key in keys]
        self._by_id = dict(derived)
        key_id, self._key = derived[0]
        self._prefix = _prefix(key_id)

    @cached_property
    def quarantine(self) -> EventSignatures:
        """The signatures of quarantined webhooks, with keys derived from the same secret keys."""
        return EventSignatures(self._keys, required=self.required, purpose=QUARANTINED)

    @cached_property
    def refusals(self) -> EventSignatures:
        """The signatures of reports of refused webhooks, with keys derived from the same secret keys."""
        return EventSignatures(self._keys, required=self.required, purpose=REFUSED_WEBHOOKS)

    def header(
        self, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]
    ) -> tuple[str, bytes]:
        """Return the header, as (name, value), that signs a record with this key, value and headers."""
        return HEADER, self._prefix + _mac(self._key, signed_bytes(key, value, dict(headers), self._purpose))

    def verify(self, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]) -> None:
        """Return if the signature is right, else raise `UnverifiedEvent`. Names in `headers` are in lower case."""
        found = headers.get(HEADER)
        if found is None:
            if self.required:
                raise UnverifiedEvent(UNSIGNED, f"it has no header {HEADER}")
            return
        _, _, rest = found.partition(b",")
        key_id, _, _ = rest.partition(b",")
        signing_key = self._by_id.get(key_id)
        if signing_key is None:
            quoted = found[:_LONGEST_QUOTED].decode(errors="replace")
            raise UnverifiedEvent(
                WRONG_SIGNATURE, f"{HEADER} begins with {quoted!r}, which names an unknown key"
            )
        expected = _prefix(key_id) + _mac(signing_key, signed_bytes(key, value, headers, self._purpose))
        if not hmac.compare_digest(expected, found):
            raise UnverifiedEvent(
                WRONG_SIGNATURE, f"{HEADER} does not fit its key, its value and its headers"
            )


def is_signed(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether the headers contain a signature, right or wrong."""
    return any(name.lower() == HEADER for name, _ in headers)


def signed_bytes(
    key: bytes | None, value: bytes | None, headers: Mapping[str, bytes], purpose: Purpose = EVENTS
) -> bytes:
    """Return the bytes that are signed: the length of each part (-1 for a missing part), then the parts.

    The lengths make them unambiguous: no two different records have the same bytes.
    """
    parts: list[bytes | None] = [key, value]
    parts += map(headers.get, purpose.names)
    packed = purpose.lengths
    present = [
        number for number, group in enumerate(purpose.added, start=1) if not headers.keys().isdisjoint(group)
    ]
    if present:
        # Each group adds its own number of lengths, so that no two forms can be mistaken for each other.
        parts += (headers.get(name) for group in purpose.added[: present[-1]] for name in group)
        packed = Struct(f">{len(parts)}i")
    lengths = [_ABSENT if part is None else len(part) for part in parts]
    return packed.pack(*lengths) + b"".join(filter(None, parts))


def _derived(key: Secret, label: bytes) -> tuple[bytes, HMAC]:
    """Return the key id and the HMAC of the signing key derived from a secret key. The id reveals nothing of it."""
    derived = HKDF(SHA256(), _KEY_BYTES + _ID_BYTES, salt=None, info=label).derive(key.reveal().encode())
    return b2a_base64(derived[_KEY_BYTES:], newline=False), HMAC(derived[:_KEY_BYTES], SHA256())


def _prefix(key_id: bytes) -> bytes:
    return b"v1," + key_id + b","


def _mac(keyed: HMAC, message: bytes) -> bytes:
    # The standard library's hmac releases the GIL at each call, and the endpoint's waiting threads would take it.
    mac = keyed.copy()
    mac.update(message)
    return b2a_base64(mac.finalize(), newline=False)
