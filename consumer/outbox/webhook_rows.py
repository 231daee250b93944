"""Rows of the feed log for webhooks that led to no event: quarantined or refused by the endpoint. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from records.log.dead_letters import DeadLetter
from records.log.feeds import LONGEST_BODY, QUARANTINED, REFUSED, FeedRow
from schemas.quarantined import QuarantinedWebhook
from topics.refused_webhooks import RefusedWebhooks

ROW_EVERY: Final = timedelta(minutes=1)
_ACCEPTED, _UNAUTHORIZED, _TOO_LARGE = 202, 401, 413
_WORDS: Final = {
    "missing_header": "without signature",
    "malformed_header": "with a malformed signature header",
    "outside_window": "signed more than five minutes ago or ahead",
    "no_match": "with a signature that does not match the secret",
    "body_too_large": "with a body that is too large",
}


def quarantined_row(letter: DeadLetter, webhook: QuarantinedWebhook) -> FeedRow:
    """Return the row of a verified webhook whose body can't be read. The letter has a shop."""
    return FeedRow(
        at=webhook.received_at,
        shop=letter.shop or "",
        product_id=None,
        sku=None,
        direction="in",
        operation=QUARANTINED,
        event_id=_text(webhook.event_id),
        http_status=_ACCEPTED,
        message=f"{letter.reason}: {letter.error_message}",
        request=_text((letter.value or b"")[:LONGEST_BODY].decode(errors="replace")),
        failed=True,
    )


def refused_row(refused: RefusedWebhooks) -> FeedRow:
    """Return the row of the webhooks that one process of the endpoint refused."""
    number = sum(refused.reasons.values())
    parts = [f"{count} {_WORDS.get(reason, reason)}" for reason, count in sorted(refused.reasons.items())]
    since = f"since {refused.since:%H:%M:%S} UTC: " if number > 1 else ""
    return FeedRow(
        at=refused.until,
        shop=refused.shop,
        product_id=None,
        sku=None,
        direction="in",
        operation=REFUSED,
        http_status=_TOO_LARGE if refused.reasons.keys() == {"body_too_large"} else _UNAUTHORIZED,
        message=f"At least {number} refused, {since}{', '.join(parts)}.",
        failed=True,
    )


def is_due(refused: RefusedWebhooks, newest: datetime | None) -> bool:
    """Return whether these get a row, if the shop's newest row of this kind is of the moment `newest`.

    Several processes report, and a record may be read twice.
    """
    return newest is None or refused.until - newest >= ROW_EVERY


def _text(text: str) -> str:
    """Return the text without NUL, which PostgreSQL can't store."""
    return text.replace("\x00", "")
