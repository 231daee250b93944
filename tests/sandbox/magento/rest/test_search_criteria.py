"""`searchCriteria`: filters, order and pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento.errors import InvalidChange
from sandbox.magento.rest.search_criteria import parse_criteria, search


def item(webhook_id: int, sku: str, price: float, updated_at: str) -> dict[str, Any]:
    return {"id": webhook_id, "sku": sku, "price": price, "updated_at": updated_at, "status": 1}


ITEMS = [
    item(1, "MUG-01", 9, "2026-05-01 10:00:00"),
    item(2, "MUG-02", 12.5, "2026-05-01 11:00:00"),
    item(10, "cap_1", 100, "2026-05-02 09:00:00"),
]


def found_ids(**query: str) -> list[int]:
    pairs = [(f"searchCriteria{key}", value) for key, value in query.items()]
    return [result["id"] for result in search(ITEMS, parse_criteria(pairs))[0]]


def filters(*groups: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str]]:
    return [
        (f"searchCriteria[filter_groups][{group}][filters][{number}][{key}]", value)
        for group, members in enumerate(groups)
        for number, (field, condition, value) in enumerate(members)
        for key, value in (("field", field), ("condition_type", condition), ("value", value))
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
def test_a_filter_finds_the_matching_products(field: str, condition: str, value: str, ids: list[int]) -> None:
    items, total = search(ITEMS, parse_criteria(filters(((field, condition, value),))))
    assert ([result["id"] for result in items], total) == (ids, len(ids))


def test_groups_are_joined_by_and_and_filters_in_a_group_by_or() -> None:
    query = filters(
        (("sku", "eq", "MUG-01"), ("sku", "eq", "MUG-02")),
        (("price", "gt", "10"),),
    )
    assert [result["id"] for result in search(ITEMS, parse_criteria(query))[0]] == [2]


@pytest.mark.parametrize(
    "query",
    [
        {"[filter_groups][0][filters][0][field]": "sku", "[filter_groups][0][filters][0][value]": "MUG-01"},
        {"[filterGroups][0][filters][0][field]": "sku", "[filterGroups][0][filters][0][value]": "MUG-01"},
    ],
)
def test_both_spellings_are_read_and_the_default_condition_is_eq(query: dict[str, str]) -> None:
    assert found_ids(**query) == [1]


@pytest.mark.parametrize(("direction", "ids"), [("ASC", [1, 2, 10]), ("desc", [10, 2, 1])])
def test_results_have_the_requested_order(direction: str, ids: list[int]) -> None:
    query = {"[sortOrders][0][field]": "updated_at", "[sortOrders][0][direction]": direction}
    assert found_ids(**query) == ids


def test_a_page_past_the_end_is_empty() -> None:
    assert found_ids(**{"[pageSize]": "2", "[currentPage]": "2"}) == [10]
    assert found_ids(**{"[pageSize]": "2", "[currentPage]": "9"}) == []


def test_without_a_page_size_all_results_are_returned() -> None:
    assert found_ids(**{"": ""}) == [1, 2, 10]


@given(count=st.integers(0, 30), page_size=st.integers(1, 10))
def test_the_pages_together_contain_every_result_once(count: int, page_size: int) -> None:
    items = [item(webhook_id, f"S{webhook_id}", 1, "2026-05-01 10:00:00") for webhook_id in range(count)]
    collected: list[dict[str, Any]] = []
    for page in range(1, -(-count // page_size) + 1):
        query = [("searchCriteria[pageSize]", str(page_size)), ("searchCriteria[currentPage]", str(page))]
        collected += search(items, parse_criteria(query))[0]
    assert collected == items


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ([], '"%fieldName" is required'),
        ([("search", "x")], '"%fieldName" is required'),
        ([("searchCriteria[pageSize]", "all")], "not a whole number"),
        ([("searchCriteria[size]", "5")], "has no size"),
        ([("searchCriteria[sortOrders][0][field]", "color")], '"%1" attribute name is invalid'),
        (filters((("color", "eq", "5"),)), '"%1" attribute name is invalid'),
        (filters((("sku", "almost", "5"),)), "'almost' is not one of eq"),
    ],
)
def test_invalid_search_criteria_are_rejected(query: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(InvalidChange, match=message):
        parse_criteria(query)
