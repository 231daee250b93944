"""The changes of the state that are not on disk yet.

Faults and holds are not saved: they end with the process.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What can change, and its key."""

    PRODUCT = "product"
    """By product id."""
    FIRST_REPLY = "first_reply"
    """By shop cipher and idempotency key."""
    EFFECT = "effect"
    """By number."""
    NAME = "name"
    """The id of an attribute or value, by the attribute that it is in and its name."""
    UPLOAD = "upload"
    """An image, by its uri."""
    LAST_ID = "last_id"
    """Without a key."""
    SETTINGS = "settings"
    """Without a key; only if the settings were changed through ``/_sandbox``."""
    TOKENS = "tokens"
    """A token pair, by access token."""


Key = tuple[str, ...]


class UnsavedChanges:
    """The newest value of each thing that changed since `take`. Its caller holds the lock."""

    def __init__(self) -> None:
        self.count = 0
        """How many changes were ever added."""
        self._values: dict[tuple[Kind, Key], object] = {}

    def add(self, kind: Kind, *key: str, value: object) -> None:
        """Add a change. A mutable value is saved in its state at the time of `take`."""
        self.count += 1
        self._values[kind, key] = value

    def take(self) -> dict[tuple[Kind, Key], object]:
        """Return and remove all changes."""
        changes, self._values = self._values, {}
        return changes
