"""Secrets at rest: sealed with a key made from `M2T_SECRET_KEY`, and never stored in the clear."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.secret import Secret


class CannotOpenSecret(Exception):
    """A stored secret can't be opened with this M2T_SECRET_KEY; start with the key that sealed it, or apply again."""


class SecretBox:
    """Seals and opens secrets (Fernet, its key derived by HKDF-SHA256)."""

    def __init__(self, key: Secret) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"m2t secrets at rest").derive(key.reveal().encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, secret: Secret) -> str:
        """The secret as text that only this key opens."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def open(self, sealed: str) -> Secret:
        """The secret. Raises `CannotOpenSecret`."""
        try:
            return Secret(self._fernet.decrypt(sealed.encode()).decode())
        except InvalidToken as error:
            raise CannotOpenSecret(CannotOpenSecret.__doc__) from error
