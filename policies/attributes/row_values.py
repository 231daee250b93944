"""Whether the value of a query's row can match values of its attribute's type. Words for the merchant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from policies.attributes.loose_comparison import number
from policies.attributes.row_truth import moment
from schemas.attributes import AttributeType
from schemas.query_condition import Operator, Row, several

_ORDERS: Final = frozenset(
    {Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.LESS, Operator.LESS_OR_EQUAL}
)
_TEXTS: Final = frozenset({Operator.CONTAINS, Operator.DOES_NOT_CONTAIN})
_LISTS: Final = frozenset({Operator.IS_ONE_OF, Operator.IS_NOT_ONE_OF})
_IDS: Final = {"category_ids": "category", "website_ids": "website"}


def value_fault(row: Row, kinds: Iterable[AttributeType | None]) -> str | None:
    """Return what is wrong with the row's value, None where nothing is.

    `kinds` are the attribute's types in the shops that the query is for. A value that fits one of them is allowed.
    """
    faults = [_fault(row, kind) for kind in kinds]
    return faults[0] if faults and None not in faults else None


def matches_nothing(row: Row) -> str | None:
    """Return a warning about a row that Magento accepts, though it compares nothing; None for all others."""
    if row.operator not in _LISTS or row.values != ("0",):
        return None
    operator = "is" if row.operator is Operator.IS_ONE_OF else "is not"
    return (
        f"Magento compares nothing with a list of 0 alone, so this condition on {row.attribute!r} matches no product. "
        f"Use {operator!r} with the value 0."
    )


def _fault(row: Row, kind: AttributeType | None) -> str | None:
    if row.operator is Operator.IS_UNDEFINED:
        return None
    if kind is AttributeType.MULTISELECT:
        return _fault_of_members(row)
    wanted = _WANTED.get(kind) if kind is not None else None
    if wanted is None or (row.operator in _TEXTS and kind is not AttributeType.DATE):
        return None
    reads, words = wanted
    wrong = next((value for value in row.values if not reads(value)), None)
    return None if wrong is None else f"{row.attribute!r} {words}: {wrong!r} can't match."


def _fault_of_members(row: Row) -> str | None:
    if row.operator in _ORDERS:
        return (
            f"{row.attribute!r} has several values at once, so it can't be greater or less than one. "
            "Use 'contains' or 'is one of'."
        )
    if row.attribute not in _IDS:
        return None
    ids = [member for value in row.values for member in several(value)]
    wrong = next((member for member in ids if not member.isdecimal()), None)
    if wrong is None and ids:
        return None
    thing = _IDS[row.attribute]
    return f"{row.attribute!r} has ids: {wrong or ''!r} is no {thing} id. Magento Admin shows the id of each {thing}."


_WANTED: Final[Mapping[AttributeType, tuple[Callable[[str], bool], str]]] = {
    AttributeType.NUMBER: (
        lambda value: number(value) is not None,
        "is a number, such as 10 or 9.99",
    ),
    AttributeType.DATE: (lambda value: moment(value) is not None, "is a date, such as 2026-11-30"),
    AttributeType.BOOLEAN: (lambda value: value.strip() in ("0", "1"), "is 1 for Yes or 0 for No"),
}
"""A type -> whether a row's value is of it, and the type in words."""
