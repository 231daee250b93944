"""The rules before a change was stored, as its resync job recorded them, beside the rules now.

The job's document has the version numbers of the rules that were in force, and a snapshot of those settings of each
shop that determine what its listings are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

import structlog
from marshmallow import ValidationError
from sqlalchemy import Connection

from policies.rulebook import Rulebook, Rulebooks
from records.jobs.jobs import Job
from records.rules import rule_history
from schemas.attributes import AttributeType
from schemas.shop import NOT_CONNECTED, Shop

log = structlog.get_logger(__name__)


def rules_before(connection: Connection, job: Job) -> Rulebooks | None:
    """Return the rules before the change, without shops; None where this version can't read them any more."""
    try:
        return rule_history.load(connection, job.document["before"])
    except (ValidationError, LookupError) as error:
        log.warning("earlier_rules_unreadable", job=job.id, error=type(error).__name__)
        return None


def rules_between(
    before: Rulebooks | None, now: Rulebooks, job: Job
) -> Mapping[str, tuple[Rulebook, Rulebook]] | None:
    """Return the rulebooks before and now of each shop of the job where they differ; None where `before` is None."""
    if before is None:
        return None
    snapshots: Mapping[str, ShopSnapshot] = job.document["shops"]
    keys = sorted(snapshots.keys() & now.shops.keys())
    before = replace(before, shops={key: _as_it_was(now.shops[key], snapshots[key]) for key in keys})
    both = {key: (before.of(key), now.of(key)) for key in keys}
    return {key: (old, new) for key, (old, new) in both.items() if old != new}


class ShopSnapshot(TypedDict):
    """The settings of a shop that determine what its listings are sent, as JSON. It contains no secret."""

    synchronization_policy: str
    website_id: int | None
    store_view_id: int
    attribute_types: dict[str, str]
    category_parents: dict[str, str]
    connected: bool
    region: str
    currency: str
    warehouse_ids: list[str]


def shop_snapshot(shop: Shop) -> ShopSnapshot:
    """Return the snapshot of a shop that a resync job stores."""
    return {
        "synchronization_policy": shop.synchronization_policy,
        "website_id": shop.magento.website_id,
        "store_view_id": shop.magento.store_view_id,
        "attribute_types": {code: kind.value for code, kind in shop.magento.attribute_types.items()},
        "category_parents": dict(shop.magento.category_parents),
        "connected": shop.tiktok.connected,
        "region": shop.tiktok.region,
        "currency": shop.tiktok.currency,
        "warehouse_ids": list(shop.tiktok.warehouse_ids),
    }


def _as_it_was(shop: Shop, fields: ShopSnapshot) -> Shop:
    types = {code: AttributeType(kind) for code, kind in fields["attribute_types"].items()}
    tiktok = replace(
        shop.tiktok,
        region=fields["region"],
        currency=fields["currency"],
        warehouse_ids=tuple(fields["warehouse_ids"]),
    )
    return replace(
        shop,
        synchronization_policy=fields["synchronization_policy"],
        magento=replace(
            shop.magento,
            website_id=fields["website_id"],
            # Jobs of earlier versions lack these two.
            store_view_id=fields.get("store_view_id", shop.magento.store_view_id),
            category_parents=fields.get("category_parents", shop.magento.category_parents),
            attribute_types=types,
        ),
        tiktok=tiktok if fields["connected"] else NOT_CONNECTED,
    )
