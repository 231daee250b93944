"""Webhooks that the endpoint refused, as a record on the dead-letter topic: how many of a shop, and why.

The endpoint never writes to the database, so a merchant sees them because the consumer reads these records. Nothing of
a refused request itself is in them. They are signed by a key of their own; earlier versions skip them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from schemas.event_signature import EventSignatures, UnverifiedEvent

TYPE: Final = b"magento.webhooks.refused"
_TYPE_HEADER: Final = "ce_type"


@dataclass(frozen=True, slots=True)
class RefusedWebhooks:
    """The webhooks of a shop that one process refused from `since` until `until`: their number by reason code."""

    shop: str
    since: datetime
    until: datetime
    reasons: Mapping[str, int]


class _RefusedSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    shop = fields.String(required=True, validate=validate.Length(min=1, max=40))
    since = fields.AwareDateTime(format="iso", required=True)
    until = fields.AwareDateTime(format="iso", required=True)
    reasons = fields.Dict(
        keys=fields.String(validate=validate.Length(max=60)),
        values=fields.Integer(strict=True, validate=validate.Range(min=1)),
        required=True,
        validate=validate.Length(min=1, max=20),
    )


def to_record(
    refused: RefusedWebhooks, signatures: EventSignatures
) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Return them as (key, value, headers) of a signed Kafka record."""
    value = {
        "shop": refused.shop,
        "since": refused.since.isoformat(),
        "until": refused.until.isoformat(),
        "reasons": refused.reasons,
    }
    key, raw = refused.shop.encode(), orjson.dumps(value)
    headers = [(_TYPE_HEADER, TYPE)]
    return key, raw, [*headers, signatures.refusals.header(key, raw, headers)]


def from_record(
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    signatures: EventSignatures,
) -> RefusedWebhooks | None:
    """Return the refused webhooks of a record; None if it is of another kind, unsigned or unreadable."""
    found = dict(headers)
    if found.get(_TYPE_HEADER) != TYPE:
        return None
    try:
        signatures.refusals.verify(key, value, found)
        return RefusedWebhooks(**_RefusedSchema().load(orjson.loads(value or b"")))
    except (UnverifiedEvent, orjson.JSONDecodeError, ValidationError):
        return None
