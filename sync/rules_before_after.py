"""The rules then and now: what governed before a change was stored, as its job tells it, beside what governs now.

The job tells it by the numbers of the versions that were in force, and by the little of each shop that says what its
listings are sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
    """What governed before the change, without its shops; None where this m2t does not read it any more."""
    try:
        return rule_history.load(connection, job.document["before"])
    except (ValidationError, LookupError) as error:
        log.warning("earlier_rules_unreadable", job=job.id, error=type(error).__name__)
        return None


def rules_between(
    then: Rulebooks | None, now: Rulebooks, job: Job
) -> Mapping[str, tuple[Rulebook, Rulebook]] | None:
    """Of each shop of the job what governed it before and what does now, where these differ; None where not known."""
    if then is None:
        return None
    value = job.document["shops"]
    there = sorted(value.keys() & now.shops.keys())
    before = replace(then, shops={key: _as_it_was(now.shops[key], value[key]) for key in there})
    both = {key: (before.of(key), now.of(key)) for key in there}
    return {key: (old, new) for key, (old, new) in both.items() if old != new}


def shop_snapshot(shop: Shop) -> dict[str, Any]:
    """What of a shop says what its listings are sent; no secret."""
    return {
        "synchronization_policy": shop.synchronization_policy,
        "website_id": shop.magento.website_id,
        "attribute_types": {code: kind.value for code, kind in shop.magento.attribute_types.items()},
        "connected": shop.tiktok.connected,
        "region": shop.tiktok.region,
        "currency": shop.tiktok.currency,
        "warehouse_ids": list(shop.tiktok.warehouse_ids),
    }


def _as_it_was(shop: Shop, fields: Mapping[str, Any]) -> Shop:
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
        magento=replace(shop.magento, website_id=fields["website_id"], attribute_types=types),
        tiktok=tiktok if fields["connected"] else NOT_CONNECTED,
    )
