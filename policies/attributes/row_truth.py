"""Whether a row of a query holds for a value, as Magento's rule engine says.

`docs/conditions.md` lists what each operator does by type, and where the answer differs from Magento's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Final

from policies.attribute_changes import as_date, members, option_id, type_of
from policies.attributes import loose_comparison
from schemas.attributes import (
    NOT_RECEIVED,
    STOCK_ATTRIBUTES,
    AttributeType,
    NotReceived,
    Value,
)
from schemas.gates import READINGS, Unread
from schemas.query_condition import Operator, Row, several

CATEGORIES: Final = "category_ids"
_ZERO_DATE: Final = "0000-00-00"
_FULL_DATE: Final = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?\Z", re.ASCII)


class _Kind(Enum):
    """How Magento compares a value: as a set of ids, as a moment, or as a single number or text."""

    MEMBERS = "members"
    DATE = "date"
    SINGLE = "single"


def row_holds(
    row: Row,
    actual: Value | NotReceived,
    types: Mapping[str, AttributeType],
    category_parents: Mapping[str, str],
) -> bool:
    """Return whether the row holds for this value.

    `types` are the store's own attributes, `category_parents` has the nearest anchor category above each category.
    """
    kind = _kind(row, actual, types)
    missing = is_missing(actual) or (kind is not _Kind.SINGLE and actual == "")
    if row.operator is Operator.IS_UNDEFINED:
        return missing
    positive = _COMPLEMENTS.get(row.operator)
    if missing:
        return positive is not None
    if positive is None:
        return bool(_holds(kind, row.operator, row, actual, category_parents))
    # Not its plain negation: where Magento compares nothing, neither the operator nor its complement holds.
    return _holds(kind, positive, row, actual, category_parents) is False


def is_missing(actual: Value | NotReceived) -> bool:
    """Return whether there is no value. An empty text is a value, as it is for Magento."""
    return actual is NOT_RECEIVED or actual is None or actual == [] or actual == {}


def moment(value: Value) -> datetime | None:
    """Return the moment of a date as Magento sends it; None for anything else."""
    if isinstance(value, str) and value.strip().startswith(_ZERO_DATE):
        return datetime.min  # noqa: DTZ901 - Magento's zero date is before all others
    return as_date(value)


def _kind(row: Row, actual: Value | NotReceived, types: Mapping[str, AttributeType]) -> _Kind:
    declared = type_of(row.attribute, types)
    if declared is AttributeType.MULTISELECT or isinstance(actual, list | tuple):
        return _Kind.MEMBERS
    if declared is AttributeType.DATE or (declared is None and _both_dates(row, actual)):
        return _Kind.DATE
    return _Kind.SINGLE


def _both_dates(row: Row, actual: Value | NotReceived) -> bool:
    """Whether an attribute whose type is not known has a date, and the row asks for one."""
    if not row.values or not isinstance(actual, str) or not _FULL_DATE.match(actual):
        return False
    return bool(_FULL_DATE.match(row.values[0])) and moment(actual) is not None


def _holds(
    kind: _Kind, operator: Operator, row: Row, actual: Value, category_parents: Mapping[str, str]
) -> bool | None:
    """Return whether a positive operator holds; None where Magento compares nothing."""
    if kind is _Kind.MEMBERS:
        return _holds_of_members(operator, row, actual, category_parents)
    if operator is Operator.IS_ONE_OF and not _is_list(row.values):
        return None
    if kind is _Kind.DATE:
        return _holds_of_date(operator, row, actual)
    actual = option_id(actual)
    if isinstance(actual, Mapping | list | tuple):
        return False
    return _SINGLE[operator](_as_stored(row.attribute, actual), row.values)


def _as_stored(attribute: str, actual: Value) -> Value:
    """Return what Magento stores for a gate, a type or a stock setting, whatever form it was sent in."""
    read = READINGS.get(attribute)
    if read is not None:
        reading = read(actual)
        return (
            actual if isinstance(reading, Unread) else reading if isinstance(reading, str) else int(reading)
        )
    return int(actual) if isinstance(actual, bool) and attribute in STOCK_ATTRIBUTES else actual


def _holds_of_members(
    operator: Operator, row: Row, actual: Value, category_parents: Mapping[str, str]
) -> bool | None:
    if operator in _ORDERS:
        return None
    found = set(members(actual))
    if row.attribute == CATEGORIES:
        if not _is_list(row.values):
            return None
        found |= set(_above(found, category_parents))
    # Several ids in one value are rare, and splitting each of hundreds takes time.
    return not found.isdisjoint(row.values) or any(
        member in found for value in row.values if "," in value or ";" in value for member in several(value)
    )


def _above(categories: set[str], parents: Mapping[str, str]) -> set[str]:
    """Return the anchor categories above these; a circle in `parents` ends the walk."""
    above: set[str] = set()
    level = categories
    while level := {parents[category] for category in level if category in parents} - above:
        above |= level
    return above


def _holds_of_date(operator: Operator, row: Row, actual: Value) -> bool | None:
    mine, wanted = moment(actual), [found for value in row.values if (found := moment(value)) is not None]
    if len(wanted) < len(row.values):
        return None
    if mine is None:
        return False
    if operator in _ORDERS:
        return _ORDERS[operator]((mine > wanted[0]) - (mine < wanted[0]))
    return mine in wanted


def _is_list(values: tuple[str, ...]) -> bool:
    """Whether Magento reads these values as a list. A blank one and a single 0 are none to PHP."""
    return values != ("0",) and any(value.strip() for value in values)


def _ordered(holds: Callable[[int], bool]) -> Callable[[Value, tuple[str, ...]], bool]:
    return lambda actual, values: holds(loose_comparison.order(actual, values[0]))


_COMPLEMENTS: Final[Mapping[Operator, Operator]] = {
    Operator.IS_NOT: Operator.IS,
    Operator.DOES_NOT_CONTAIN: Operator.CONTAINS,
    Operator.IS_NOT_ONE_OF: Operator.IS_ONE_OF,
}
_ORDERS: Final[Mapping[Operator, Callable[[int], bool]]] = {
    Operator.GREATER_OR_EQUAL: lambda order: order >= 0,
    Operator.LESS_OR_EQUAL: lambda order: order <= 0,
    Operator.GREATER: lambda order: order > 0,
    Operator.LESS: lambda order: order < 0,
}
_SINGLE: Final[Mapping[Operator, Callable[[Value, tuple[str, ...]], bool]]] = {
    Operator.IS: lambda actual, values: loose_comparison.equal(actual, values[0]),
    Operator.CONTAINS: lambda actual, values: loose_comparison.contains(actual, values[0]),
    Operator.IS_ONE_OF: lambda actual, values: loose_comparison.equals_any(actual, values),
    **{operator: _ordered(holds) for operator, holds in _ORDERS.items()},
}
