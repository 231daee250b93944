"""Query conditions against the answers of Magento's own rule engine, row by row, where those stand beside the project.

The file has the answers of *Catalog Price Rules* and of Magento's general rule condition; ours are compared with the
former. `docs/conditions.md` lists the same counts with their reasons.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from policies.conditions import explain, matches
from schemas.attributes import AttributeType
from schemas.product import Product
from schemas.query_condition import Group, Match, Operator, Row, several

ANSWERS = Path(__file__).parents[2].parent / "shared" / "samples" / "magento-real" / "rule_truth.json"
PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"

OPERATORS = {
    "==": Operator.IS,
    "!=": Operator.IS_NOT,
    ">=": Operator.GREATER_OR_EQUAL,
    "<=": Operator.LESS_OR_EQUAL,
    ">": Operator.GREATER,
    "<": Operator.LESS,
    "{}": Operator.CONTAINS,
    "!{}": Operator.DOES_NOT_CONTAIN,
    "()": Operator.IS_ONE_OF,
    "!()": Operator.IS_NOT_ONE_OF,
    "<=>": Operator.IS_UNDEFINED,
}
NEGATIVE = {Operator.IS_NOT, Operator.DOES_NOT_CONTAIN, Operator.IS_NOT_ONE_OF}
LISTS = {Operator.IS_ONE_OF, Operator.IS_NOT_ONE_OF}
COMPLEMENT, MAGENTO_FAILS, NOT_OFFERED = "complement of an absent value", "Magento fails", "not offered"


@dataclass(frozen=True)
class Store:
    """The attributes of the store that gave the answers: its own types, and the categories 3 and 4 under the root 2."""

    attribute_types: Mapping[str, AttributeType] = field(
        default_factory=lambda: {
            "eco": AttributeType.BOOLEAN,
            "launch_date": AttributeType.DATE,
            "material": AttributeType.MULTISELECT,
            "thickness": AttributeType.TEXT,
            "care_note": AttributeType.TEXT,
        }
    )
    category_parents: Mapping[str, str] = field(default_factory=lambda: {"3": "2", "4": "2"})


STORE = Store()


def answers() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(ANSWERS.read_text())
    return loaded


def ours(row: Mapping[str, Any]) -> tuple[Row, bool]:
    operator = OPERATORS[row["operator"]]
    values = (several(row["rule"]) or ("",)) if operator in LISTS else (row["rule"],)
    condition = Row(row["attribute"], operator, () if operator is Operator.IS_UNDEFINED else values)
    product = Product("demo", "OTHER", default={row["attribute"]: row["value"]})
    holds = matches(condition, product, STORE)
    assert explain(condition, product, STORE).holds is holds
    return condition, holds


def differences(*, offered: bool) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Yield the kind, the row and our answer of each row that differs."""
    for row in answers()["rows"]:
        if row["offered"] is not offered:
            continue
        condition, holds = ours(row)
        if holds is row["catalog_rule"]:
            continue
        missing = row["value"] is None or (
            row["value"] == "" and row["input_type"] in ("multiselect", "date")
        )
        if isinstance(row["catalog_rule"], str):
            yield MAGENTO_FAILS, row, holds
        elif missing and condition.operator in NEGATIVE and holds:
            yield COMPLEMENT, row, holds
        else:
            yield NOT_OFFERED, row, holds


def group_of(answer: Mapping[str, Any]) -> Group:
    """Return the group of an answer; its rows are true, false, or an empty group such as ``EMPTY any0``."""
    rows = [
        Group(Match(row[6:9]), row.endswith("1"))
        if isinstance(row, str)
        else Row("sku", Operator.IS, (SKU[row],))
        for row in answer["rows"]
    ]
    return Group(Match(answer["match"]), answer["rows_are"], tuple(rows))


SKU = {True: "MUG", False: "OTHER"}

if ANSWERS.exists():

    @pytest.mark.parametrize(
        ("offered", "expected"),
        [
            (True, {COMPLEMENT: 99, MAGENTO_FAILS: 12}),
            (False, {COMPLEMENT: 27, MAGENTO_FAILS: 33, NOT_OFFERED: 15}),
        ],
    )
    def test_rows_differ_as_often_as_the_page_on_conditions_says(
        offered: bool, expected: Mapping[str, int]
    ) -> None:
        assert Counter(kind for kind, _, _ in differences(offered=offered)) == expected

    def test_the_page_on_conditions_has_these_counts() -> None:
        page = PAGE.read_text(encoding="utf-8")
        offered, others = (Counter(kind for kind, _, _ in differences(offered=is_)) for is_ in (True, False))
        for kind in (COMPLEMENT, MAGENTO_FAILS, NOT_OFFERED):
            assert f"| {kind} | {offered[kind]} | {others[kind]} |" in page
        assert "| empty groups | 20 of 56 |" in page

    def test_groups_differ_only_where_one_is_empty() -> None:
        mug = Product("demo", "MUG")
        different = [
            group for group in answers()["groups"] if matches(group_of(group), mug) is not group["magento"]
        ]
        assert len(different) == 20
        assert all(not group["rows"] or "EMPTY" in str(group["rows"]) for group in different)
