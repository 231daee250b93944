"""A product's timeline: from each webhook to its result on TikTok. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from policies.reasons import HOLDING
from records.catalog.product_list import EventSeen
from records.log.activity import ActivityRow
from records.log.events import End
from records.log.feeds import FeedRow

ON_HOLD: Final = "held"
"""The result of an event that was filtered because its product is held."""
ENDS: Mapping[str, str] = {
    "applied": "TikTok accepted it, or already had it",
    "rejected": "TikTok rejected it, or a part of it",
    "refused_here": "refused here, or a part of it, before a call to TikTok",
    "coalesced": "included in a later change of the same product",
    "filtered": "nothing had to be sent",
    "superseded": "superseded: nothing of it had to be sent any more",
    "dead_lettered": "failed for good: now a dead letter",
    ON_HOLD: "nothing was sent, because a value is not understood; it must be corrected in Magento",
}
"""The results of an event, in words."""


@dataclass(slots=True)
class Chapter:
    """One event with its decision, calls and outcomes; or activity that no event caused."""

    event_id: str | None
    at: datetime
    event: EventSeen | None = None
    webhook: tuple[int, FeedRow] | None = None
    activity: list[ActivityRow] = field(default_factory=list)
    calls: list[tuple[int, FeedRow]] = field(default_factory=list)

    @property
    def end(self) -> str | None:
        """The event's result in words; None while it is open, or without an event."""
        if self.event is None:
            return None
        waits_for_person = any(row.kind == "decision" and row.reason in HOLDING for row in self.activity)
        return ON_HOLD if waits_for_person and self.event.end == End.FILTERED else self.event.end


def chapters(
    events: Sequence[EventSeen], activity: Sequence[ActivityRow], feed: Mapping[int, FeedRow]
) -> list[Chapter]:
    """Return the chapters, newest first; within a chapter the oldest entry is first."""
    fields: dict[str | None, Chapter] = {}
    for event in events:
        fields[event.id] = Chapter(event.id, event.received_at, event)
    for row in activity:
        _of(fields, row.event_id, row.at).activity.append(row)
    for number, exchange in feed.items():
        chapter = _of(fields, exchange.event_id, exchange.at)
        if exchange.direction == "in":
            chapter.webhook = (number, exchange)
        else:
            chapter.calls.append((number, exchange))
    for chapter in fields.values():
        chapter.activity.sort(key=lambda row: row.at)
        chapter.calls.sort(key=lambda call: (call[1].at, call[0]))
    return sorted(fields.values(), key=lambda chapter: max(_moments(chapter)), reverse=True)


def _of(fields: dict[str | None, Chapter], event_id: str | None, at: datetime) -> Chapter:
    return fields.setdefault(event_id, Chapter(event_id, at))


def _moments(chapter: Chapter) -> Iterator[datetime]:
    yield chapter.at
    yield from (row.at for row in chapter.activity)
    yield from (call.at for _, call in chapter.calls)
