"""The sources of stock. What the legacy stock item has is the stock of the default source."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.magento.errors import InvalidChange

DEFAULT_SOURCE = "default"
SOURCES: Mapping[str, str] = {DEFAULT_SOURCE: "Default Source", "wh2": "Second Warehouse"}
"""Source code -> name."""


def check_source(code: str) -> None:
    """Raise `InvalidChange` for an unknown source."""
    if code not in SOURCES:
        raise InvalidChange(f"source_code: {code!r} is not one of {', '.join(SOURCES)}.")
