"""A secret string, which never appears in text by accident."""

from __future__ import annotations

import hmac
from typing import Final

SHOWN: Final = 4
SHORTEST_SHOWN: Final = 16
"""Characters. The last characters of a shorter secret are not shown: they would be too large a part of it."""


class Secret:
    """A secret string. `str`, `repr` and formatting return ``<secret>``; `reveal()` returns the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, to sign, verify, encrypt or send with."""
        return self._value

    @property
    def ending(self) -> str:
        """The last four characters, so that a person recognises the secret; "" for a short secret."""
        return self._value[-SHOWN:] if len(self._value) >= SHORTEST_SHOWN else ""

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")
