"""Report refused webhooks to the merchant, at most once a minute for each shop, whoever sends how many."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from topics.refused_webhooks import RefusedWebhooks

REPORT_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Refusals:
    """The refused webhooks of a shop that are not reported yet: since when, and how many by reason code."""

    since: datetime | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    reported_at: datetime | None = None


def refuse(
    shop: str, before: Refusals, reason: str, now: datetime
) -> tuple[Refusals, RefusedWebhooks | None]:
    """Return the refusals with one more, and what to report now: the first at once, then all of a minute together.

    What is refused last before a pause is reported with the next one. A clock that was set back reports at once.
    """
    since = before.since or now
    reasons = {**before.reasons, reason: before.reasons.get(reason, 0) + 1}
    if before.reported_at is not None and timedelta(0) <= now - before.reported_at < REPORT_EVERY:
        return Refusals(since, reasons, before.reported_at), None
    return Refusals(reported_at=now), RefusedWebhooks(shop, since, now, reasons)


class RefusalReports:
    """The refusals of one process, by shop. Only shops that exist may be named, so that memory stays bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_shop: dict[str, Refusals] = {}

    def add(self, shop: str, reason: str, now: datetime) -> RefusedWebhooks | None:
        """Count a refused webhook; return what to report, None if nothing is due."""
        with self._lock:
            before = self._by_shop.get(shop, Refusals())
            self._by_shop[shop], due = refuse(shop, before, reason, now)
        return due
