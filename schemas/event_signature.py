"""The signature of a product event, or of a quarantined webhook: one of us wrote it, and nothing was changed since.

Whoever may write to the topic could else speak for any Magento store, past the door and its secrets. The signature is
one header, ``m2t-signature: v1,<key id>,<base64 of HMAC-SHA256>``; its key is made of `M2T_SECRET_KEY`, which only our
own processes have.
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
"""The headers that are signed, beside key and value. `traceparent` is not: what stands between may rewrite it."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is signed: by a key of its own, made under this label, with these headers beside key and value.

    `added` came after the first release: it is signed only where the record has it, so that older records still verify.
    """

    label: bytes
    names: tuple[str, ...]
    lengths: Struct
    added: str | None = None


def _purpose(label: bytes, *names: str, added: str | None = None) -> Purpose:
    return Purpose(label, names, Struct(f">{2 + len(names)}i"), added)


QUARANTINED_SENDER: Final = "m2t-dlq-sender"
"""The header that names the sender of a quarantined webhook."""


EVENTS: Final = _purpose(b"m2t product events v1", *SIGNED)
QUARANTINED: Final = _purpose(
    b"m2t quarantined webhooks v1",
    "ce_id",
    "m2t-dlq-shop",
    "m2t-dlq-reason",
    "m2t-dlq-error-message",
    "m2t-dlq-first-failed-at",
    added=QUARANTINED_SENDER,
)

_KEY_BYTES, _ID_BYTES = 32, 6
_ABSENT: Final = -1
_LONGEST_QUOTED: Final = 20

UNSIGNED: Final = "unsigned"
WRONG_SIGNATURE: Final = "wrong_signature"
UNVERIFIED: Final = frozenset({UNSIGNED, WRONG_SIGNATURE})
"""Why a record is not believed; its dead letter has the same word as its reason."""


class UnverifiedEvent(Exception):
    """The Kafka record was not written by us, or was changed since."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{self.__doc__} ({detail})")
        self.reason = reason


class EventSignatures:
    """Signs with the first of the keys, and believes what any of them has signed."""

    def __init__(self, keys: Sequence[Secret], *, required: bool = True, purpose: Purpose = EVENTS) -> None:
        """`keys` are those of the settings, the newest first, as long as anything on the topic is signed with them.

        Where signatures are not `required`, a record without one is believed; a wrong one never is.
        """
        self.required = required
        self._keys = tuple(keys)
        self._purpose = purpose
        made = [_derived(key, purpose.label) for key in keys]
        self._by_id = dict(made)
        key_id, self._key = made[0]
        self._begins = _begins(key_id)

    @cached_property
    def quarantine(self) -> EventSignatures:
        """Those on webhooks that the door could not read, by the same secret keys."""
        return EventSignatures(self._keys, required=self.required, purpose=QUARANTINED)

    def header(
        self, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]
    ) -> tuple[str, bytes]:
        """The header that signs a record of this key, this value and these headers."""
        return HEADER, self._begins + _mac(self._key, signed_bytes(key, value, dict(headers), self._purpose))

    def verify(self, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes]) -> None:
        """Believe it, or raise `UnverifiedEvent`. The names of `headers` are in lower case."""
        found = headers.get(HEADER)
        if found is None:
            if self.required:
                raise UnverifiedEvent(UNSIGNED, f"it has no header {HEADER}")
            return
        _, _, rest = found.partition(b",")
        key_id, _, _ = rest.partition(b",")
        known = self._by_id.get(key_id)
        if known is None:
            quoted = found[:_LONGEST_QUOTED].decode(errors="replace")
            raise UnverifiedEvent(
                WRONG_SIGNATURE, f"{HEADER} begins with {quoted!r}, and that key is none of ours"
            )
        expected = _begins(key_id) + _mac(known, signed_bytes(key, value, headers, self._purpose))
        if not hmac.compare_digest(expected, found):
            raise UnverifiedEvent(
                WRONG_SIGNATURE, f"{HEADER} does not fit its key, its value and its headers"
            )


def is_signed(headers: Iterable[tuple[str, bytes]]) -> bool:
    """Whether a signature is told at all, a right one or a wrong one."""
    return any(name.lower() == HEADER for name, _ in headers)


def signed_bytes(
    key: bytes | None, value: bytes | None, headers: Mapping[str, bytes], purpose: Purpose = EVENTS
) -> bytes:
    """What is signed: how long each part is (-1 where there is none), then the parts; so no two records share it."""
    parts: list[bytes | None] = [key, value]
    parts += map(headers.get, purpose.names)
    packed = purpose.lengths
    if purpose.added is not None and purpose.added in headers:
        # One length more than without it: the two forms can't be mistaken for each other.
        parts.append(headers[purpose.added])
        packed = Struct(f">{len(parts)}i")
    lengths = [_ABSENT if part is None else len(part) for part in parts]
    return packed.pack(*lengths) + b"".join(filter(None, parts))


def _derived(key: Secret, label: bytes) -> tuple[bytes, HMAC]:
    """Of this secret key: an id that tells nothing of it, and what signs with the key made of it."""
    made = HKDF(SHA256(), _KEY_BYTES + _ID_BYTES, salt=None, info=label).derive(key.reveal().encode())
    return b2a_base64(made[_KEY_BYTES:], newline=False), HMAC(made[:_KEY_BYTES], SHA256())


def _begins(key_id: bytes) -> bytes:
    return b"v1," + key_id + b","


def _mac(keyed: HMAC, message: bytes) -> bytes:
    # The hmac of the standard library lets another thread in each time, and at the door each of them waits to be.
    made = keyed.copy()
    made.update(message)
    return b2a_base64(made.finalize(), newline=False)
