"""A product event: one thing that Magento reported about one product, and its Kafka record.

The record is a CloudEvents 1.0 event in binary mode: the context in headers, the data as a JSON value, and our
signature as one more header. Records are written and read only here, so that endpoint and consumer can't disagree and
no writer forgets to sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypedDict

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from schemas.attributes import Attributes, Value
from schemas.event_signature import EventSignatures

SPECVERSION = "1.0"
CONTENT_TYPE = "application/json"
TYPE_PREFIX = "magento.product."
DIGEST_LENGTH: Final = 16
LARGEST_RECORD: Final = 4 * 2**20 - 64 * 2**10
"""Bytes of key and value. Topics and producers take 4 MiB with the headers, which are never 64 KiB."""
LONGEST_NAME: Final = 64
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?\+00:00")


class EventKind(StrEnum):
    """What happened to the product in Magento."""

    SAVED = "saved"
    DELETED = "deleted"
    STOCK_CHANGED = "stock_changed"
    ATTRIBUTES_UPDATED = "attributes_updated"
    WEBSITES_CHANGED = "websites_changed"


class Origin(StrEnum):
    """How we learned of the event."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    READ = "read"
    REPLAY = "replay"


_ORIGINS: Final[Mapping[str, Origin]] = {origin.value: origin for origin in Origin}


@dataclass(frozen=True, slots=True)
class ProductEvent:
    """One thing that Magento reported about one product.

    `attributes` has the values as Magento sent them, by attribute code; stock is in `quantity` and `stock_status`.
    `original` has the values before the save, None where they were not sent. `store_id` is the store view that the
    product was saved in, 0 for all. `is_new` is None where the sender did not say. Times are aware UTC: `received_at`
    by the endpoint's clock, `updated_at` by Magento's, None where it was not sent. `partition` is the one of the topic
    that the event was read from. `body_digest` has the first `DIGEST_LENGTH` hex digits of the SHA-256 of the webhook's
    body; None where an event has no webhook of its own, or is older than this field.
    """

    id: str
    shop: str
    kind: EventKind
    received_at: datetime
    entity_id: str | None = None
    sku: str | None = None
    store_id: int = 0
    attributes: Attributes = field(default_factory=dict)
    original: Attributes | None = None
    is_new: bool | None = None
    updated_at: datetime | None = None
    origin: Origin = Origin.WEBHOOK
    replay_of: str | None = None
    traceparent: str | None = None
    partition: int | None = None
    body_digest: str | None = None

    @property
    def key(self) -> bytes:
        """The Kafka key: ``shop/sku``, or ``shop/#<entity id>`` for an event without SKU. It is for routing only."""
        return f"{self.shop}/{self.sku if self.sku is not None else f'#{self.entity_id}'}".encode()


class UnreadableEvent(Exception):
    """The Kafka record is not a product event."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} ({reason})")
        self.reason = reason


class ProductEventSchema(Schema):
    """The schema of the record's JSON value: everything that is not in the CloudEvents headers."""

    class Meta:
        unknown = EXCLUDE

    entity_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=64))
    sku = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=64))
    store_id = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0))
    attributes = fields.Dict(keys=fields.String(), load_default=dict)
    original = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)
    is_new = fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False})
    received_at = fields.AwareDateTime(format="iso", default_timezone=UTC, required=True)
    updated_at = fields.AwareDateTime(format="iso", default_timezone=UTC, load_default=None, allow_none=True)
    origin = fields.Enum(Origin, by_value=True, load_default=Origin.WEBHOOK)
    body_digest = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=DIGEST_LENGTH)
    )

    @post_load
    def normalise(self, data: dict[str, object], **_: object) -> dict[str, object]:
        """Refuse an event that names no product."""
        if data["entity_id"] is None and data["sku"] is None:
            raise ValidationError("has neither entity_id nor sku", "sku")
        return data


_SCHEMA = ProductEventSchema()
_KINDS = {kind.value: kind for kind in EventKind}


def to_record(
    event: ProductEvent, signatures: EventSignatures
) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Return the event as (key, value, headers) of a signed Kafka record."""
    received_at = event.received_at.isoformat()
    fields = {
        "entity_id": event.entity_id,
        "sku": event.sku,
        "store_id": event.store_id,
        "attributes": event.attributes,
        "original": event.original,
        "is_new": event.is_new,
        "received_at": received_at,
        "updated_at": event.updated_at.isoformat() if event.updated_at else None,
        "origin": event.origin.value,
        "body_digest": event.body_digest,
    }
    headers = [
        ("ce_specversion", SPECVERSION.encode()),
        ("ce_id", event.id.encode()),
        ("ce_source", f"/magento/{event.shop}".encode()),
        ("ce_type", f"{TYPE_PREFIX}{event.kind.value}".encode()),
        ("ce_time", received_at.encode()),
        ("content-type", CONTENT_TYPE.encode()),
    ]
    if event.sku is not None:
        headers.append(("ce_subject", event.sku.encode()))
    if event.replay_of is not None:
        headers.append(("ce_replayof", event.replay_of.encode()))
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    key, value = event.key, orjson.dumps({k: v for k, v in fields.items() if v is not None})
    headers.append(signatures.header(key, value, headers))
    return key, value, headers


def from_record(
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    signatures: EventSignatures,
    *,
    partition: int | None = None,
) -> ProductEvent:
    """Return the event of a Kafka record that our own process wrote, read from this partition.

    Raises `UnverifiedEvent` where the signature is missing or wrong, before anything else is read, and
    `UnreadableEvent` where the record is not a product event.
    """
    found = _by_name(headers)
    signatures.verify(key, value, found)
    return _event(value, found, partition)


def from_anyone(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> ProductEvent:
    """Return the event of a Kafka record without verifying who wrote it: a person has vouched for it.

    Raises `UnreadableEvent` where the record is not a product event.
    """
    return _event(value, _by_name(headers))


def _by_name(headers: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return the headers by name in lower case. Of several with one name the last counts, here and when signing."""
    return {name.lower(): raw or b"" for name, raw in headers}


def _event(value: bytes | None, headers: Mapping[str, bytes], partition: int | None = None) -> ProductEvent:
    context = _context(headers)
    try:
        document = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise UnreadableEvent(f"the value is not JSON: {error}") from error
    if not isinstance(document, Mapping):
        raise UnreadableEvent(f"the value is a JSON {type(document).__name__}, not an object")
    try:
        data = read_plain(document) or _SCHEMA.load(document)
    except ValidationError as error:
        raise UnreadableEvent(f"the value has faults: {error.normalized_messages()}") from error
    return ProductEvent(**context, **data, partition=partition)


class _Context(TypedDict):
    id: str
    shop: str
    kind: EventKind
    replay_of: str | None
    traceparent: str | None


def _context(headers: Mapping[str, bytes]) -> _Context:
    try:
        fields = {name: raw.decode() for name, raw in headers.items()}
    except UnicodeDecodeError as error:
        raise UnreadableEvent("a header is not UTF-8") from error
    if fields.get("ce_specversion") != SPECVERSION:
        raise UnreadableEvent(f"ce_specversion is {fields.get('ce_specversion')!r}, not {SPECVERSION!r}")
    kind = fields.get("ce_type", "").removeprefix(TYPE_PREFIX)
    if kind not in _KINDS:
        raise UnreadableEvent(f"ce_type is {fields.get('ce_type')!r}, not one of magento.product.*")
    shop = fields.get("ce_source", "").removeprefix("/magento/")
    if not fields.get("ce_id") or not shop:
        raise UnreadableEvent("ce_id or ce_source is missing")
    return {
        "id": fields["ce_id"],
        "shop": shop,
        "kind": _KINDS[kind],
        "replay_of": fields.get("ce_replayof"),
        "traceparent": fields.get("traceparent"),
    }


class _NotPlain(Exception):
    """The value is not in the plain form."""


def read_plain(fields: Mapping[str, object]) -> dict[str, Any] | None:
    """Return what the schema would load from a value in the form that `to_record` writes; None for any other form.

    It does without marshmallow, which is slower: intake reads many. Any other form is left to the schema, which accepts
    it or names its faults.
    """
    try:
        entity_id, sku = _name(fields.get("entity_id")), _name(fields.get("sku"))
        if entity_id is None and sku is None:
            return None
        return {
            "entity_id": entity_id,
            "sku": sku,
            "store_id": _whole(fields.get("store_id", 0)),
            "attributes": _object(fields.get("attributes", {})),
            "original": None if (original := fields.get("original")) is None else _object(original),
            "is_new": _word(fields.get("is_new")),
            "received_at": _moment(fields.get("received_at")),
            "updated_at": None if (updated := fields.get("updated_at")) is None else _moment(updated),
            "origin": _origin(fields.get("origin", "webhook")),
            "body_digest": _digest(fields.get("body_digest")),
        }
    except (_NotPlain, ValueError):
        return None


def _name(value: object) -> str | None:
    if value is None or (type(value) is str and 0 < len(value) <= LONGEST_NAME):
        return value
    raise _NotPlain


def _digest(value: object) -> str | None:
    if value is None or (type(value) is str and len(value) <= DIGEST_LENGTH):
        return value
    raise _NotPlain


def _whole(value: object) -> int:
    if type(value) is int and value >= 0:
        return value
    raise _NotPlain


def _object(value: object) -> dict[str, Value]:
    if type(value) is dict:
        return value
    raise _NotPlain


def _word(value: object) -> bool | None:
    if value is None or type(value) is bool:
        return value
    raise _NotPlain


def _origin(value: object) -> Origin:
    if type(value) is str and value in _ORIGINS:
        return _ORIGINS[value]
    raise _NotPlain


def _moment(value: object) -> datetime:
    if type(value) is str and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    raise _NotPlain
