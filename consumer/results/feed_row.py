"""The feed log's row of one TikTok call."""

from __future__ import annotations

from records.log.feeds import FeedRow
from tiktok.client.exchange import Exchange


def feed_row(
    exchange: Exchange,
    *,
    shop: str,
    product_id: int | None = None,
    sku: str | None = None,
    event_id: str | None = None,
) -> FeedRow:
    """Return the row of a call, without the bodies of request and response: a token's renewal has secrets in both."""
    return FeedRow(
        at=exchange.at,
        shop=shop,
        product_id=product_id,
        sku=sku,
        direction="out",
        operation=exchange.operation,
        event_id=event_id,
        http_status=exchange.http_status,
        code=exchange.code,
        message=exchange.message,
        request_id=exchange.request_id,
        milliseconds=exchange.milliseconds,
        failed=exchange.failed,
    )
