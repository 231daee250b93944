"""Secrets at rest: sealed with a key made from `M2T_SECRET_KEY`, and never stored in the clear.

A sealed text is ``KEY-ID.FERNET``: the id shows which key sealed it and reveals nothing of the key. Texts of versions
without ids have none.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.secret import Secret

ID_BYTES: Final = 4
_SEALED: Final = re.compile(r"(?:(?P<id>[0-9a-f]{8})\.)?(?P<token>gAAAA[A-Za-z0-9_-]+=*)", re.ASCII)
"""`gAAAA` is Fernet's version byte and the leading zeros of its timestamp, in base64."""


class CannotOpenSecret(Exception):
    """A stored secret can't be opened with this M2T_SECRET_KEY; name the key that sealed it, or apply again."""


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    """A key and its id."""

    id: str
    fernet: Fernet


class SecretBox:
    """Seals and opens secrets (Fernet, its key derived by HKDF-SHA256).

    `earlier` keys open what they have sealed; they seal nothing.
    """

    def __init__(self, key: Secret, *earlier: Secret) -> None:
        self._keys = tuple(_key(secret) for secret in (key, *earlier))

    @property
    def has_earlier_keys(self) -> bool:
        """Whether the box has earlier keys."""
        return len(self._keys) > 1

    def seal(self, secret: Secret) -> str:
        """Return the secret sealed with the current key."""
        key = self._keys[0]
        return f"{key.id}.{key.fernet.encrypt(secret.reveal().encode()).decode()}"

    def open(self, sealed: str) -> Secret:
        """Return the secret. Raises `CannotOpenSecret`."""
        return self._opened(sealed)[0]

    def is_current(self, sealed: str) -> bool:
        """Return whether the current key has sealed it, not an earlier one. Raises `CannotOpenSecret`."""
        return self._opened(sealed)[1] is self._keys[0]

    def _opened(self, sealed: str) -> tuple[Secret, _Key]:
        found = _SEALED.fullmatch(sealed)
        if found is not None:
            for key in self._keys:
                if found["id"] not in (None, key.id):
                    continue
                try:
                    return Secret(key.fernet.decrypt(found["token"].encode()).decode()), key
                except InvalidToken:
                    continue
        raise CannotOpenSecret(CannotOpenSecret.__doc__)


def looks_sealed(text: str) -> bool:
    """Return whether the text has the form of a sealed secret, of any key."""
    return _SEALED.fullmatch(text) is not None


def _key(key: Secret) -> _Key:
    identity = _derived(key, b"m2t key id", ID_BYTES)
    return _Key(identity.hex(), Fernet(base64.urlsafe_b64encode(_derived(key, b"m2t secrets at rest", 32))))


def _derived(key: Secret, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(key.reveal().encode())
