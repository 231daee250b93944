"""The tokens that TikTok issued for a shop, when they need to be refreshed, and when the authorization ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.secret import Secret

USED_UP: Final = 0.8
"""The part of an access token's life after which it is refreshed."""
WARN_BEFORE: Final = timedelta(days=30)
"""How long before the end of an authorization the warning begins."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token with its refresh token. Times are aware UTC, None where they are not known."""

    access_token: Secret
    refresh_token: Secret
    given_at: datetime | None = None
    access_until: datetime | None = None
    refresh_until: datetime | None = None

    def wants_renewal(self, now: datetime) -> bool:
        """Whether the pair should be refreshed now, before it expires."""
        if self.given_at is None or self.access_until is None:
            return False
        return now >= self.given_at + (self.access_until - self.given_at) * USED_UP

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days until the authorization ends; None where that is not soon, or not known."""
        if self.refresh_until is None or self.refresh_until - now > WARN_BEFORE:
            return None
        return max(0, (self.refresh_until - now).days)

    def warning(self, now: datetime) -> str | None:
        """Return the warning about an authorization that ends soon; None if there is nothing to warn about."""
        days = self.days_left(now)
        if days is None:
            return None
        when = f"in {days} days" if days > 1 else "within two days"
        return f"The authorization ends {when}. Authorize the shop again before that."
