"""The topics, and the fields of the records on them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from config.settings import PREFIX, Settings
from consumer.outbox.quarantine_reader import GROUP_SUFFIX
from schemas.product_event import EventKind, Origin, ProductEventSchema
from tests.contract.gather.sample_records import sample_records
from topics.admin import MAX_MESSAGE_BYTES, PARTITIONS, RETENTION_MS

SECRET_KEY: Final = "Y3Q9bWw1x7Lr0Vd8pZs2Kf6Ht4Ng-Ue_Ja"


def topics() -> dict[str, Any]:
    """Return the names of topics and groups, and the settings that topics are created with."""
    plain, prefixed = (
        Settings.from_environ(
            {f"{PREFIX}SECRET_KEY": SECRET_KEY, f"{PREFIX}TOPIC_PREFIX": prefix}, dotenv=None
        )
        for prefix in ("", "staging.")
    )
    return {
        "names": _topic_names(plain),
        "names_with_prefix": _topic_names(prefixed),
        "groups": {"events": plain.consumer_group, "dead_letters": f"{plain.consumer_group}{GROUP_SUFFIX}"},
        "created_with": {
            "partitions": PARTITIONS,
            "retention.ms": RETENTION_MS,
            "max.message.bytes": MAX_MESSAGE_BYTES,
        },
    }


def _topic_names(of: Settings) -> dict[str, str]:
    return {
        "events": of.events_topic,
        "dead_letters": of.dead_letters_topic,
        "outcomes": of.outcomes_topic,
    }


def record_fields() -> dict[str, Any]:
    """Return, for each kind of record, the names of its headers and of the fields of its value."""
    written = sample_records()["records"]
    found: dict[str, Any] = defaultdict(lambda: {"headers": set(), "value": set()})
    for record in written.values():
        of_kind = found[record["kind"]]
        of_kind["headers"] |= {name for name, _ in record["headers"]}
        if record["kind"] in ("event", "outcome", "refused"):
            of_kind["value"] |= set(record["reads_as"]["value"])
    shapes = {kind: {part: sorted(names) for part, names in shape.items()} for kind, shape in found.items()}
    return {
        **shapes,
        "event_schema": sorted(ProductEventSchema().fields),
        "event_kinds": sorted(kind.value for kind in EventKind),
        "event_origins": sorted(origin.value for origin in Origin),
    }
