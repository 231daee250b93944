"""Changes: whether two values of an attribute are the same, and which attributes of a product changed.

The door keeps values as told, and Magento tells the same value in several dresses: ``"1"``, ``1`` and ``true``;
``"10.00"`` and ``10``; a multiselect as a comma string or a list. Sameness is judged here, by attribute type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from schemas.attributes import (
    ATTRIBUTE_TYPES,
    FORM_FIELDS,
    FORM_PREFIXES,
    FORM_SUFFIX,
    NOT_RECEIVED,
    Attributes,
    AttributeType,
    NotReceived,
    Value,
)

NOISE: Final = FORM_FIELDS | {"created_at", "created_in", "row_id", "updated_at", "updated_in"}
"""Keys of a product body that are no attributes, or that move with every save."""

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_TRUE, _FALSE = frozenset({"1", "true"}), frozenset({"0", "false"})


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that changed; `old` is `NOT_RECEIVED` where Magento tells it for the first time."""

    attribute: str
    old: Value | NotReceived
    new: Value


def is_noise(code: str) -> bool:
    """The key is no attribute of the product."""
    return code in NOISE or code.startswith(FORM_PREFIXES) or code.endswith(FORM_SUFFIX)


def is_empty(value: Value | NotReceived) -> bool:
    """Not told, null, an empty text or an empty list: Magento's forms of *no value*."""
    return value is NOT_RECEIVED or value is None or value == "" or value == [] or value == {}


def type_of(code: str, types: Mapping[str, AttributeType]) -> AttributeType | None:
    """How values of this attribute compare; None where nobody said."""
    return types.get(code) or ATTRIBUTE_TYPES.get(code)


def same(code: str, one: Value, other: Value, types: Mapping[str, AttributeType] | None = None) -> bool:
    """Both values mean the same to Magento."""
    if one is other or (type(one) is type(other) and one == other):
        return True
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    kind = type_of(code, types or {})
    return _canonical(kind, one) == _canonical(kind, other)


def changes(
    before: Attributes, after: Attributes, types: Mapping[str, AttributeType] | None = None
) -> tuple[Change, ...]:
    """The attributes of `after` that differ from `before`, by code.

    An attribute that `before` lacks counts where it is told with a value: TikTok never got it. One that `after` lacks
    is no change, for a payload that is silent about an attribute says nothing of it.
    """
    found = []
    for code, new in after.items():
        old = before.get(code, NOT_RECEIVED)
        if old is new or (old == new and type(old) is type(new)) or is_noise(code):
            continue
        if not same(code, old, new, types):
            found.append(Change(code, old, new))
    return tuple(sorted(found, key=lambda change: change.attribute))


def members(value: Value) -> frozenset[str]:
    """The members of a multiselect, of categories or websites: a list, an object of ids, or ``"5459,5471"``."""
    if isinstance(value, Mapping):
        return frozenset(str(one) for one in value.values())
    if isinstance(value, list | tuple):
        return frozenset(str(one) for one in value)
    return frozenset(part.strip() for part in str(value).split(",") if part.strip())


def as_number(value: Value) -> Decimal | None:
    """The value as a number, where it is one: text, number or boolean."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_date(value: Value) -> datetime | None:
    """The value as a moment, where it is a date: ``2026-01-31`` or ``2026-01-31 12:00:00``."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found.replace(tzinfo=None)


def _canonical(kind: AttributeType | None, value: Value) -> object:
    if kind is AttributeType.MULTISELECT:
        return members(value)
    if kind is AttributeType.NUMBER:
        return _or_text(as_number(value), value)
    if kind is AttributeType.BOOLEAN:
        return _boolean(value)
    if kind is AttributeType.DATE:
        return _or_text(as_date(value), value)
    if kind is AttributeType.TEXT:
        return _text(value)
    return _structure(value)


def _or_text(read: Decimal | date | None, value: Value) -> object:
    return _text(value) if read is None else read


def _boolean(value: Value) -> object:
    text = _text(value).lower()
    return True if text in _TRUE else False if text in _FALSE else text


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return str(_structure(value)) if isinstance(value, Mapping | list | tuple) else str(value)


def _structure(value: Value) -> object:
    """Type unknown: plain numbers without leading zeros as Decimal, structures by their parts, all else as text."""
    if isinstance(value, Mapping):
        return {str(key): _structure(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_structure(inner) for inner in value]
    text = _text(value)
    return Decimal(text) if _PLAIN_NUMBER.match(text) else text
