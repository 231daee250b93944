"""A quarantined webhook on the dead-letter topic: the raw body as value, and in headers what the door said of it.

Written and read here only, so that the door and the engine cannot disagree; signed as events are, by a key of its own.
A dead letter of intake on the same topic has other headers, for it is an event: `read` knows it for none of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from schemas.event_signature import EventSignatures

LONGEST_DETAIL: Final = 500
ERROR_CLASS: Final = "Quarantined"
"""The error class of its row among the dead letters; those of intake have another."""
_PREFIX: Final = "m2t-dlq-"
SHOP: Final = f"{_PREFIX}shop"
"""The header that the door alone writes."""


@dataclass(frozen=True, slots=True)
class QuarantinedWebhook:
    """What the door said of a body that it could not read: of which shop, by which delivery, why, and when it came."""

    shop: str
    event_id: str
    reason: str
    detail: str
    received_at: datetime
    traceparent: str

    def headers(self, key: bytes, body: bytes, signatures: EventSignatures) -> list[tuple[str, bytes]]:
        """As they stand on the record of this key and this body, signed."""
        told = {
            "ce_id": self.event_id,
            "traceparent": self.traceparent,
            f"{_PREFIX}reason": self.reason,
            SHOP: self.shop,
            f"{_PREFIX}error-message": self.detail[:LONGEST_DETAIL],
            f"{_PREFIX}first-failed-at": self.received_at.isoformat(),
        }
        headers = [(name, value.encode()) for name, value in told.items()]
        return [*headers, signatures.quarantine.header(key, body, headers)]


def verify(
    key: bytes | None,
    body: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    signatures: EventSignatures,
) -> None:
    """Believe that the door wrote it, or raise `UnverifiedEvent`."""
    signatures.quarantine.verify(key, body, {name: raw or b"" for name, raw in headers})


def read(headers: Iterable[tuple[str, bytes]]) -> QuarantinedWebhook | None:
    """What these headers tell; None where they are not those of a quarantined webhook."""
    told = {name: (raw or b"").decode(errors="replace") for name, raw in headers}
    reason, shop, event_id = told.get(f"{_PREFIX}reason"), told.get(SHOP), told.get("ce_id")
    if not (reason and shop and event_id):
        return None
    try:
        received_at = datetime.fromisoformat(told.get(f"{_PREFIX}first-failed-at", ""))
    except ValueError:
        return None
    aware = received_at if received_at.tzinfo is not None else received_at.replace(tzinfo=UTC)
    detail = told.get(f"{_PREFIX}error-message", "")
    return QuarantinedWebhook(shop, event_id, reason, detail, aware, told.get("traceparent", ""))
