"""Declarations of the fields of policies: their values, their words, and what a change of a field can affect.

A policy is a frozen dataclass whose fields are declared with `policy_field`. Its marshmallow schema (the keys of apply
files), the console's forms, reviews, chips and sentences, and `policies.affected_by_rule_change` derive from these
declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar

from marshmallow import RAISE, Schema, post_load, validate
from marshmallow import fields as schema_fields

from schemas.attributes import canonical_code

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value")


TITLE: Final = validate.And(
    validate.Length(min=1, max=120, error="a title has 1 to 120 characters"),
    validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error="a title has no control characters"),
)
ATTRIBUTE_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
ATTRIBUTE: Final = validate.Regexp(ATTRIBUTE_CODE, error="{input!r} is not an attribute code (a-z, 0-9, _)")
_KEY: Final = "field_spec"


class AttributeCode(schema_fields.String):
    """The code of a Magento attribute. Other names of Quantity are read as `quantity` or `stock_status`."""

    def _deserialize(self, value: object, attr: object, data: object, **options: object) -> str:
        code: str = super()._deserialize(value, attr, data, **options)
        return canonical_code(code)


class Effect(StrEnum):
    """What a change of a field can change for a listing.

    `policies.affected_by_rule_change` compares only the fields with an effect: a change of others makes nothing due.
    """

    ELIGIBILITY = "eligibility"
    """Whether the product should be on TikTok, and how it is taken down."""
    SENT = "sent"
    """What is sent for a product on TikTok."""
    TRIGGERS = "triggers"
    """Which changes in Magento start a sync."""
    ASSIGNMENT = "assignment"
    """Which listing template the product belongs to."""


NO_EFFECT: Final[frozenset[Effect]] = frozenset()
"""A change of the field changes nothing for existing listings: what is logged, or when deliveries wait."""


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false. `named` shows it as Magento shows its logs: two radio buttons, Enabled and Disabled."""

    named: bool = False

    def schema_field(self, default: object) -> schema_fields.Boolean:
        """Return the field of an apply file."""
        # Only true and false: marshmallow itself also accepts words such as "yes" and "on", and 1.
        return schema_fields.Boolean(
            load_default=default,
            truthy={True},
            falsy={False},
            error_messages={"invalid": "{input!r} is not allowed here; say true or false"},
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A member of an enumeration. `options` are the allowed members with their words, in the order of the form."""

    enum: type[StrEnum]
    options: tuple[tuple[StrEnum, str], ...]

    def schema_field(self, default: object) -> schema_fields.Enum[StrEnum]:
        """Return the field of an apply file; its error names every allowed word."""
        allowed = [member for member in self.enum if member in dict(self.options)]
        words = ", ".join(allowed)
        every = len(allowed) == len(self.enum)
        check = validate.OneOf(allowed, error=f"{{input}} is not allowed here; choose one of {words}")
        return schema_fields.Enum(
            self.enum,
            by_value=True,
            load_default=default,
            validate=None if every else check,
            error_messages={"unknown": f"not known; choose one of {words}"},
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `longest` characters that passes `check`."""

    check: validate.Validator
    longest: int

    def schema_field(self, default: object) -> schema_fields.String:
        """Return the field of an apply file."""
        return schema_fields.String(load_default=default, allow_none=default is None, validate=self.check)


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number from `lowest` to `highest`; `error` quotes them as ``{min}`` and ``{max}``."""

    lowest: int
    highest: int
    error: str = "{input!r} is not a number from {min} to {max}"

    def schema_field(self, default: object) -> schema_fields.Integer:
        """Return the field of an apply file."""
        return schema_fields.Integer(
            strict=True,
            load_default=default,
            allow_none=default is None,
            validate=validate.Range(self.lowest, self.highest, error=self.error),
            error_messages={"invalid": "not a whole number"},
        )


NOT_A_NUMBER: Final = "not a number; enter one as 4.99"


@dataclass(frozen=True, slots=True)
class DecimalNumber:
    """A decimal number from `lowest` to `highest`."""

    lowest: Decimal
    highest: Decimal

    def schema_field(self, default: object) -> schema_fields.Decimal:
        """Return the field of an apply file."""
        error = "{input} is not a number from {min} to {max}"
        return schema_fields.Decimal(
            load_default=default,
            allow_none=default is None,
            validate=validate.Range(self.lowest, self.highest, error=error),
            error_messages={"invalid": NOT_A_NUMBER, "special": NOT_A_NUMBER},
        )


@dataclass(frozen=True, slots=True)
class AttributeCodes:
    """Codes of Magento attributes, without repeats, in the given order."""

    def schema_field(self, default: object) -> schema_fields.List[str]:
        """Return the field of an apply file."""
        codes = default if isinstance(default, tuple) else ()
        return schema_fields.List(AttributeCode(validate=ATTRIBUTE), load_default=lambda: list(codes))


Shape: TypeAlias = Switch | Choice | Text | WholeNumber | DecimalNumber | AttributeCodes


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The declaration of a policy's field.

    `group` is its heading in the form, empty for a field without one. `chip` is what the list of policies shows of a
    value other than the default: a format string for the value, a function of the policy ("" shows nothing), or None
    for the label with the value. `needs` is the name of the switch without which this switch does nothing. `in_setup`
    is true for a switch that the set-up offers. A field that is not `on_form` has a button elsewhere.
    """

    label: str
    help: str
    group: str
    shape: Shape
    effects: frozenset[Effect]
    chip: str | Callable[[Any], str] | None = None
    needs: str = ""
    in_setup: bool = False
    on_form: bool = True
    name: str = ""
    default: object = None


def policy_field(default: Value, spec: FieldSpec) -> Value:
    """Declare a field of a policy. The return type is that of the default, as dataclasses' `field` has it."""
    return field(default=default, metadata={_KEY: replace(spec, default=default)})


def field_specs(policy: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a policy without its title, in order. Raises TypeError if one has no declaration."""
    return _field_specs(policy)


@cache
def _field_specs(policy: type) -> tuple[FieldSpec, ...]:
    found = []
    for declared in fields(policy):
        if declared.name == "title":
            continue
        if _KEY not in declared.metadata:
            raise TypeError(
                f"{policy.__name__}.{declared.name} has no FieldSpec: declare it with policy_field"
            )
        found.append(replace(declared.metadata[_KEY], name=declared.name))
    return tuple(found)


def keys_of(policy: type) -> dict[str, object]:
    """Return the fields of a policy's marshmallow schema, by name: the keys of an apply file."""
    return {spec.name: spec.shape.schema_field(spec.default) for spec in field_specs(policy)}


class PolicySchema(Schema):
    """The schema of a policy: loads the document of a file or form into a `policy`. Unknown fields are refused."""

    policy: ClassVar[type]

    class Meta:
        unknown = RAISE

    title = schema_fields.String(required=True, validate=TITLE)

    @post_load
    def build(self, data: dict[str, object], **_: object) -> object:
        """Return the policy. Lists become tuples without repeats, so that it can be hashed."""
        plain = {
            name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
            for name, value in data.items()
        }
        return self.policy(**plain)


def document_of(policy: DataclassInstance) -> dict[str, Any]:
    """Return the document that the policy's schema loads. It is stored like this; None values are left out."""
    return {name: _plain(value) for name, value in asdict(policy).items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple | frozenset) else value
