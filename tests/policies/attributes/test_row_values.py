"""Which values of a row can't match an attribute of its type, and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from policies.attributes.row_values import matches_nothing, value_fault
from schemas.attributes import AttributeType
from schemas.query_condition import Operator, Row

NUMBER, DATE, BOOLEAN = AttributeType.NUMBER, AttributeType.DATE, AttributeType.BOOLEAN
MULTISELECT, TEXT = AttributeType.MULTISELECT, AttributeType.TEXT


@pytest.mark.parametrize(
    ("kinds", "operator", "value", "fits"),
    [
        ([NUMBER], ">", "10.00", True),
        ([NUMBER], ">", " 1e3 ", True),
        ([NUMBER], ">", "10,00", False),
        ([NUMBER], "is", "ten", False),
        ([NUMBER], "is", "", False),
        ([NUMBER], "contains", "ten", True),
        ([NUMBER], "is_undefined", "", True),
        ([DATE], "<=", "2026-11-30", True),
        ([DATE], "<=", "2026-11-30 08:00:00", True),
        ([DATE], "<=", "30.11.2026", False),
        ([DATE], "contains", "2026", False),
        ([BOOLEAN], "is", "1", True),
        ([BOOLEAN], "is", "yes", False),
        ([MULTISELECT], "contains", "14", True),
        ([MULTISELECT], "<", "14", False),
        ([TEXT], "<", "abc", True),
        ([None], "<", "abc", True),
        ([NUMBER, TEXT], "<", "abc", True),  # it fits one of the shops
        ([NUMBER, None], "<", "abc", True),
        ([NUMBER, NUMBER], "<", "abc", False),
        ([], "<", "abc", True),
    ],
)
def test_a_value_fits_the_type_of_its_attribute(
    kinds: Sequence[AttributeType | None], operator: str, value: str, fits: bool
) -> None:
    row = Row("fabric", Operator(operator), (value,) if operator != "is_undefined" else ())
    assert (value_fault(row, kinds) is None) is fits


@pytest.mark.parametrize(
    ("attribute", "value", "says"),
    [
        ("category_ids", "4,5", None),
        ("category_ids", "Shirts", "'Shirts' is no category id"),
        ("website_ids", "base", "'base' is no website id"),
        ("category_ids", "", "'' is no category id"),
        ("fabric", "Cotton", None),  # an import may send labels
    ],
)
def test_categories_and_websites_are_ids(attribute: str, value: str, says: str | None) -> None:
    words = value_fault(Row(attribute, Operator.IS, (value,)), [MULTISELECT])
    assert words is None if says is None else says in (words or "")


def test_a_list_of_0_alone_matches_nothing() -> None:
    assert "Use 'is' with the value 0." in (matches_nothing(Row("badge", Operator.IS_ONE_OF, ("0",))) or "")
    assert "Use 'is not'" in (matches_nothing(Row("badge", Operator.IS_NOT_ONE_OF, ("0",))) or "")
    assert matches_nothing(Row("badge", Operator.IS_ONE_OF, ("0", "1"))) is None
    assert matches_nothing(Row("badge", Operator.IS, ("0",))) is None
