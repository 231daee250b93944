"""What a person fills in to connect a shop, in the set-up and in the settings; and the link with which it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from records.accounts import users
from records.db.database import Database

APP_SECRET = "sandbox-app-secret-0123456789"
MAGENTO = {"key": "main", "title": "Main shop", "store_view_id": "1", "website_id": "1"}
TEMPLATE = {
    "title": "Shirts",
    "category_id": "600001",
    "category_version": "v1",
    "weight": "0.3",
    "weight_unit": "KILOGRAM",
    "attribute": "attribute_set_id",
    "operator": "is",
    "value": "9",
    "images": "Own images",
}


def ticket(database: Database, within: timedelta = timedelta(hours=24)) -> str:
    """What stands in the link by which the first admin registers."""
    with database.write() as connection:
        return users.issue_ticket(connection, None, until=datetime.now(UTC) + within)


def magento(**changed: str) -> dict[str, object]:
    """The form of the Magento half as it stands in the page of the demo shop."""
    fields = {
        "title": "Demo shop",
        "store_view_id": "1",
        "website_id": "1",
        "price_scope": "global",
        "sender": "standard",
        "signature_scheme": "standard_webhooks",
        "signature_header": "x-webhook-signature",
        "base_url": "https://magento.example",
        "token": "",
    }
    return {**fields, **changed}
