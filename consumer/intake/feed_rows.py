"""The feed log's rows of received events."""

from __future__ import annotations

from typing import Final

from records.log.feeds import LONGEST_BODY, FeedRow
from schemas.product_event import Origin, ProductEvent
from topics.event_consumer import Record

_ACCEPTED: Final = 202


def received_row(
    event: ProductEvent,
    record: Record,
    *,
    operation: str,
    product_id: int | None,
    sku: str | None,
    message: str | None = None,
    failed: bool = False,
) -> FeedRow:
    """Return the row of an event, with the start of its record.

    Its HTTP status is the endpoint's answer to the webhook, None for an event that no webhook brought.
    """
    return FeedRow(
        at=event.received_at,
        shop=event.shop,
        product_id=product_id,
        sku=sku,
        direction="in",
        operation=operation,
        event_id=event.id,
        http_status=_ACCEPTED if _is_of_a_webhook(event) else None,
        message=message,
        request=(record.value or b"")[:LONGEST_BODY].decode(errors="replace"),
        failed=failed,
    )


def _is_of_a_webhook(event: ProductEvent) -> bool:
    return event.origin is Origin.WEBHOOK and event.replay_of is None
