"""The query of a template: loading its document and writing it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.attributes import SYNONYMS
from schemas.listing_template import AttributeMappingSchema
from schemas.query_condition import MAX_DEPTH, Condition, Group, Match, Operator, Row, dump_query, load_query
from schemas.synchronization_policy import SynchronizationPolicySchema

MANY = {Operator.IS_ONE_OF, Operator.IS_NOT_ONE_OF}
codes = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True).filter(lambda code: code not in SYNONYMS)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    operator = draw(st.sampled_from(Operator))
    most = 0 if operator is Operator.IS_UNDEFINED else 4 if operator in MANY else 1
    words = st.lists(st.text(min_size=1, max_size=9), min_size=min(1, most), max_size=most)
    return Row(draw(codes), operator, tuple(draw(words)))


def groups(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Group]:
    return st.builds(Group, st.sampled_from(Match), st.booleans(), st.lists(inner, max_size=3).map(tuple))


@given(groups(st.recursive(rows(), groups, max_leaves=8)))
def test_a_written_query_is_read_back(query: Group) -> None:
    assert load_query(dump_query(query)) == query


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ({"operator": "is", "value": 9}, Row("color", Operator.IS, ("9",))),
        ({"operator": "is", "value": True}, Row("color", Operator.IS, ("1",))),
        ({"operator": "is_one_of", "value": "49, 50"}, Row("color", Operator.IS_ONE_OF, ("49", "50"))),
        ({"operator": "is_one_of", "value": [49, "50"]}, Row("color", Operator.IS_ONE_OF, ("49", "50"))),
        (
            {"operator": "is_one_of", "value": "49 ; 50,51"},
            Row("color", Operator.IS_ONE_OF, ("49", "50", "51")),
        ),
        ({"operator": "is_one_of", "value": 0}, Row("color", Operator.IS_ONE_OF, ("0",))),
        ({"operator": "is", "value": " 49, 50"}, Row("color", Operator.IS, (" 49, 50",))),
        ({"operator": "is_undefined"}, Row("color", Operator.IS_UNDEFINED)),
        ({"operator": "is_undefined", "value": ""}, Row("color", Operator.IS_UNDEFINED)),
    ],
)
def test_the_value_of_a_row_becomes_text(fields: dict[str, Any], row: Row) -> None:
    assert load_query({"conditions": [{"attribute": "color", **fields}]}).conditions == (row,)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("qty", "quantity"),
        ("quantity_and_stock_status", "quantity"),
        ("media_gallery_entries", "media_gallery"),
        ("category_links", "category_ids"),
        ("stock_data", "quantity"),
        ("is_in_stock", "stock_status"),
        ("stock_status", "stock_status"),
        ("color", "color"),
    ],
)
def test_other_names_of_quantity_are_read_as_quantity(name: str, code: str) -> None:
    query = load_query({"conditions": [{"attribute": name, "operator": ">", "value": 4}]})
    assert query.conditions == (Row(code, Operator.GREATER, ("4",)),)
    mapping = AttributeMappingSchema().load({"tiktok_attribute_id": "1", "magento_attribute": name})
    assert mapping.magento_attribute == code
    policy = SynchronizationPolicySchema().load({"title": "Stock", "observed_attributes": [name, code]})
    assert policy.observed_attributes == (code,)


def test_a_query_without_conditions_is_an_empty_group() -> None:
    assert load_query({}) == Group(Match.ALL, rows_are=True, conditions=())


def nested(depth: int) -> dict[str, Any]:
    query: dict[str, Any] = {"conditions": []}
    for _ in range(depth - 1):
        query = {"conditions": [query]}
    return query


def test_groups_nest_up_to_a_limit() -> None:
    assert load_query(nested(MAX_DEPTH)).conditions
    with pytest.raises(ValidationError, match=f"nested deeper than {MAX_DEPTH}"):
        load_query(nested(MAX_DEPTH + 1))
    with pytest.raises(ValidationError, match="nested deeper"):
        load_query(nested(100_000))


def test_every_fault_of_a_query_is_reported_at_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        load_query(
            {
                "match": "all",
                "conditions": [
                    {"attribute": "color", "operator": "equals", "value": "1"},
                    {"attribute": "color", "operator": "is", "value": "1"},
                    {
                        "match": "any",
                        "conditions": [{"attribute": "X", "operator": "is", "value": "1"}, "blue"],
                    },
                ],
            }
        )
    messages = refused.value.normalized_messages()["conditions"]
    assert messages.keys() == {0, 2}
    assert messages[0].keys() == {"operator"}
    assert messages[2]["conditions"].keys() == {0, 1}
