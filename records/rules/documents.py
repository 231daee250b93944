"""The stored documents of all rules and shops, for the export. No secret is opened."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, select

from records.rules.tables import (
    image_policies,
    inventory_policies,
    listing_templates,
    pricing_policies,
    shops,
    synchronization_policies,
)


def load_all(connection: Connection, sealed: str) -> dict[str, list[dict[str, object]]]:
    """Return every document by the name of its list in an apply file; `sealed` replaces each secret."""
    listed: tuple[Table, ...] = (
        synchronization_policies,
        pricing_policies,
        inventory_policies,
        image_policies,
        listing_templates,
    )
    loaded = {
        str(table.name): [
            row.document for row in connection.execute(select(table.c.document).order_by(table.c.title))
        ]
        for table in listed
    }
    of_shops = [
        _shop(row.document, sealed)
        for row in connection.execute(select(shops.c.document).order_by(shops.c.key))
    ]
    return {**loaded, "shops": of_shops}


def _shop(document: Mapping[str, object], sealed: str) -> dict[str, object]:
    found = {name: _without_secrets(value, sealed) for name, value in document.items()}
    tiktok = found.get("tiktok")
    if isinstance(tiktok, dict):
        # The tokens are in columns of their own.
        found["tiktok"] = {**tiktok, "access_token": sealed, "refresh_token": sealed}
    return found


def _without_secrets(value: object, sealed: str) -> object:
    if isinstance(value, dict):
        if value.keys() == {"sealed"}:
            return sealed
        return {name: _without_secrets(inner, sealed) for name, inner in value.items()}
    return [_without_secrets(inner, sealed) for inner in value] if isinstance(value, list) else value
