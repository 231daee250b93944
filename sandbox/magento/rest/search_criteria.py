"""`searchCriteria` of GET /V1/products: filters, order and pages, as Magento reads them from a query string.

Filter groups are joined by AND, the filters of a group by OR; only top-level attributes of the REST product can be
searched. A page past the end is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from sandbox.magento.errors import InvalidChange

FIELDS: Mapping[str, str] = {
    "entity_id": "id",
    **{
        name: name
        for name in (
            "sku", "name", "price", "status", "visibility", "type_id", "attribute_set_id", "created_at", "updated_at",
            "weight",
        )
    },
}  # fmt: skip
"""Searchable field of a product -> its key in the REST product."""

SOURCE_ITEM_FIELDS: Mapping[str, str] = {name: name for name in ("sku", "source_code", "quantity", "status")}
"""Searchable field of a source item -> its key in the REST source item."""

_PART = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True)
class Filter:
    """One comparison."""

    field: str
    condition: str
    value: str
    key: str

    def matches(self, item: Mapping[str, object]) -> bool:
        """Return whether the REST document passes the filter."""
        return CONDITIONS[self.condition](item[self.key], self.value)


@dataclass(frozen=True)
class Criteria:
    """The criteria of a search; `page_size` 0 means everything on one page. `sort` has field, key, descending.

    `current_page` 0 is the first page, of a client that did not choose one.
    """

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[tuple[str, str, bool], ...] = ()
    page_size: int = 0
    current_page: int = 0

    def to_json(self) -> dict[str, object]:
        """Return the criteria as the response repeats them."""
        groups = [
            {
                "filters": [
                    {"field": row.field, "value": row.value, "condition_type": row.condition} for row in group
                ]
            }
            for group in self.groups
        ]
        orders = [
            {"field": field, "direction": "DESC" if descending else "ASC"}
            for field, _, descending in self.sort
        ]
        return {
            "filter_groups": groups,
            **({"sort_orders": orders} if orders else {}),
            **({"page_size": self.page_size} if self.page_size else {}),
            **({"current_page": self.current_page} if self.current_page else {}),
        }


def parse_criteria(query: Iterable[tuple[str, str]], keys: Mapping[str, str] = FIELDS) -> Criteria:
    """Parse the pairs of a query string; `keys` are the searchable fields. Raises `InvalidChange` for Magento's 400."""
    pairs = [(_names(key), value) for key, value in query if re.fullmatch(r"search_?[cC]riteria(\[.*)?", key)]
    if not pairs:
        raise InvalidChange('"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    groups: dict[str, dict[str, dict[str, str]]] = {}
    orders: dict[str, dict[str, str]] = {}
    numbers = {"pagesize": 0, "currentpage": 0}
    for names, value in pairs:
        match names:
            case []:
                pass
            case ["filtergroups", group, "filters", number, key]:
                groups.setdefault(group, {}).setdefault(number, {})[key] = value
            case ["sortorders", number, key]:
                orders.setdefault(number, {})[key] = value
            case ["pagesize" | "currentpage" as name]:
                numbers[name] = _number(name, value)
            case _:
                raise InvalidChange(f"searchCriteria has no {'/'.join(names)}.")
    sort = tuple(_order(order, keys) for order in orders.values())
    filters = tuple(tuple(_filter(row, keys) for row in group.values()) for group in groups.values())
    return Criteria(filters, sort, numbers["pagesize"], numbers["currentpage"])


def search(items: Sequence[dict[str, Any]], criteria: Criteria) -> tuple[list[dict[str, Any]], int]:
    """Return one page of the matching items, and the number of all matching items."""
    found = [
        item
        for item in items
        if all(any(criterion.matches(item) for criterion in group) for group in criteria.groups)
    ]
    for _, key, descending in reversed(criteria.sort):
        found.sort(key=lambda item: item[key], reverse=descending)
    if not criteria.page_size:
        return found, len(found)
    first = max(0, criteria.current_page - 1) * criteria.page_size
    return found[first : first + criteria.page_size], len(found)


def _names(key: str) -> list[str]:
    """searchCriteria[filter_groups][0][filters][1][conditionType] -> filtergroups, 0, filters, 1, conditiontype."""
    return [part.replace("_", "").lower() for part in _PART.findall(key)]


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise InvalidChange(f"searchCriteria {name}: {value!r} is not a whole number.")
    return int(value)


def _order(row: Mapping[str, str], keys: Mapping[str, str]) -> tuple[str, str, bool]:
    direction = row.get("direction", "ASC").upper()
    if direction not in ("ASC", "DESC"):
        raise InvalidChange(f"searchCriteria direction: {direction!r} is neither ASC nor DESC.")
    field = _field(row, keys)
    return field, keys[field], direction == "DESC"


def _filter(row: Mapping[str, str], keys: Mapping[str, str]) -> Filter:
    condition = row.get("conditiontype", "eq")
    if condition not in CONDITIONS:
        raise InvalidChange(
            f"searchCriteria condition_type: {condition!r} is not one of {', '.join(CONDITIONS)}."
        )
    field = _field(row, keys)
    return Filter(field, condition, row.get("value", ""), keys[field])


def _field(row: Mapping[str, str], keys: Mapping[str, str]) -> str:
    field = row.get("field", "")
    if field not in keys:
        raise InvalidChange('The "%1" attribute name is invalid. Reset the name and try again.', [field])
    return field


def _compare(actual: object, value: str) -> int:
    """Compare as numbers, as times, or as text without regard to case, as MySQL does. Below 0, 0 or above 0."""
    left, right = _comparable(actual, value)
    return int(left > right) - int(left < right)


def _comparable(actual: object, value: str) -> tuple[Any, Any]:
    if isinstance(actual, int | float):
        try:
            return Decimal(str(actual)), Decimal(value)
        except InvalidOperation:
            return Decimal(str(actual)), Decimal(0)
    try:
        return datetime.fromisoformat(str(actual)), datetime.fromisoformat(value)
    except ValueError:
        return str(actual).lower(), value.lower()


def _is_in(actual: object, value: str) -> bool:
    return any(_compare(actual, choice.strip()) == 0 for choice in value.split(","))


def _like(actual: object, value: str) -> bool:
    # Escape fnmatch's own wildcards: SQL only has % and _.
    pattern = re.sub(r"([*?\[])", r"[\1]", value.lower()).replace("%", "*").replace("_", "?")
    return fnmatchcase(str(actual).lower(), pattern)


CONDITIONS: Mapping[str, Callable[[object, str], bool]] = {
    "eq": lambda actual, value: _compare(actual, value) == 0,
    "neq": lambda actual, value: _compare(actual, value) != 0,
    "gt": lambda actual, value: _compare(actual, value) > 0,
    "gteq": lambda actual, value: _compare(actual, value) >= 0,
    "from": lambda actual, value: _compare(actual, value) >= 0,
    "lt": lambda actual, value: _compare(actual, value) < 0,
    "lteq": lambda actual, value: _compare(actual, value) <= 0,
    "to": lambda actual, value: _compare(actual, value) <= 0,
    "in": _is_in,
    "nin": lambda actual, value: not _is_in(actual, value),
    "like": _like,
}
"""Magento's `condition_type`, without those that test for a missing value: no field here is ever missing."""
