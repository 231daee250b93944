"""A sample of each kind of record, and the values that it must be read as."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from consumer.outbox.outcome_relay import _letter as dead_letter_record
from consumer.outbox.outcome_relay import _outcome as outcome_record
from records.log.dead_letters import DeadLetter
from records.log.outcomes import OutcomeRow
from schemas.event_signature import HEADER, EventSignatures
from schemas.listing import OutcomeKind
from schemas.product_event import EventKind, Origin, ProductEvent, to_record
from schemas.quarantined import Kept, QuarantinedWebhook
from schemas.secret import Secret
from tiktok.listing.sync_plan import Operation
from topics.event_consumer import Record
from topics.producer import Topics
from topics.refused_webhooks import RefusedWebhooks
from topics.refused_webhooks import to_record as refused_to_record

SAMPLE_KEY: Final = "the secret key of the sample records alone"
RECEIVED: Final = datetime(2026, 11, 3, 9, 30, 15, 250_000, tzinfo=UTC)
TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SHIRT: Final[Mapping[str, Any]] = {
    "name": "Linen shirt",
    "type_id": "simple",
    "price": "39.9000",
    "special_price": None,
    "status": "1",
    "visibility": "4",
    "website_ids": ["1"],
    "category_ids": ["3", "8"],
    "color": "49",
    "weight": 0.25,
    "quantity": 12,
    "stock_status": 1,
}


def signatures(*keys: str, required: bool = True) -> EventSignatures:
    """Return the signatures of these secret keys, newest first."""
    return EventSignatures([Secret(key) for key in keys or (SAMPLE_KEY,)], required=required)


def sample_events() -> Mapping[str, ProductEvent]:
    """Return an event of each kind, by name; together they use every field."""
    return {
        "saved": ProductEvent(
            id="sample-saved",
            shop="demo",
            kind=EventKind.SAVED,
            received_at=RECEIVED,
            entity_id="101",
            sku="LINEN-1",
            attributes=dict(SHIRT),
            is_new=True,
            updated_at=RECEIVED.replace(microsecond=0),
            traceparent=TRACE,
        ),
        "saved_in_a_store_view": ProductEvent(
            id="sample-store-view",
            shop="demo",
            kind=EventKind.SAVED,
            received_at=RECEIVED,
            entity_id="101",
            sku="LINEN-1",
            store_id=2,
            attributes={"name": "Chemise en lin"},
            original={"name": "Linen shirt"},
            is_new=False,
        ),
        "saved_with_the_digest_of_its_body": ProductEvent(
            id="sample-digest",
            shop="demo",
            kind=EventKind.SAVED,
            received_at=RECEIVED,
            sku="LINEN-1",
            attributes=dict(SHIRT),
            body_digest="5f70bf18a0860070",
        ),
        "stock_changed": ProductEvent(
            id="sample-stock",
            shop="demo",
            kind=EventKind.STOCK_CHANGED,
            received_at=RECEIVED,
            sku="LINEN-1",
            attributes={"quantity": "0", "stock_status": "0"},
            origin=Origin.SWEEP,
        ),
        "attributes_updated": ProductEvent(
            id="sample-attributes",
            shop="demo",
            kind=EventKind.ATTRIBUTES_UPDATED,
            received_at=RECEIVED,
            entity_id="103",
            attributes={"status": "2"},
            origin=Origin.REPLAY,
            replay_of="sample-older",
        ),
        "websites_changed": ProductEvent(
            id="sample-websites",
            shop="demo",
            kind=EventKind.WEBSITES_CHANGED,
            received_at=RECEIVED,
            entity_id="103",
            attributes={"website_ids": ["2"]},
            origin=Origin.READ,
        ),
        "deleted": ProductEvent(
            id="sample-deleted",
            shop="demo",
            kind=EventKind.DELETED,
            received_at=RECEIVED,
            entity_id="102",
            sku="LINEN/ü 2",
        ),
    }


def plain_event(event: ProductEvent) -> dict[str, Any]:
    """Return an event as JSON: the values of its headers, and its value."""
    return {
        "id": event.id,
        "shop": event.shop,
        "kind": event.kind.value,
        "replay_of": event.replay_of,
        "traceparent": event.traceparent,
        "value": {
            "entity_id": event.entity_id,
            "sku": event.sku,
            "store_id": event.store_id,
            "attributes": event.attributes,
            "original": event.original,
            "is_new": event.is_new,
            "received_at": event.received_at.isoformat(),
            "updated_at": event.updated_at and event.updated_at.isoformat(),
            "origin": event.origin.value,
            **({} if event.body_digest is None else {"body_digest": event.body_digest}),
        },
    }


def plain_webhook(webhook: QuarantinedWebhook) -> dict[str, Any]:
    """Return the values in the headers of a quarantined webhook, as JSON."""
    body = {"kept": webhook.kept.value, "size": webhook.size, "digest": webhook.digest}
    return {
        **(body if webhook.kept is not Kept.WHOLE else {}),
        "shop": webhook.shop,
        "event_id": webhook.event_id,
        "reason": webhook.reason,
        "detail": webhook.detail,
        "received_at": webhook.received_at.isoformat(),
        "traceparent": webhook.traceparent,
        "sender": webhook.sender,
    }


def plain_refused(refused: RefusedWebhooks) -> dict[str, Any]:
    """Return refused webhooks as JSON."""
    return {
        "value": {
            "shop": refused.shop,
            "since": refused.since.isoformat(),
            "until": refused.until.isoformat(),
            "reasons": dict(refused.reasons),
        }
    }


def sample_records() -> dict[str, Any]:
    """Return a record of each kind as JSON: its bytes in base64, and the values that it must be read as."""
    signed = signatures()
    records: dict[str, Any] = {}
    for name, event in sample_events().items():
        records[name] = _encoded("event", *to_record(event, signed), plain_event(event))
    key, value, headers = to_record(event := sample_events()["saved"], signed)
    unsigned = [(name, raw) for name, raw in headers if name != HEADER]
    records["unsigned"] = _encoded("event", key, value, unsigned, plain_event(event))
    webhook = QuarantinedWebhook(
        "demo", "sample-quarantined", "not_json", "The body is not JSON.", RECEIVED, TRACE
    )
    body = b'{"sku": '
    key = b"demo"
    records["quarantined"] = _encoded(
        "quarantined", key, body, webhook.headers(key, body, signed), plain_webhook(webhook)
    )
    start = replace(webhook, reason="record_too_large", kept=Kept.START, size=5_000_000, digest="5f" * 32)
    records["quarantined_start"] = _encoded(
        "quarantined", key, body, start.headers(key, body, signed), plain_webhook(start)
    )
    refused = RefusedWebhooks("demo", RECEIVED, RECEIVED, {"no_match": 12, "missing_header": 1})
    records["refused"] = _encoded("refused", *refused_to_record(refused, signed), plain_refused(refused))
    outcome = OutcomeRow(
        "sample-outcome", "demo", 7, "LINEN-1", "sample-saved", OutcomeKind.ACCEPTED.value,
        Operation.CREATE.value, 0, "20261103093015010245", RECEIVED,
    )  # fmt: skip
    records["outcome"] = _encoded("outcome", *outcome_record(outcome), {"value": _outcome_value(outcome)})
    letter = DeadLetter(
        shop="demo",
        origin_topic="magento.product.events",
        origin_partition=3,
        origin_offset=77,
        origin_timestamp=1_793_000_000_000,
        key=b"demo/LINEN-1",
        value=b"{",
        headers=(("ce_id", b"sample-unreadable"), ("ce_source", b"/magento/demo")),
        reason="unreadable_event",
        error_class="UnreadableEvent",
        error_message="the value is not JSON",
        first_failed_at=RECEIVED,
    )
    records["dead_letter"] = _encoded("dead_letter", *dead_letter_record(letter, "m2t.consumer"), None)
    return {"secret_key": SAMPLE_KEY, "records": records}


def _outcome_value(row: OutcomeRow) -> dict[str, Any]:
    return {
        "outcome_id": row.outcome_id,
        "shop": row.shop,
        "sku": row.sku,
        "event_id": row.event_id,
        "kind": row.kind,
        "operation": row.operation,
        "code": row.code,
        "request_id": row.request_id,
        "at": row.at.isoformat(),
    }


def _encoded(
    kind: str, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]], reads_as: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "key": b64encode(key or b"").decode(),
        "value": b64encode(value or b"").decode(),
        "headers": [[name, b64encode(raw).decode()] for name, raw in headers],
        "reads_as": reads_as,
    }


def quarantined_record(body: bytes) -> Record:
    """Return the record that the webhook endpoint writes for a body that it can't read."""
    answer = QuarantinedWebhook(
        "demo", "sample-quarantined", "not_json", "The body is not JSON.", RECEIVED, TRACE
    )
    written = Topics("events", "dead_letters", signatures()).quarantine_record(answer, body)
    return Record("dead_letters", 0, 0, 0, written.key, written.value, written.headers)
