"""Query conditions: a truth table of operators and groups, and that the explanation always agrees with the match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.attribute_changes import as_date
from policies.conditions import Explanation, explain, matches, nearest_miss
from schemas.attributes import AttributeType
from schemas.product import Product
from schemas.query_condition import Condition, Group, Match, Operator, Row
from tests.policies.examples import is_, product, template

SHIRT = product(
    attribute_set_id="9",
    color="blue",
    price="29.00",
    quantity=18,
    category_ids=["4", "7"],
    material=["5459", "5471"],
    news_from_date="2026-01-31 00:00:00",
    special_price=None,
    badge=0,
)
"""`special_price` is empty, and `brand` was never received."""

ALL, ANY = Match.ALL, Match.ANY
TRUE, FALSE = True, False


@pytest.mark.parametrize(
    ("attribute", "operator", "value", "holds"),
    [
        ("color", "is", "blue", True),
        ("color", "is", "red", False),
        ("color", "is", "Blue", True),  # in any letter case, as in Magento
        ("color", "is", " blue", False),  # but blanks count
        ("price", "is", "29", True),
        ("price", "is", "29.000000", True),
        ("sku", "is", "SHIRT-M", True),
        ("category_ids", "is", "7,4", True),
        ("category_ids", "is", "4", True),  # one of them is enough
        ("category_ids", "is", "8", False),
        ("special_price", "is", "10", False),
        ("brand", "is", "Acme", False),
        ("color", "is_not", "red", True),
        ("color", "is_not", "blue", False),
        ("special_price", "is_not", "10", True),
        ("brand", "is_not", "Acme", True),
        ("quantity", ">=", "18", True),
        ("quantity", ">=", "18.5", False),
        ("quantity", "<=", "18", True),
        ("quantity", "<=", "17", False),
        ("quantity", ">", "17.5", True),
        ("quantity", ">", "18", False),
        ("quantity", "<", "19", True),
        ("quantity", "<", "18", False),
        ("price", ">", "9", True),  # 29 is more than 9, though not as text
        ("news_from_date", ">=", "2026-01-31", True),
        ("news_from_date", ">", "2026-01-31", False),
        ("news_from_date", "<", "2026-02-01 00:00:00", True),
        ("color", ">", "a", True),  # texts have an order, too
        ("color", "<", "z", True),
        ("color", "<", "BLUE", False),  # in which small letters come after capitals
        ("quantity", ">", "2026-01-31", False),
        ("category_ids", ">", "3", False),  # several ids have no order
        ("brand", "<", "10", False),
        ("special_price", "<=", "100", False),
        ("name", "contains", "shirt", True),
        ("name", "contains", "LINEN", True),
        ("name", "contains", "wool", False),
        ("category_ids", "contains", "4", True),
        ("category_ids", "contains", "7,4", True),
        ("category_ids", "contains", "4,8", True),
        ("category_ids", "contains", "8,9", False),
        ("brand", "contains", "Ac", False),
        ("name", "does_not_contain", "wool", True),
        ("name", "does_not_contain", "shirt", False),
        ("category_ids", "does_not_contain", "8", True),
        ("brand", "does_not_contain", "Ac", True),
        ("color", "is_one_of", ["red", "blue"], True),
        ("color", "is_one_of", ["red", "green"], False),
        ("category_ids", "is_one_of", ["7", "99"], True),
        ("category_ids", "is_one_of", ["99"], False),
        ("material", "is_one_of", ["5459"], True),
        ("brand", "is_one_of", ["Acme"], False),
        ("color", "is_not_one_of", ["red", "green"], True),
        ("color", "is_not_one_of", ["red", "blue"], False),
        ("category_ids", "is_not_one_of", ["4"], False),
        ("brand", "is_not_one_of", ["Acme"], True),
        ("color", "is_one_of", ["RED", "BLUE"], True),
        ("price", "is_one_of", ["29.0"], True),
        (
            "badge",
            "is_one_of",
            ["0"],
            False,
        ),  # for Magento a list of 0 alone is no list: neither operator holds
        ("badge", "is_not_one_of", ["0"], False),
        ("badge", "is_one_of", ["0", "1"], True),
        ("brand", "is_undefined", None, True),  # not received counts as undefined
        ("special_price", "is_undefined", None, True),
        ("color", "is_undefined", None, False),
        ("badge", "is_undefined", None, False),  # 0 is a value
    ],
)
def test_the_truth_of_a_row(attribute: str, operator: str, value: Any, holds: bool) -> None:
    values = () if value is None else tuple(value) if isinstance(value, list) else (value,)
    row = Row(attribute, Operator(operator), values)
    assert matches(row, SHIRT) is holds
    assert explain(row, SHIRT).holds is holds


@dataclass(frozen=True)
class Store:
    """A store with attributes of its own, and a tree of categories: 4 and 7 under 3, 3 under the root 2."""

    attribute_types: Mapping[str, AttributeType] = field(
        default_factory=lambda: {"fabric": AttributeType.MULTISELECT, "launched": AttributeType.DATE}
    )
    category_parents: Mapping[str, str] = field(default_factory=lambda: {"4": "3", "7": "3", "3": "2"})


OF_THE_STORE = product(fabric="14,20", launched="2026-12-01 00:00:00", category_ids=["4"])


@pytest.mark.parametrize(
    ("attribute", "operator", "value", "holds"),
    [
        ("fabric", "contains", "1", False),  # the option 1, not the digit
        ("fabric", "contains", "14", True),
        ("fabric", "is", "20", True),
        ("fabric", "is_one_of", "1,20", True),
        ("fabric", "does_not_contain", "1", True),
        ("fabric", "is_undefined", "", False),
        ("launched", "is", "2026-12-01", True),
        ("launched", "<=", "2026-12-01", True),
        ("launched", ">", "2026-11-30 08:00:00", True),
        ("launched", "<", "soon", False),
        ("category_ids", "is", "3", True),  # an anchor shows the products of the categories below it
        ("category_ids", "is_one_of", "2", True),
        ("category_ids", "is_not", "2", False),
        ("category_ids", "is", "7", False),
    ],
)
def test_the_types_and_categories_of_the_store_count(
    attribute: str, operator: str, value: str, holds: bool
) -> None:
    row = Row(attribute, Operator(operator), (value,) if value else ())
    assert matches(row, OF_THE_STORE, Store()) is holds
    assert explain(row, OF_THE_STORE, Store()).holds is holds


def test_a_circle_of_categories_ends() -> None:
    circle = Store(category_parents={"4": "3", "3": "4"})
    assert not matches(is_("category_ids", "2"), OF_THE_STORE, circle)


@pytest.mark.parametrize(
    ("value", "operator", "wanted", "holds"),
    [
        ("2026-12-01 00:00:00", "is", "2026-12-01", True),  # two dates compare as dates
        ({"date": "2026-12-01 00:00:00.000000", "timezone": "UTC"}, "is", "2026-12-01", False),
        ("20261201", "<", "2026-12-01", False),  # a number is none
        (False, "is", "0", False),  # PHP writes false as an empty text
        ("", "is_undefined", "", False),  # an empty text is a value
        ("", "is_not", "0", True),
        ("Straße", "is", "STRASSE", False),
        ("MÜG", "is", "müg", True),
        ("0123", "is", "123", True),
        ("1e2", "is", "100", True),
        ("1_000", "is", "1000", False),
        ("00012345678901234567890", "is", "12345678901234567891", False),
        (10.0, "contains", "10.0", False),
        # An option that was sent with its label is its id, as Magento stores it.
        ({"value": "58", "label": "Red"}, "is", "58", True),
        ({"value": 58, "label": "Red"}, "is_one_of", "58", True),
        ({"value": "58", "label": "Red"}, "is_not", "58", False),
        ([{"value": "58", "label": "Red"}, {"value": "60", "label": "Blue"}], "contains", "60", True),
    ],
)
def test_a_value_of_an_unknown_type_compares_as_in_magento(
    value: Any, operator: str, wanted: str, holds: bool
) -> None:
    row = Row("note", Operator(operator), (wanted,) if wanted else ())
    assert matches(row, product(note=value)) is holds


@pytest.mark.parametrize(
    ("attribute", "sent", "number"),
    [
        ("stock_status", False, "0"),
        ("stock_status", "OUT_OF_STOCK", "0"),
        ("stock_status", True, "1"),
        ("manage_stock", False, "0"),
        ("manage_stock", "Yes", "1"),
        ("type_id", "Simple Product", "simple"),
        ("type_id", ["simple"], "simple"),
        ("status", "Enabled", "1"),
        ("status", "2.0000", "2"),
        ("status", 0, "2"),
        ("visibility", "Catalog, Search", "4"),
        ("visibility", "NOT_VISIBLE_INDIVIDUALLY", "1"),
        ("visibility", "Secret", "secret"),  # one that is not understood is a text
    ],
)
def test_a_gate_compares_as_the_number_that_magento_stores(attribute: str, sent: Any, number: str) -> None:
    assert matches(is_(attribute, number), product(**{attribute: sent}))
    assert not matches(is_(attribute, "3"), product(**{attribute: sent}))


T, F = is_("color", "blue"), is_("color", "red")
EMPTY = Group()


def group(match: Match, rows_are: bool, *conditions: Condition) -> Group:
    return Group(match, rows_are, conditions)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (group(ALL, TRUE, T, T), True),
        (group(ALL, TRUE, T, F), False),
        (group(ALL, TRUE, F, F), False),
        (group(ANY, TRUE, T, T), True),
        (group(ANY, TRUE, T, F), True),
        (group(ANY, TRUE, F, F), False),
        (group(ALL, FALSE, F, F), True),
        (group(ALL, FALSE, T, F), False),
        (group(ALL, FALSE, T, T), False),
        (group(ANY, FALSE, F, F), True),
        (group(ANY, FALSE, T, F), True),
        (group(ANY, FALSE, T, T), False),
        (group(ALL, TRUE, T, group(ANY, TRUE, F, T)), True),
        (group(ALL, TRUE, T, group(ANY, TRUE, F, F)), False),
        (group(ANY, TRUE, F, group(ALL, FALSE, F, F)), True),
        (group(ALL, FALSE, F, group(ALL, TRUE, T, F)), True),
        (group(ANY, FALSE, T, group(ANY, FALSE, T, F)), False),
        (group(ALL, TRUE, group(ALL, TRUE, group(ALL, TRUE, T))), True),
        (group(ALL, TRUE), False),
        (group(ANY, TRUE), False),
        (group(ALL, FALSE), False),
        (group(ANY, FALSE), False),
        (group(ALL, TRUE, T, EMPTY), False),
        (group(ANY, TRUE, F, EMPTY), False),
        (group(ANY, TRUE, T, EMPTY), True),
        (group(ALL, FALSE, T, EMPTY), False),
        (group(ALL, FALSE, F, EMPTY), True),  # an empty group is false wherever it stands
        (group(ALL, FALSE, EMPTY), False),  # a query without any row matches nothing, whatever it asks
        (group(ANY, FALSE, EMPTY, group(ALL, FALSE, EMPTY)), False),
    ],
)
def test_the_truth_of_a_group(condition: Condition, holds: bool) -> None:
    assert matches(condition, SHIRT) is holds
    assert explain(condition, SHIRT).holds is holds


# --- properties --------------------------------------------------------------------------------------------------

ATTRIBUTES = ["color", "quantity", "category_ids", "news_from_date", "brand", "sku"]
WORDS = ["blue", "red", "4", "7", "4,7", "18", "18.0", "2026-01-31", "0", "SHIRT"]
POSITIVES = [Operator.IS, Operator.CONTAINS, Operator.IS_ONE_OF]
COMPLEMENT = {
    Operator.IS: Operator.IS_NOT,
    Operator.CONTAINS: Operator.DOES_NOT_CONTAIN,
    Operator.IS_ONE_OF: Operator.IS_NOT_ONE_OF,
}
MANY = {Operator.IS_ONE_OF, Operator.IS_NOT_ONE_OF}


@st.composite
def rows(draw: st.DrawFn, operators: st.SearchStrategy[Operator]) -> Row:
    operator = draw(operators)
    most = 3 if operator in MANY else 1
    values = (
        ()
        if operator is Operator.IS_UNDEFINED
        else draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=most))
    )
    return Row(draw(st.sampled_from(ATTRIBUTES)), operator, tuple(values))


conditions: st.SearchStrategy[Condition] = st.recursive(
    rows(st.sampled_from(Operator)),
    lambda inner: st.builds(
        Group, st.sampled_from(Match), st.booleans(), st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=8,
)
values = st.none() | st.sampled_from(["", 0, 18, 18.0, True, ["4", "7"], [4], [], *WORDS])
products = st.dictionaries(st.sampled_from(ATTRIBUTES), values).map(
    lambda value: Product(shop="demo", sku="SHIRT-M", default=value)
)


def has_rows(found: Explanation) -> bool:
    return any(isinstance(part.condition, Row) for part in everywhere(found))


def everywhere(found: Explanation) -> list[Explanation]:
    return [found, *(inner for part in found.parts for inner in everywhere(part))]


@given(conditions, products)
def test_the_explanation_agrees_with_the_match_at_every_leaf(condition: Condition, shirt: Product) -> None:
    for part in everywhere(explain(condition, shirt)):
        assert part.holds is matches(part.condition, shirt)


@given(conditions, products)
def test_what_does_not_match_names_what_failed_and_what_matches_names_nothing(
    condition: Condition, shirt: Product
) -> None:
    found = explain(condition, shirt)
    assert bool(found.failed()) is not found.holds
    assert all(isinstance(failed.condition, Row) or not has_rows(failed) for failed in found.failed())


@given(rows(st.sampled_from(POSITIVES)), products)
def test_a_negative_row_is_the_complement_of_its_positive(row: Row, shirt: Product) -> None:
    negative = Row(row.attribute, COMPLEMENT[row.operator], row.values)
    assert not (matches(negative, shirt) and matches(row, shirt))
    if row.values != ("0",) and not (row.attribute == "news_from_date" and not all(map(as_date, row.values))):
        assert matches(negative, shirt) or matches(row, shirt)


@given(rows(st.sampled_from(POSITIVES)), st.sampled_from([None, []]))
def test_of_an_absent_value_each_negative_row_is_true(row: Row, absent: object) -> None:
    for nothing in (Product("demo", None), Product("demo", None, default={row.attribute: absent})):
        assert not matches(row, nothing)
        assert matches(Row(row.attribute, COMPLEMENT[row.operator], row.values), nothing)


@given(rows(st.sampled_from(Operator)), st.lists(conditions, max_size=3), products)
def test_any_false_is_the_complement_of_all_true(row: Row, others: list[Condition], shirt: Product) -> None:
    inner = [row, *others]
    assert matches(group(ANY, FALSE, *inner), shirt) is not matches(group(ALL, TRUE, *inner), shirt)
    assert matches(group(ALL, FALSE, *inner), shirt) is not matches(group(ANY, TRUE, *inner), shirt)


# --- in the merchant's words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (is_("attribute_set_id", "11"), "attribute_set_id is 11 (it is 9)"),
        (is_("brand", "Acme"), "brand is Acme (Magento has not sent it)"),
        (is_("special_price", "10"), "special_price is 10 (it has no value)"),
        (Row("color", Operator.IS_ONE_OF, ("red", "green")), "color is one of red, green (it is blue)"),
        (Row("quantity", Operator.GREATER_OR_EQUAL, ("20",)), "quantity is at least 20 (it is 18)"),
        (Row("color", Operator.IS_UNDEFINED), "color is undefined (it is blue)"),
        (EMPTY, "an empty group matches nothing"),
        (group(ANY, FALSE, T), "any of these are false"),
    ],
)
def test_an_explanation_is_a_sentence(condition: Condition, sentence: str) -> None:
    assert explain(condition, SHIRT).sentence() == sentence


@pytest.mark.parametrize(
    ("condition", "failed"),
    [
        (group(ALL, TRUE, T, F), [F]),
        (group(ANY, TRUE, F, is_("size", "L")), [F, is_("size", "L")]),
        (group(ALL, FALSE, T, F), [T]),
        (group(ALL, TRUE, T, group(ALL, FALSE, T)), [T]),
        (group(ALL, FALSE, group(ALL, TRUE, T, T)), [T, T]),
        (group(ALL, TRUE, T, EMPTY), [EMPTY]),
        (EMPTY, [EMPTY]),
    ],
)
def test_the_rows_that_failed_are_named(condition: Condition, failed: list[Condition]) -> None:
    assert [part.condition for part in explain(condition, SHIRT).failed()] == failed


def test_the_nearest_miss_failed_by_the_fewest_rows() -> None:
    two_rows_off = template("Far", group(ALL, TRUE, F, is_("size", "XXL")), priority=1)
    one_row_off = template("Near", group(ALL, TRUE, T, F), priority=9)
    missed = nearest_miss((two_rows_off, one_row_off), SHIRT)
    assert missed is not None
    assert (missed[0].title, [part.condition for part in missed[1].failed()]) == ("Near", [F])


def test_a_template_that_matches_is_not_a_miss() -> None:
    assert nearest_miss((template("Shirts", T),), SHIRT) is None
    assert nearest_miss((), SHIRT) is None
