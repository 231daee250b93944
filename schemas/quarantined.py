"""A quarantined webhook on the dead-letter topic: its body as value, and what the endpoint found out in headers.

Written and read only here, so that endpoint and consumer cannot disagree; signed like events, by a key of its own.
A dead letter of intake on the same topic is an event and has other headers: `read` returns None for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from schemas.event_signature import QUARANTINED_BODY, QUARANTINED_SENDER, EventSignatures
from schemas.shop import STANDARD_SENDER

LONGEST_DETAIL: Final = 500
LONGEST_SENDER: Final = 40
LONGEST_DIGEST: Final = 64
ERROR_CLASS: Final = "Quarantined"
"""The error class of its row among the dead letters; those of intake have another."""
_PREFIX: Final = "m2t-dlq-"
SHOP: Final = f"{_PREFIX}shop"
"""The header that only the webhook endpoint writes."""
SENDER: Final = QUARANTINED_SENDER
KEPT, SIZE, DIGEST = QUARANTINED_BODY
"""The headers of a body that is not kept as it was received."""
FIRST_BYTES: Final = 64 * 1024
"""What is kept of a body that is larger than a record may be."""


class Kept(StrEnum):
    """What the record has of the body."""

    WHOLE = "whole"
    WITHOUT_FILES = "without_files"
    """All but the content of uploaded files."""
    START = "start"
    """The first `FIRST_BYTES`, also without the content of files: it can't be read as a whole body."""


_KEPT: Final = {kept.value: kept for kept in Kept}


@dataclass(frozen=True, slots=True)
class QuarantinedWebhook:
    """What the endpoint found out about a body that it could not read: shop, delivery, reason, time and sender.

    `sender` is a name in `magento.senders.SENDERS`; a record of an earlier version names none and counts as standard.
    `size` (bytes) and `digest` (SHA-256 in hex) are those of the body as it was received. They are set where it is not
    `kept` whole.
    """

    shop: str
    event_id: str
    reason: str
    detail: str
    received_at: datetime
    traceparent: str
    sender: str = STANDARD_SENDER
    kept: Kept = Kept.WHOLE
    size: int | None = None
    digest: str = ""

    def headers(self, key: bytes, body: bytes, signatures: EventSignatures) -> list[tuple[str, bytes]]:
        """Return the headers of the record with this key and this body, the signature last."""
        fields = {
            "ce_id": self.event_id,
            "traceparent": self.traceparent,
            f"{_PREFIX}reason": self.reason,
            SHOP: self.shop,
            f"{_PREFIX}error-message": self.detail[:LONGEST_DETAIL],
            f"{_PREFIX}first-failed-at": self.received_at.isoformat(),
            SENDER: self.sender,
        }
        if self.kept is not Kept.WHOLE:
            fields |= {KEPT: self.kept.value, SIZE: str(self.size), DIGEST: self.digest}
        headers = [(name, value.encode()) for name, value in fields.items()]
        return [*headers, signatures.quarantine.header(key, body, _signed(headers))]


def verify(
    key: bytes | None,
    body: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    signatures: EventSignatures,
) -> None:
    """Return if the webhook endpoint wrote this record, else raise `UnverifiedEvent`."""
    present = [(name, raw or b"") for name, raw in headers]
    signatures.quarantine.verify(key, body, dict(_signed(present)))


def _signed(headers: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Leave out the standard sender, which a record without the header has too.

    So its signature is that of earlier versions: during an upgrade their consumer verifies what this endpoint writes.
    """
    return [header for header in headers if header != (SENDER, STANDARD_SENDER.encode())]


def read(headers: Iterable[tuple[str, bytes]]) -> QuarantinedWebhook | None:
    """Return the webhook that these headers describe; None if they are not those of a quarantined webhook.

    What this version does not know to be whole counts as a start, which is never read as a body.
    """
    found = {name: (raw or b"").decode(errors="replace") for name, raw in headers}
    reason, shop, event_id = found.get(f"{_PREFIX}reason"), found.get(SHOP), found.get("ce_id")
    if not (reason and shop and event_id):
        return None
    try:
        received_at = datetime.fromisoformat(found.get(f"{_PREFIX}first-failed-at", ""))
    except ValueError:
        return None
    aware = received_at if received_at.tzinfo is not None else received_at.replace(tzinfo=UTC)
    detail = found.get(f"{_PREFIX}error-message", "")
    sender = found.get(SENDER) or STANDARD_SENDER
    size = found.get(SIZE, "")
    return QuarantinedWebhook(
        shop,
        event_id,
        reason,
        detail,
        aware,
        found.get("traceparent", ""),
        sender[:LONGEST_SENDER],
        _KEPT.get(found.get(KEPT, Kept.WHOLE), Kept.START),
        int(size) if size.isascii() and size.isdigit() else None,
        found.get(DIGEST, "")[:LONGEST_DIGEST],
    )
