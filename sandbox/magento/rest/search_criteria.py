"""`searchCriteria` of GET /V1/products: filters, order and pages, as Magento reads them from a query string.

Filter groups are joined by AND, the filters of a group by OR; only attributes at the top of the REST product can be
searched. A page past the end is the last page again, as Magento's collections do: who reads until a page is empty
never ends.
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
"""What may be searched by -> the key that it has in the REST product."""

_PART = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True)
class Filter:
    """One comparison."""

    field: str
    condition: str
    value: str

    def holds(self, item: Mapping[str, Any]) -> bool:
        """Whether the REST product passes."""
        return CONDITIONS[self.condition](item[FIELDS[self.field]], self.value)


@dataclass(frozen=True)
class Criteria:
    """What is asked for; `page_size` 0 means everything on one page."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[tuple[str, bool], ...] = (("entity_id", False),)
    page_size: int = 0
    current_page: int = 1


def criteria(query: Iterable[tuple[str, str]]) -> Criteria:
    """From the pairs of a query string. InvalidChange, where Magento would answer 400."""
    told = [(_names(key), value) for key, value in query if re.fullmatch(r"search_?[cC]riteria(\[.*)?", key)]
    if not told:
        raise InvalidChange('"searchCriteria" is required. Enter and try again.')
    groups: dict[str, dict[str, dict[str, str]]] = {}
    orders: dict[str, dict[str, str]] = {}
    numbers = {"pagesize": 0, "currentpage": 1}
    for names, value in told:
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
    sort = tuple(_order(order) for order in orders.values()) or Criteria.sort
    filters = tuple(tuple(_filter(one) for one in group.values()) for group in groups.values())
    return Criteria(filters, sort, numbers["pagesize"], max(1, numbers["currentpage"]))


def search(items: Sequence[dict[str, Any]], asked: Criteria) -> tuple[list[dict[str, Any]], int]:
    """The page of those items that pass, and how many pass in all."""
    found = [item for item in items if all(any(one.holds(item) for one in group) for group in asked.groups)]
    for name, down in reversed(asked.sort):
        found.sort(key=lambda item: item[FIELDS[name]], reverse=down)
    if not asked.page_size:
        return found, len(found)
    last = max(1, -(-len(found) // asked.page_size))
    first = (min(asked.current_page, last) - 1) * asked.page_size
    return found[first : first + asked.page_size], len(found)


def _names(key: str) -> list[str]:
    """searchCriteria[filter_groups][0][filters][1][conditionType] -> filtergroups, 0, filters, 1, conditiontype."""
    return [part.replace("_", "").lower() for part in _PART.findall(key)]


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise InvalidChange(f"searchCriteria {name}: {value!r} is not a whole number.")
    return int(value)


def _order(told: Mapping[str, str]) -> tuple[str, bool]:
    direction = told.get("direction", "ASC").upper()
    if direction not in ("ASC", "DESC"):
        raise InvalidChange(f"searchCriteria direction: {direction!r} is neither ASC nor DESC.")
    return _field(told), direction == "DESC"


def _filter(told: Mapping[str, str]) -> Filter:
    condition = told.get("conditiontype", "eq")
    if condition not in CONDITIONS:
        raise InvalidChange(
            f"searchCriteria condition_type: {condition!r} is none of {', '.join(CONDITIONS)}."
        )
    return Filter(_field(told), condition, told.get("value", ""))


def _field(told: Mapping[str, str]) -> str:
    field = told.get("field", "")
    if field not in FIELDS:
        raise InvalidChange(f"searchCriteria field: {field!r} is none of {', '.join(FIELDS)}.")
    return field


def _compare(actual: Any, told: str) -> int:
    """Below 0, 0 or above 0: numbers as numbers, times as times, else text without regard to case, as MySQL does."""
    left, right = _comparable(actual, told)
    return int(left > right) - int(left < right)


def _comparable(actual: Any, told: str) -> tuple[Any, Any]:
    if isinstance(actual, int | float):
        try:
            return Decimal(str(actual)), Decimal(told)
        except InvalidOperation:
            return Decimal(str(actual)), Decimal(0)
    try:
        return datetime.fromisoformat(actual), datetime.fromisoformat(told)
    except ValueError:
        return str(actual).lower(), told.lower()


def _is_in(actual: Any, told: str) -> bool:
    return any(_compare(actual, one.strip()) == 0 for one in told.split(","))


def _like(actual: Any, told: str) -> bool:
    # fnmatch's own signs are taken as text; % and _ are the only ones that SQL knows.
    pattern = re.sub(r"([*?\[])", r"[\1]", told.lower()).replace("%", "*").replace("_", "?")
    return fnmatchcase(str(actual).lower(), pattern)


CONDITIONS: Mapping[str, Callable[[Any, str], bool]] = {
    "eq": lambda actual, told: _compare(actual, told) == 0,
    "neq": lambda actual, told: _compare(actual, told) != 0,
    "gt": lambda actual, told: _compare(actual, told) > 0,
    "gteq": lambda actual, told: _compare(actual, told) >= 0,
    "from": lambda actual, told: _compare(actual, told) >= 0,
    "lt": lambda actual, told: _compare(actual, told) < 0,
    "lteq": lambda actual, told: _compare(actual, told) <= 0,
    "to": lambda actual, told: _compare(actual, told) <= 0,
    "in": _is_in,
    "nin": lambda actual, told: not _is_in(actual, told),
    "like": _like,
}
"""Magento's `condition_type`, those that say something about a field that is never absent."""
