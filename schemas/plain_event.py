"""A product event's value as we write it ourselves, read without the schema's detours: intake reads many.

Strict: whatever differs from the plain form is left to the schema, which accepts it or says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

LONGEST_NAME: Final = 64
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?\+00:00")


class _NotPlain(Exception):
    """It is for the schema to say."""


def read_plain(told: Mapping[str, Any], origins: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the schema would load from this value, `origins` being those that it knows; None where it is to be asked."""
    try:
        entity_id, sku = _name(told.get("entity_id")), _name(told.get("sku"))
        if entity_id is None and sku is None:
            return None
        return {
            "entity_id": entity_id,
            "sku": sku,
            "store_id": _whole(told.get("store_id", 0)),
            "attributes": _object(told.get("attributes", {})),
            "original": None if (original := told.get("original")) is None else _object(original),
            "is_new": _word(told.get("is_new")),
            "received_at": _moment(told.get("received_at")),
            "updated_at": None if (updated := told.get("updated_at")) is None else _moment(updated),
            "origin": _origin(told.get("origin", "webhook"), origins),
        }
    except (_NotPlain, ValueError):
        return None


def _name(told: Any) -> str | None:
    if told is None or (type(told) is str and 0 < len(told) <= LONGEST_NAME):
        return told
    raise _NotPlain


def _whole(told: Any) -> int:
    if type(told) is int and told >= 0:
        return told
    raise _NotPlain


def _object(told: Any) -> dict[str, Any]:
    if type(told) is dict:
        return told
    raise _NotPlain


def _word(told: Any) -> bool | None:
    if told is None or type(told) is bool:
        return told
    raise _NotPlain


def _origin(told: Any, origins: Mapping[str, Any]) -> Any:
    if type(told) is str and told in origins:
        return origins[told]
    raise _NotPlain


def _moment(told: Any) -> datetime:
    if type(told) is str and _MOMENT.fullmatch(told):
        return datetime.fromisoformat(told)
    raise _NotPlain
