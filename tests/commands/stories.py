"""States of a shirt: saves go through the real intake; deliveries are simulated by the rows that they write."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, update

from records import every_table as tables
from records.catalog import sync_queue
from records.catalog.sync_queue import SyncRequest
from records.log import activity
from records.log.activity import ActivityRow
from records.log.events import End
from schemas.listing import FirstAudit, ListingStatus, OutcomeKind
from schemas.product import Product
from tests.commands.conftest import Desk
from tests.commands.examples import SKU, declaration, policy, saved, template
from tests.policies.examples import at

TIKTOK_ID = "1729592969712207008"
SENT: dict[str, Any] = {
    "content": {"title": "Linen shirt"},
    "price": {SKU: ["29.00", "USD"]},
    "stock": {SKU: {"7068517275539719942": 18}},
    "availability": "live",
}


@dataclass(frozen=True)
class DeliveryOutcome:
    """The outcome of a delivery: its kind, its message, and the hint that the activity log has."""

    kind: OutcomeKind
    message: str
    hint: str = ""


ACCEPTED = DeliveryOutcome(OutcomeKind.ACCEPTED, "TikTok accepted it: created.")
REFUSED = DeliveryOutcome(
    OutcomeKind.REJECTED, "TikTok rejected it: the title is too long.", "Shorten the name."
)


def delivered(
    desk: Desk,
    value: DeliveryOutcome | None = ACCEPTED,
    seconds: float = 1,
    due_at: datetime | None = None,
    tries: int = 0,
    waits: bool = False,
    **listing: Any,
) -> None:
    """Write the rows that a delivery of the shirt leaves; the listing is live unless `listing` changes its fields.

    The queue row is deleted, or due at `due_at` if given. With `waits`, the events are not ended yet.
    """
    product = desk.product(SKU)
    live: dict[str, Any] = {
        "tiktok_product_id": TIKTOK_ID,
        "skus": {SKU: "1729592969712207012"},
        "status": ListingStatus.ACTIVATE,
        "first_audit": FirstAudit.PASSED,
    }
    sent = {"last_sent": listing.pop("last_sent", SENT)}
    outcome = {"last_outcome": value.kind, "last_message": value.message} if value else {}
    with desk.database.write() as connection:

        def put(table: Table, **values: Any) -> None:
            connection.execute(update(table).where(table.c.product_id == product.id).values(values))

        put(tables.catalog.listings, **{**live, **outcome, **listing})
        put(tables.catalog.listing_parts, **sent)
        if not waits:
            put(tables.log.events, end=End.APPLIED, ended_at=at(seconds))
        if due_at is not None:
            put(tables.catalog.pending_syncs, due_at=due_at, tries=tries)
        else:
            connection.execute(delete(tables.catalog.pending_syncs))
        if value is not None and desk.logs_activity():
            activity.put(connection, [_logged(product, value, seconds)])


def _logged(product: Product, value: DeliveryOutcome, seconds: float) -> ActivityRow:
    return ActivityRow(
        at=at(seconds),
        shop=product.shop,
        product_id=product.id,
        sku=product.sku,
        level="error" if value.kind.is_failed else "info",
        actor="delivery",
        kind="outcome",
        action="none",
        reason=value.kind.value,
        message=f"{value.message} {value.hint}".strip(),
    )


def request_sync(desk: Desk, seconds: float = 5) -> None:
    """Queue a sync of the shirt that a person requested."""
    with desk.database.write() as connection:
        product = desk.product(SKU)
        sync_queue.enqueue(connection, [SyncRequest(product.id, "demo", 3, requested=True)], now=at(seconds))


def govern(desk: Desk, **parts: Any) -> None:
    applied = desk.apply(declaration(**parts))
    assert applied.exit_code == 0, applied.output


def with_policy(desk: Desk, **switches: Any) -> None:
    govern(desk, synchronization_policies=[policy(**switches)])


def synced(desk: Desk) -> None:
    desk.take(saved(0))
    delivered(desk)


def verdict(desk: Desk) -> str:
    return str(explained(desk)["verdict"])


def explained(desk: Desk) -> dict[str, Any]:
    result = desk.m2t("explain", SKU, "--json")
    assert result.exit_code == 0, result.output
    (product,) = json.loads(result.stdout)["products"]
    return dict(product)


def stale(desk: Desk) -> None:
    desk.take(saved(10))
    delivered(desk, seconds=11)
    desk.take(saved(0, color="red"), at=12)


def other_store_view(desk: Desk) -> None:
    synced(desk)
    desk.take(saved(5, store_id=3, attributes={"name": "Leinenhemd"}))


def of_another_type(desk: Desk) -> None:
    desk.take(saved(type_id="bundle"))


def update_off(desk: Desk) -> None:
    synced(desk)
    with_policy(desk, product_update=False, inventory_price_sync=False)


def synced_then_saved(**value: Any) -> Callable[[Desk], None]:
    def story(desk: Desk) -> None:
        synced(desk)
        desk.take(saved(5, **value))

    return story


def first_saved(**value: Any) -> Callable[[Desk], None]:
    def story(desk: Desk) -> None:
        desk.take(saved(**value))

    return story


def upload_off(desk: Desk) -> None:
    with_policy(desk, product_upload=False)
    desk.take(saved())


def gone(desk: Desk) -> None:
    desk.take(saved())
    delivered(desk, REFUSED, gone=True)


def upload_requested(desk: Desk) -> None:
    desk.take(saved(is_new=False))
    request_sync(desk)


def eligible_again(desk: Desk) -> None:
    synced_then_saved(status="2")(desk)
    delivered(desk, seconds=6, status=ListingStatus.SELLER_DEACTIVATED)
    desk.take(saved(10))


def template_changed(desk: Desk) -> None:
    govern(desk, listing_templates=[template(), template("Mugs", "11")])
    synced_then_saved(attribute_set_id="11")(desk)


def sync_requested(desk: Desk) -> None:
    synced(desk)
    request_sync(desk)


def policy_changed(desk: Desk) -> None:
    synced(desk)
    govern(desk, listing_templates=[template(category_id="600002")])


def not_accepted(desk: Desk) -> None:
    desk.take(saved())
    delivered(desk, REFUSED)
    desk.take(saved(5, name="Shirt"))


def observing(desk: Desk, **value: Any) -> None:
    with_policy(desk, only_specific_attributes=True, observed_attributes=["color"])
    synced_then_saved(**value)(desk)


def price_off(desk: Desk) -> None:
    with_policy(desk, inventory_price_sync=False)
    synced_then_saved(price="31.00")(desk)


def never_decided(desk: Desk) -> None:
    upload_requested(desk)
    delivered(desk, seconds=6)
