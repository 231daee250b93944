"""`searchCriteria`: filters, order and pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.errors import InvalidChange
from sandbox.magento.rest.search_criteria import criteria, search


def item(id_: int, sku: str, price: float, updated_at: str) -> dict[str, Any]:
    return {"id": id_, "sku": sku, "price": price, "updated_at": updated_at, "status": 1}


ITEMS = [
    item(1, "MUG-01", 9, "2026-05-01 10:00:00"),
    item(2, "MUG-02", 12.5, "2026-05-01 11:00:00"),
    item(10, "cap_1", 100, "2026-05-02 09:00:00"),
]


def found(**query: str) -> list[int]:
    pairs = [(f"searchCriteria{key}", value) for key, value in query.items()]
    return [one["id"] for one in search(ITEMS, criteria(pairs))[0]]


def filters(*groups: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str]]:
    return [
        (f"searchCriteria[filter_groups][{group}][filters][{number}][{key}]", value)
        for group, members in enumerate(groups)
        for number, (field, condition, told) in enumerate(members)
        for key, value in (("field", field), ("condition_type", condition), ("value", told))
    ]


@pytest.mark.parametrize(
    ("field", "condition", "value", "ids"),
    [
        ("sku", "eq", "mug-01", [1]),
        ("sku", "neq", "MUG-01", [2, 10]),
        ("sku", "in", "MUG-01, cap_1", [1, 10]),
        ("sku", "nin", "MUG-01,cap_1", [2]),
        ("sku", "like", "MUG%", [1, 2]),
        ("sku", "like", "MUG-0_", [1, 2]),
        ("sku", "like", "MUG*", []),
        ("entity_id", "gt", "2", [10]),
        ("entity_id", "gteq", "2", [2, 10]),
        ("price", "lt", "12.50", [1]),
        ("price", "lteq", "12.50", [1, 2]),
        ("price", "gt", "cheap", [1, 2, 10]),
        ("updated_at", "gt", "2026-05-01 10:00:00", [2, 10]),
        ("updated_at", "from", "2026-05-01 11:00:00", [2, 10]),
        ("updated_at", "to", "2026-05-01", []),
    ],
)
def test_a_filter_finds(field: str, condition: str, value: str, ids: list[int]) -> None:
    items, total = search(ITEMS, criteria(filters(((field, condition, value),))))
    assert ([one["id"] for one in items], total) == (ids, len(ids))


def test_groups_are_joined_by_and_and_the_filters_of_a_group_by_or() -> None:
    query = filters(
        (("sku", "eq", "MUG-01"), ("sku", "eq", "MUG-02")),
        (("price", "gt", "10"),),
    )
    assert [one["id"] for one in search(ITEMS, criteria(query))[0]] == [2]


@pytest.mark.parametrize(
    "query",
    [
        {"[filter_groups][0][filters][0][field]": "sku", "[filter_groups][0][filters][0][value]": "MUG-01"},
        {"[filterGroups][0][filters][0][field]": "sku", "[filterGroups][0][filters][0][value]": "MUG-01"},
    ],
)
def test_both_ways_of_writing_are_read_and_a_condition_untold_is_eq(query: dict[str, str]) -> None:
    assert found(**query) == [1]


@pytest.mark.parametrize(("direction", "ids"), [("ASC", [1, 2, 10]), ("desc", [10, 2, 1])])
def test_the_order_is_the_one_asked_for(direction: str, ids: list[int]) -> None:
    query = {"[sortOrders][0][field]": "updated_at", "[sortOrders][0][direction]": direction}
    assert found(**query) == ids


def test_a_page_past_the_end_is_the_last_page_again() -> None:
    assert found(**{"[pageSize]": "2", "[currentPage]": "2"}) == [10]
    assert found(**{"[pageSize]": "2", "[currentPage]": "9"}) == [10]


def test_without_a_page_size_everything_comes() -> None:
    assert found(**{"": ""}) == [1, 2, 10]


@given(count=st.integers(0, 30), page_size=st.integers(1, 10))
def test_the_pages_together_are_everything_once(count: int, page_size: int) -> None:
    items = [item(id_, f"S{id_}", 1, "2026-05-01 10:00:00") for id_ in range(count)]
    read: list[dict[str, Any]] = []
    for page in range(1, -(-count // page_size) + 1):
        query = [("searchCriteria[pageSize]", str(page_size)), ("searchCriteria[currentPage]", str(page))]
        read += search(items, criteria(query))[0]
    assert read == items


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ([], '"searchCriteria" is required'),
        ([("search", "x")], '"searchCriteria" is required'),
        ([("searchCriteria[pageSize]", "all")], "not a whole number"),
        ([("searchCriteria[size]", "5")], "has no size"),
        ([("searchCriteria[sortOrders][0][field]", "color")], "'color' is none of entity_id, sku"),
        (filters((("color", "eq", "5"),)), "'color' is none of entity_id, sku"),
        (filters((("sku", "almost", "5"),)), "'almost' is none of eq"),
    ],
)
def test_a_search_that_can_t_be_read_is_refused(query: list[tuple[str, str]], says: str) -> None:
    with pytest.raises(InvalidChange, match=says):
        criteria(query)
