"""Gather the external contract as JSON values, with a function for each snapshot file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.contract.gather.database_schema import database, migrations
from tests.contract.gather.declarations import apply_file, commands, settings
from tests.contract.gather.http_addresses import addresses
from tests.contract.gather.kafka_records import record_fields, topics
from tests.contract.gather.measurements import log_events, metrics
from tests.contract.gather.stored_codes import codes

SNAPSHOTS: Final[Mapping[str, Callable[[], Any]]] = {
    "addresses": addresses,
    "apply_file": apply_file,
    "codes": codes,
    "commands": commands,
    "database": database,
    "log_events": log_events,
    "metrics": metrics,
    "migrations": migrations,
    "record_fields": record_fields,
    "settings": settings,
    "topics": topics,
}
"""Name of a snapshot file -> the function that gathers its content."""
