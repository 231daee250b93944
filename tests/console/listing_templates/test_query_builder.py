"""The query builder: from draft to form and back, and what every button does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.listing_templates.query_builder import (
    ROOT,
    Draft,
    DraftGroup,
    DraftRow,
    document_of,
    draft_of,
    fields_of,
    operate,
    read,
)
from schemas.query_condition import Group, Match, Operator, Row, dump_query, load_query

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
ROWS = st.builds(
    DraftRow,
    st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
    st.sampled_from([operator.value for operator in Operator]),
    WORDS,
)
DRAFTS: st.SearchStrategy[Draft] = st.recursive(
    ROWS,
    lambda inner: st.builds(
        DraftGroup, st.sampled_from(["all", "any"]), st.booleans(), st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=12,
)
GROUPS = st.builds(
    DraftGroup, st.sampled_from(["all", "any"]), st.booleans(), st.lists(DRAFTS, max_size=4).map(tuple)
)


@given(GROUPS)
def test_what_the_form_says_is_the_draft_that_it_was_made_of(draft: DraftGroup) -> None:
    assert read(dict(fields_of(draft))) == draft


A, B, C = DraftRow("a"), DraftRow("b"), DraftRow("c")
TREE = DraftGroup("all", True, (A, DraftGroup("any", False, (B, C))))


@pytest.mark.parametrize(
    ("pressed", "then", "focus"),
    [
        ("add-row:q", DraftGroup("all", True, (*TREE.conditions, DraftRow())), "q.2"),
        ("add-group:q", DraftGroup("all", True, (*TREE.conditions, DraftGroup())), "q.2"),
        ("add-row:q.1", DraftGroup("all", True, (A, DraftGroup("any", False, (B, C, DraftRow())))), "q.1.2"),
        ("remove:q.0", DraftGroup("all", True, (TREE.conditions[1],)), "q.0"),
        ("remove:q.1.1", DraftGroup("all", True, (A, DraftGroup("any", False, (B,)))), "q.1.0"),
        ("up:q.1", DraftGroup("all", True, (TREE.conditions[1], A)), "q.0"),
        ("down:q.0", DraftGroup("all", True, (TREE.conditions[1], A)), "q.1"),
        ("down:q.1.0", DraftGroup("all", True, (A, DraftGroup("any", False, (C, B)))), "q.1.1"),
        ("up:q.0", TREE, "q.0"),
        ("down:q.1", TREE, "q.1"),
        ("remove:q", TREE, ROOT),
        ("add-row:q.0", TREE, ROOT),
        ("remove:q.7", TREE, ROOT),
        ("up:q.1.9", TREE, "q.1.9"),
        ("remove:../etc", TREE, ROOT),
        ("explode:q", TREE, ROOT),
    ],
)
def test_a_button_changes_its_own_place_and_nothing_else(pressed: str, then: DraftGroup, focus: str) -> None:
    edited = operate(TREE, pressed)
    assert edited.draft == then
    assert edited.focus == focus


@given(GROUPS, st.sampled_from(["up", "down"]), st.integers(0, 3))
def test_a_move_keeps_every_condition(draft: DraftGroup, way: str, place: int) -> None:
    moved = operate(draft, f"{way}:q.{place}").draft
    assert sorted(map(repr, moved.conditions)) == sorted(map(repr, draft.conditions))


def test_a_stored_query_comes_back_as_it_was() -> None:
    query = Group(
        Match.ANY,
        False,
        (
            Row("color", Operator.IS_ONE_OF, ("58", "red, or so")),
            Group(
                Match.ALL, True, (Row("price", Operator.GREATER, ("10",)), Row("size", Operator.IS_UNDEFINED))
            ),
        ),
    )
    again = load_query(document_of(read(dict(fields_of(draft_of(query))))))
    assert dump_query(again) == dump_query(query)


def test_several_values_may_be_typed_into_a_single_line() -> None:
    fields = dict(fields_of(DraftGroup(conditions=(DraftRow("color", "is_one_of", "58, 59 ,60"),))))
    draft = read({**fields, "q.0.control": "line"})
    assert document_of(draft)["conditions"][0]["value"] == ["58", "59", "60"]


def test_a_form_without_end_is_cut() -> None:
    deep: dict[str, str] = {}
    path = ROOT
    for _ in range(5_000):
        deep[f"{path}.kind"] = "group"
        path += ".0"
        if len(path) > 1_500:
            break
    assert isinstance(read(deep), DraftGroup)
