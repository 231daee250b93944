"""Moments as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: datetime) -> str:
    """A moment as the merchant reads it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
