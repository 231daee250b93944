"""Compare attribute values, and find the attributes of a product that changed.

Values are stored as Magento sends them, and Magento sends the same value in several forms: ``"1"``, ``1`` and ``true``;
``"10.00"`` and ``10``; a multiselect as a comma-separated string or a list. Values compare by attribute type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
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
from schemas.gates import READINGS

NOISE: Final = FORM_FIELDS | {"created_at", "created_in", "row_id", "updated_at", "updated_in"}
"""Keys of a product body that are not attributes, or that change with every save."""

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\Z"
)
_READ_AS_NUMBERS: Final = (int, float, str, Decimal)
_PHP_DATE: Final = {"date", "timezone_type", "timezone"}
_TRUE, _FALSE = frozenset({"1", "true"}), frozenset({"0", "false"})


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that changed. `old` is `NOT_RECEIVED` where Magento sends the attribute for the first time."""

    attribute: str
    old: Value | NotReceived
    new: Value


@lru_cache(maxsize=4096)
def is_noise(code: str) -> bool:
    """Whether changes of this key are ignored: it is not an attribute, or changes with every save."""
    return code in NOISE or code.startswith(FORM_PREFIXES) or code.endswith(FORM_SUFFIX)


def is_empty(value: Value | NotReceived) -> bool:
    """Whether there is no value: not received, null, an empty text, list or object."""
    return value is NOT_RECEIVED or value is None or value == "" or value == [] or value == {}


def type_of(code: str, types: Mapping[str, AttributeType]) -> AttributeType | None:
    """Return how values of this attribute compare; None where the type is not known."""
    return types.get(code) or ATTRIBUTE_TYPES.get(code)


def same(code: str, first: Value, second: Value, types: Mapping[str, AttributeType] | None = None) -> bool:
    """Whether both values of this attribute mean the same to Magento. `types` are the store's own attributes."""
    # Equal values of different types are no shortcut: True == 1 in Python, but not as a text attribute.
    if first is second or (type(first) is type(second) and first == second):
        return True
    if is_empty(first) or is_empty(second):
        return is_empty(first) and is_empty(second)
    kind = type_of(code, types or {})
    if _canonical(kind, first) == _canonical(kind, second):
        return True
    if kind is None and _is_list_and_text(first, second):
        # Of a multiselect whose type is not known, one sender has a list and another one a text.
        return members(first) == members(second)
    read = READINGS.get(code)
    # Two unread values are the same only if they are equal.
    return read is not None and read(first) == read(second)


def changes(
    before: Attributes, after: Attributes, types: Mapping[str, AttributeType] | None = None
) -> tuple[Change, ...]:
    """Return the attributes of `after` that differ from `before`, sorted by code.

    An attribute that is missing from `before` counts as changed if it has a value, because TikTok never got it. An
    attribute that is missing from `after` is not a change: a payload without an attribute says nothing about it.
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
    """Return the members of a multiselect, of categories or of websites.

    Magento sends a list, an object whose values are the ids, or a text such as ``"5459,5471"``; some converters send
    options instead of ids.
    """
    value = option_id(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return frozenset(str(option_id(member)).strip() for member in value)
    return frozenset(part.strip() for part in str(value).split(",") if part.strip())


def option_id(value: Value) -> Value:
    """Return the id of an option that was sent as an object, ``{"value": "58", "label": "Red"}``; others unchanged."""
    if isinstance(value, Mapping) and "value" in value and (len(value) == 1 or "label" in value):
        return value["value"]
    return value


def as_number(value: Value) -> Decimal | None:
    """Return the number that a text, number or boolean stands for; None where it is not a finite number.

    For comparing: Magento sends a yes as true or 1. Where a boolean is a fault, see `as_amount`.
    """
    if isinstance(value, bool):
        return Decimal(int(value))
    if not isinstance(value, _READ_AS_NUMBERS):
        return None
    text = str(value).strip()
    if (
        "_" in text or not text.isascii()
    ):  # Python reads 1_000 and the digits of every script, Magento does not.
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_amount(value: Value) -> Decimal | None:
    """Return the price or quantity that a text or number stands for; None for others. A boolean is no amount."""
    return None if isinstance(value, bool) else as_number(value)


def as_date(value: Value) -> datetime | None:
    """Return the naive datetime of a date as Magento writes it; None for others.

    Those are ``2026-01-31``, ``2026-01-31 12:00:00``, the same in ISO 8601 (``2026-01-31T12:00:00.000Z``), and PHP's
    DateTime object as JSON, ``{"date", "timezone_type", "timezone"}``, which observers of a save see. Magento's dates
    are days of a store view, so a time zone is ignored. Formats of a language, such as ``01/12/2026``, are ambiguous.
    """
    if isinstance(value, Mapping):
        value = value["date"] if value.keys() == _PHP_DATE else None
    if not isinstance(value, str) or not _DATE.match(text := value.strip()):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=None)


def is_absent_date(value: Value | NotReceived) -> bool:
    """Whether Magento counts this as no date: no value, false, or only zeros (*DateTime::isEmptyDate*)."""
    return is_empty(value) or value is False or (isinstance(value, str) and not value.strip(" 0:-"))


def _is_list_and_text(first: Value, second: Value) -> bool:
    return {isinstance(value, list | tuple) for value in (first, second)} == {True, False} and any(
        isinstance(value, str) for value in (first, second)
    )


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
    return _structure(value if kind is AttributeType.STRUCTURE else _without_labels(value))


def _without_labels(value: Value) -> Value:
    """Return the ids of options, and of a list with a single value that value: so do converters send a select."""
    if isinstance(value, list | tuple):
        ids = [option_id(member) for member in value]
        return ids[0] if len(ids) == 1 and not isinstance(ids[0], Mapping | list | tuple) else ids
    return option_id(value)


def _or_text(read: Decimal | date | None, value: Value) -> object:
    return _text(value) if read is None else read


def _boolean(value: Value) -> object:
    text = _text(value).lower()
    return True if text in _TRUE else False if text in _FALSE else text


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(int(value))
    text = str(_structure(value)) if isinstance(value, Mapping | list | tuple) else str(value)
    # Browsers write line breaks as CRLF; REST and imports as LF.
    return text.replace("\r\n", "\n") if "\r" in text else text


def _structure(value: Value) -> object:
    """Return a comparable form of a value whose type is not known.

    Numbers without leading zeros become Decimal, so that a code such as ``007`` stays a text. Lists and objects are
    compared part by part.
    """
    if isinstance(value, Mapping):
        return {str(key): _structure(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_structure(inner) for inner in value]
    text = _text(value)
    return Decimal(text) if _PLAIN_NUMBER.match(text) else text
