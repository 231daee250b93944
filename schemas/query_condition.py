"""The query condition of a listing template: Magento's rule tree, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypedDict

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from schemas.field_spec import ATTRIBUTE, AttributeCode

MAX_DEPTH = 20
MAX_VALUES = 500


class Operator(StrEnum):
    """The operator of a row, in Magento's words."""

    IS = "is"
    IS_NOT = "is_not"
    GREATER_OR_EQUAL = ">="
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    LESS = "<"
    CONTAINS = "contains"
    DOES_NOT_CONTAIN = "does_not_contain"
    IS_ONE_OF = "is_one_of"
    IS_NOT_ONE_OF = "is_not_one_of"
    IS_UNDEFINED = "is_undefined"


class Match(StrEnum):
    """How many rows of a group must hold."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Row:
    """*attribute - operator - value*. `values` has one value, several for *is one of*, none for *is undefined*."""

    attribute: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """*If ALL|ANY of these conditions are TRUE|FALSE*. A group without conditions matches nothing."""

    match: Match = Match.ALL
    rows_are: bool = True
    conditions: tuple[Condition, ...] = ()


Condition: TypeAlias = Row | Group

_MANY = frozenset({Operator.IS_ONE_OF, Operator.IS_NOT_ONE_OF})
_OPERATORS = ", ".join(Operator)
_SEPARATORS = re.compile(r"\s*[,;]\s*")


class _RowData(TypedDict):
    attribute: str
    operator: Operator
    value: object


class RowSchema(Schema):
    """The schema of a row. A number becomes text, as it is written in the document."""

    class Meta:
        unknown = RAISE

    attribute = AttributeCode(required=True, validate=ATTRIBUTE)
    operator = fields.Enum(
        Operator,
        by_value=True,
        required=True,
        error_messages={"unknown": f"not a known operator; choose one of {_OPERATORS}"},
    )
    value = fields.Raw(load_default=None, allow_none=True)

    @post_load
    def build(self, data: _RowData, **_: object) -> Row:
        """Return the row. Refuse a value that does not fit its operator."""
        operator, value = data["operator"], data["value"]
        if operator is Operator.IS_UNDEFINED:
            if value not in (None, ""):
                raise ValidationError("is_undefined takes no value", "value")
            return Row(data["attribute"], operator)
        if operator in _MANY:
            return Row(data["attribute"], operator, _several(operator, value))
        if isinstance(value, list | dict) or value is None:
            raise ValidationError(f"{operator.value} takes one value, not {value!r}", "value")
        return Row(data["attribute"], operator, (_text(value),))


def several(text: str) -> tuple[str, ...]:
    """Return the values of a list in one text, as Magento splits it: at commas and semicolons, with blanks around."""
    if "," not in text and ";" not in text:
        return (text,) if text else ()
    return tuple(part for part in _SEPARATORS.split(text) if part)


def _several(operator: Operator, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else several(_text("" if value is None else value))
    texts = tuple(_text(item) for item in values if item not in (None, ""))
    if not texts or any(isinstance(item, list | dict) for item in values) or len(texts) > MAX_VALUES:
        raise ValidationError(
            f"{operator.value} takes a list of 1 to {MAX_VALUES} values, not {value!r}", "value"
        )
    return texts


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


class _GroupData(TypedDict):
    match: Match
    rows_are: bool
    conditions: list[object]


class GroupSchema(Schema):
    """The schema of a group with its rows and nested groups."""

    class Meta:
        unknown = RAISE

    match = fields.Enum(
        Match, by_value=True, load_default=Match.ALL, error_messages={"unknown": "not known; say all or any"}
    )
    rows_are = fields.Boolean(
        load_default=True,
        truthy={True},
        falsy={False},
        error_messages={"invalid": "{input!r} is not allowed here; say true or false"},
    )
    conditions = fields.List(fields.Raw(), load_default=list)

    @post_load
    def build(self, data: _GroupData, **_: object) -> Group:
        """Return the group with its conditions. All faults of the conditions are reported at once."""
        conditions, faults = [], {}
        for index, item in enumerate(data["conditions"]):
            try:
                conditions.append(_condition(item))
            except ValidationError as error:
                faults[index] = error.normalized_messages()
        if faults:
            raise ValidationError({"conditions": faults})
        return Group(data["match"], data["rows_are"], tuple(conditions))


_ROW, _GROUP = RowSchema(), GroupSchema()


def _condition(value: object) -> Condition:
    if not isinstance(value, Mapping):
        raise ValidationError(f"{value!r} is neither a row (attribute, operator, value) nor a group")
    schema: Schema = _GROUP if "conditions" in value or "match" in value else _ROW
    loaded: Condition = schema.load(value)
    return loaded


def load_query(value: object) -> Group:
    """Return the query of a template. Raises marshmallow's `ValidationError` with all faults and their places."""
    if _depth(value) > MAX_DEPTH:
        raise ValidationError(f"groups are nested deeper than {MAX_DEPTH}")
    if not isinstance(value, Mapping):
        raise ValidationError(f"{value!r} is not a group (match, rows_are, conditions)")
    group: Group = _GROUP.load(value)
    return group


def _depth(value: object) -> int:
    deepest, level = 0, [value]
    while level and deepest <= MAX_DEPTH + 1:
        deepest += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, Mapping) and isinstance(outer.get("conditions"), list)
            for inner in outer["conditions"]
        ]
    return deepest


def dump_query(condition: Condition) -> dict[str, object]:
    """Return the document from which `load_query` reads this condition."""
    if isinstance(condition, Group):
        return {
            "match": condition.match.value,
            "rows_are": condition.rows_are,
            "conditions": [dump_query(inner) for inner in condition.conditions],
        }
    row: dict[str, object] = {"attribute": condition.attribute, "operator": condition.operator.value}
    if condition.operator in _MANY:
        row["value"] = list(condition.values)
    elif condition.values:
        row["value"] = condition.values[0]
    return row
