"""Query conditions: whether a product matches a template's query, and why not.

The query is Magento's rule tree, and its rows agree with Magento's rule engine (`policies.attributes.row_truth`). There
are two differences: of an attribute without a value, *is not*, *does not contain* and *is not one of* are true, the
exact complements of *is*, *contains* and *is one of*; and a group without any row matches nothing, at whatever depth.
`docs/conditions.md` has both with their reasons. `matches` and `explain` share the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from policies.attributes.row_truth import is_missing, row_holds
from schemas.attributes import NOT_RECEIVED, AttributeType, NotReceived, Value
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from schemas.query_condition import Condition, Group, Match, Operator, Row


class StoreAttributes(Protocol):
    """What a shop knows of its store's attributes: `schemas.shop.MagentoConnection` has it."""

    @property
    def attribute_types(self) -> Mapping[str, AttributeType]:
        """The types of the store's own attributes, by code."""

    @property
    def category_parents(self) -> Mapping[str, str]:
        """The nearest anchor category above each category, by id."""


@dataclass(frozen=True, slots=True)
class _MagentoAlone:
    """A store without attributes of its own."""

    attribute_types: Mapping[str, AttributeType] = field(default_factory=dict)
    category_parents: Mapping[str, str] = field(default_factory=dict)


MAGENTO_ALONE: Final[StoreAttributes] = _MagentoAlone()


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
        return f"{in_words(self.condition)} ({self._actual('it is')})"

    def requirement(self) -> str:
        """Return a failed row as what its template requires: ``requires attribute_set_id 9 (this product has 11)``."""
        if isinstance(self.condition, Group):
            return f"has a query in which {self.sentence()}"
        row = self.condition
        words = OPERATOR_WORDS[row.operator]
        # A failed row that holds stands in a group whose rows must be false.
        verb, between = ("excludes" if self.holds else "requires"), words.removeprefix("is").strip()
        if between == words:
            between = f"that {words}"
        required = " ".join(part for part in (row.attribute, between, ", ".join(row.values)) if part)
        return f"{verb} {required} ({self._actual('this product has')})"

    def _actual(self, verb: str) -> str:
        if self.actual is NOT_RECEIVED:
            return "Magento has not sent it"
        if is_missing(self.actual):
            return "it has no value"
        return "it is empty" if self.actual == "" else f"{verb} {self.actual}"


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


def matches(condition: Condition, product: Product, store: StoreAttributes = MAGENTO_ALONE) -> bool:
    """Whether the product satisfies the condition. `store` is the Magento side of the product's shop."""
    if isinstance(condition, Row):
        return _row_holds(condition, actual_value(product, condition.attribute), store)
    if _is_empty_query(condition):
        return False
    wants_all = condition.match is Match.ALL
    for inner in condition.conditions:
        if (matches(inner, product, store) is condition.rows_are) is not wants_all:
            return not wants_all
    return wants_all


def explain(condition: Condition, product: Product, store: StoreAttributes = MAGENTO_ALONE) -> Explanation:
    """Return why the product matches or not, with every actual value. `holds` equals what `matches` returns."""
    if isinstance(condition, Row):
        actual = actual_value(product, condition.attribute)
        return Explanation(condition, _row_holds(condition, actual, store), actual)
    parts = tuple(explain(inner, product, store) for inner in condition.conditions)
    rows = [part.holds is condition.rows_are for part in parts]
    holds = not _is_empty_query(condition) and (all(rows) if condition.match is Match.ALL else any(rows))
    return Explanation(condition, holds, NOT_RECEIVED, parts)


def _is_empty_query(group: Group) -> bool:
    """Whether the group has no row, at any depth."""
    return not any(isinstance(inner, Row) or not _is_empty_query(inner) for inner in group.conditions)


def nearest_miss(
    templates: Sequence[ListingTemplate], product: Product, store: StoreAttributes = MAGENTO_ALONE
) -> tuple[ListingTemplate, Explanation] | None:
    """Return the template that misses the product by the fewest rows, and why; None where every template matches."""
    misses = [(template, explain(template.query, product, store)) for template in templates]
    misses = [(template, why) for template, why in misses if not why.holds]
    return min(
        misses, key=lambda miss: (len(miss[1].failed()), miss[0].priority, miss[0].title), default=None
    )


def actual_value(product: Product, attribute: str) -> Value | NotReceived:
    """Return the product's value of an attribute. `sku` is the product's own where it is not among the attributes."""
    value = product.value(attribute)
    return product.sku if value is NOT_RECEIVED and attribute == "sku" and product.sku is not None else value


def _row_holds(row: Row, actual: Value | NotReceived, store: StoreAttributes) -> bool:
    return row_holds(row, actual, store.attribute_types, store.category_parents)
