"""Stopped shops: store which shops need a person, and which have resumed, for the merchant to see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from records.log import activity
from records.log.activity import ActivityRow
from records.rules import shops


def record(connection: Connection, shop: str, why: str | None, *, activity_log: bool, now: datetime) -> None:
    """Store why the shop is stopped; None if TikTok answers its calls again. Only a change is written and logged."""
    differs = (
        shops.clear_stopped(connection, shop) if why is None else shops.stop(connection, shop, why, now=now)
    )
    if differs and activity_log:
        activity.put(connection, [_row(shop, why, now)])


def _row(shop: str, why: str | None, now: datetime) -> ActivityRow:
    return ActivityRow(
        at=now,
        shop=shop,
        product_id=None,
        sku=None,
        level="error" if why else "info",
        actor="delivery",
        kind="note",
        action="none",
        reason="shop_stopped" if why else "shop_goes_on",
        message=f"Sync stopped: {why}" if why else "Sync resumed: TikTok answers the shop's calls again.",
    )
