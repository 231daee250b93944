"""Read the value of a product event as `to_record` writes it, without marshmallow, which is slower: intake reads many.

Any other form is left to the schema, which accepts it or names its faults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from schemas.attributes import Value

Origin = TypeVar("Origin")

LONGEST_NAME: Final = 64
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?\+00:00")


class _NotPlain(Exception):
    """The value is not in the plain form."""


def read_plain(fields: Mapping[str, object], origins: Mapping[str, object]) -> dict[str, Any] | None:
    """Return what the schema would load from this value; None where the schema has to load it.

    `origins` maps the names of origins to the members of the enumeration.
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
            "origin": _origin(fields.get("origin", "webhook"), origins),
        }
    except (_NotPlain, ValueError):
        return None


def _name(value: object) -> str | None:
    if value is None or (type(value) is str and 0 < len(value) <= LONGEST_NAME):
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


def _origin(value: object, origins: Mapping[str, Origin]) -> Origin:
    if type(value) is str and value in origins:
        return origins[value]
    raise _NotPlain


def _moment(value: object) -> datetime:
    if type(value) is str and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    raise _NotPlain
