"""Query conditions: whether a product matches a template's query, and why not.

The query is Magento's rule tree. *is not*, *does not contain* and *is not one of* are the exact complements of *is*,
*contains* and *is one of*. A row about an attribute without a value is false for every positive operator, and true for
*is undefined*. A group without any row matches nothing, at whatever depth. `matches` and `explain` share the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.attribute_changes import as_date, as_number, is_empty, members, same, type_of
from schemas.attributes import NOT_RECEIVED, AttributeType, NotReceived, Value
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.query_condition import Condition, Group, Match, Operator, Row


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a condition holds or not: the tree of conditions, each row with the product's actual value."""

    condition: Condition
    holds: bool
    actual: Value | NotReceived = NOT_RECEIVED
    parts: tuple[Explanation, ...] = ()

    def failed(self) -> tuple[Explanation, ...]:
        """Return the rows (and empty groups) because of which this condition does not hold; none where it holds."""
        return tuple(self._blame(wanted=True)) if not self.holds else ()

    def _blame(self, *, wanted: bool) -> Iterator[Explanation]:
        if isinstance(self.condition, Row) or _is_empty_query(self.condition):
            yield self
            return
        for part in self.parts:
            need = self.condition.rows_are if wanted else not self.condition.rows_are
            if part.holds is not need:
                yield from part._blame(wanted=need)

    def sentence(self) -> str:
        """Return one line for a merchant, such as ``attribute_set_id is 9 (it is 11)``."""
        if isinstance(self.condition, Group):
            if _is_empty_query(self.condition):
                return "an empty group matches nothing"
            truth = "true" if self.condition.rows_are else "false"
            return f"{self.condition.match.value} of these are {truth}"
        row = self.condition
        if self.actual is NOT_RECEIVED:
            actual = "Magento has not sent it"
        elif is_empty(self.actual):
            actual = "it has no value"
        else:
            actual = f"it is {self.actual}"
        return f"{in_words(row)} ({actual})"


def in_words(condition: Condition) -> str:
    """Return the condition in words: ``ALL of these are TRUE: color is 58; (ANY of these are FALSE: …)``."""
    if isinstance(condition, Row):
        values = ", ".join(condition.values)
        return f"{condition.attribute} {OPERATOR_WORDS[condition.operator]} {values}".strip()
    if not condition.conditions:
        return "nothing, for the group is empty"
    rows = "; ".join(
        f"({in_words(inner)})" if isinstance(inner, Group) else in_words(inner)
        for inner in condition.conditions
    )
    truth = "TRUE" if condition.rows_are else "FALSE"
    return f"{condition.match.value.upper()} of these are {truth}: {rows}"


OPERATOR_WORDS: Final[Mapping[Operator, str]] = {
    Operator.IS: "is",
    Operator.IS_NOT: "is not",
    Operator.GREATER_OR_EQUAL: "is at least",
    Operator.LESS_OR_EQUAL: "is at most",
    Operator.GREATER: "is greater than",
    Operator.LESS: "is less than",
    Operator.CONTAINS: "contains",
    Operator.DOES_NOT_CONTAIN: "does not contain",
    Operator.IS_ONE_OF: "is one of",
    Operator.IS_NOT_ONE_OF: "is not one of",
    Operator.IS_UNDEFINED: "is undefined",
}
"""Operator -> its words in a sentence."""


def matches(condition: Condition, product: Product) -> bool:
    """Whether the product satisfies the condition."""
    if isinstance(condition, Row):
        return _row_holds(condition, actual_value(product, condition.attribute))
    if _is_empty_query(condition):
        return False
    rows = (matches(inner, product) is condition.rows_are for inner in condition.conditions)
    return all(rows) if condition.match is Match.ALL else any(rows)


def explain(condition: Condition, product: Product) -> Explanation:
    """Return why the product matches or not, with every actual value. `holds` equals what `matches` returns."""
    if isinstance(condition, Row):
        actual = actual_value(product, condition.attribute)
        return Explanation(condition, _row_holds(condition, actual), actual)
    parts = tuple(explain(inner, product) for inner in condition.conditions)
    rows = [part.holds is condition.rows_are for part in parts]
    holds = not _is_empty_query(condition) and (all(rows) if condition.match is Match.ALL else any(rows))
    return Explanation(condition, holds, NOT_RECEIVED, parts)


def _is_empty_query(group: Group) -> bool:
    """Whether the group has no row, at any depth."""
    return not any(isinstance(inner, Row) or not _is_empty_query(inner) for inner in group.conditions)


def nearest_miss(
    templates: Sequence[ListingTemplate], product: Product
) -> tuple[ListingTemplate, Explanation] | None:
    """Return the template that misses the product by the fewest rows, and why; None where every template matches."""
    misses = [(template, explain(template.query, product)) for template in templates]
    misses = [(template, why) for template, why in misses if not why.holds]
    return min(
        misses, key=lambda miss: (len(miss[1].failed()), miss[0].priority, miss[0].title), default=None
    )


def actual_value(product: Product, attribute: str) -> Value | NotReceived:
    """Return the product's value of an attribute. `sku` is the product's own where it is not among the attributes."""
    value = product.value(attribute)
    return product.sku if value is NOT_RECEIVED and attribute == "sku" and product.sku is not None else value


def _row_holds(row: Row, actual: Value | NotReceived) -> bool:
    if row.operator is Operator.IS_UNDEFINED:
        return is_empty(actual)
    if row.operator in _COMPLEMENTS:
        return not _positive(_COMPLEMENTS[row.operator], row, actual)
    return _positive(row.operator, row, actual)


def _positive(operator: Operator, row: Row, actual: Value | NotReceived) -> bool:
    return not is_empty(actual) and _POSITIVES[operator](row, actual)


def _is(row: Row, actual: Value) -> bool:
    """The value is the row's; a multiselect or categories have exactly the row's members."""
    return same(row.attribute, actual, row.values[0], _as_received(row.attribute, actual))


def _is_one_of(row: Row, actual: Value) -> bool:
    """The value is among the row's; of a multiselect or of categories, at least one member is."""
    if _has_members(row.attribute, actual):
        return bool(members(actual) & set(row.values))
    return any(same(row.attribute, actual, value) for value in row.values)


def _contains(row: Row, actual: Value) -> bool:
    """A text contains the words in any case; a multiselect or categories contain all of the row's members."""
    if _has_members(row.attribute, actual):
        return members(row.values[0]) <= members(actual)
    return row.values[0].casefold() in str(actual).casefold()


def _compares(holds: Callable[[int], bool]) -> Callable[[Row, Value], bool]:
    def ordered(row: Row, actual: Value) -> bool:
        mine, theirs = as_number(actual), as_number(row.values[0])
        if mine is not None and theirs is not None:
            return holds(int(mine.compare(theirs)))
        then, bound = as_date(actual), as_date(row.values[0])
        return then is not None and bound is not None and holds((then > bound) - (then < bound))

    return ordered


def _has_members(attribute: str, actual: Value) -> bool:
    return type_of(attribute, {}) is AttributeType.MULTISELECT or isinstance(actual, list | tuple)


def _as_received(attribute: str, actual: Value) -> Mapping[str, AttributeType]:
    return {attribute: AttributeType.MULTISELECT} if _has_members(attribute, actual) else {}


_COMPLEMENTS: Final[Mapping[Operator, Operator]] = {
    Operator.IS_NOT: Operator.IS,
    Operator.DOES_NOT_CONTAIN: Operator.CONTAINS,
    Operator.IS_NOT_ONE_OF: Operator.IS_ONE_OF,
}
_POSITIVES: Final[Mapping[Operator, Callable[[Row, Value], bool]]] = {
    Operator.IS: _is,
    Operator.IS_ONE_OF: _is_one_of,
    Operator.CONTAINS: _contains,
    Operator.GREATER_OR_EQUAL: _compares(lambda order: order >= 0),
    Operator.LESS_OR_EQUAL: _compares(lambda order: order <= 0),
    Operator.GREATER: _compares(lambda order: order > 0),
    Operator.LESS: _compares(lambda order: order < 0),
}
