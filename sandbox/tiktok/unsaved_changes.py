"""Changes: what of the stand-in's memory is to outlive its process, noted where it changes.

Faults and holds are not among it: what is made to go wrong on purpose ends with the process.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What can change, and the key of it within its kind."""

    PRODUCT = "product"
    """By product id."""
    FIRST_REPLY = "first_reply"
    """By shop cipher and idempotency key."""
    EFFECT = "effect"
    """By its number."""
    NAME = "name"
    """An attribute's or a value's id, by the attribute that it is within and its word."""
    UPLOAD = "upload"
    """An image, by its uri."""
    LAST_ID = "last_id"
    """One."""
    SETTINGS = "settings"
    """One, and only where they were changed at the sandbox's own door."""
    TOKENS = "tokens"
    """A pair of tokens, by its access token."""


Key = tuple[str, ...]


class Changes:
    """The newest value of each thing that has changed since they were last taken. Its caller holds the lock."""

    def __init__(self) -> None:
        self.noted = 0
        """How many notes there were, ever."""
        self._newest: dict[tuple[Kind, Key], object] = {}

    def note(self, kind: Kind, *key: str, value: object) -> None:
        """It is this from now on; of an object that goes on changing, what it is when it is taken."""
        self.noted += 1
        self._newest[kind, key] = value

    def take(self) -> dict[tuple[Kind, Key], object]:
        """All, and from here on none."""
        taken, self._newest = self._newest, {}
        return taken
