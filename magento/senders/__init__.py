"""The ways in which Magento stores send webhooks: a file for each, and a line in `SENDERS`."""

from __future__ import annotations

from typing import Final

from magento.senders.sender import Sender
from magento.senders.standard import StandardSender

SENDERS: Final[dict[str, Sender]] = {sender.name: sender for sender in (StandardSender(),)}
"""Every sender by the name under which shops declare it."""


def settings() -> dict[str, dict[str, bool]]:
    """Return, by sender, its own settings by name, and whether each is required: what `load_declaration` checks."""
    return {
        name: {field.name: field.required for field in sender.fields if field.is_setting}
        for name, sender in SENDERS.items()
    }
