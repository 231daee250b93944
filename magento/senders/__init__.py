"""The kinds of webhook sender that a Magento store may have: a file for each, and a line in `SENDERS`."""

from __future__ import annotations

from typing import Final

from magento.senders.sender import Sender
from magento.senders.standard import StandardSender

SENDERS: Final[dict[str, Sender]] = {sender.name: sender for sender in (StandardSender(),)}
"""Every sender, by the name with which shops declare it."""


def settings() -> dict[str, dict[str, bool]]:
    """Return each sender's own settings by name, and whether each is required, for `load_declaration` to check."""
    return {
        name: {field.name: field.required for field in sender.fields if field.is_setting}
        for name, sender in SENDERS.items()
    }
