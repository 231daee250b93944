"""A policy's fields, each declared once: what it may be, what people call it, and what a change of it does.

A policy is a frozen dataclass whose fields are declared with `policy_field`. Its marshmallow schema (the keys of apply
files), the console's forms, reviews, chips and sentences, and *affected* read these declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypeVar

from marshmallow import RAISE, Schema, post_load, validate
from marshmallow import fields as schema_fields

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Value = TypeVar("Value")


TITLE: Final = validate.And(
    validate.Length(min=1, max=120, error="a title has 1 to 120 characters"),
    validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error="a title has no control characters"),
)
ATTRIBUTE: Final = validate.Regexp(
    r"[a-z][a-z0-9_]{0,59}\Z", error="{input!r} is not an attribute code (a-z, 0-9, _)"
)
_KEY: Final = "field_spec"


class Effect(StrEnum):
    """What a change of a field can change for a listing. *Affected* compares only fields that have such an effect."""

    ELIGIBILITY = "eligibility"
    """Whether the product is on TikTok, and how it is taken down."""
    SENT = "sent"
    """What is sent for a product on TikTok."""
    TRIGGERS = "triggers"
    """Which changes in Magento start a sync."""


NO_EFFECT: Final[frozenset[Effect]] = frozenset()
"""The field changes nothing for any listing: what is logged, or when deliveries wait."""


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
    """A member of an enumeration. `options` are those allowed here, in the order of the form, with their words."""

    known: type[StrEnum]
    options: tuple[tuple[StrEnum, str], ...]

    def schema_field(self, default: object) -> schema_fields.Enum[StrEnum]:
        """Return the field of an apply file; its error names every allowed word."""
        allowed = [one for one in self.known if one in dict(self.options)]
        words = ", ".join(allowed)
        every = len(allowed) == len(self.known)
        check = validate.OneOf(allowed, error=f"{{input}} is not allowed here; say one of {words}")
        return schema_fields.Enum(
            self.known,
            by_value=True,
            load_default=default,
            validate=None if every else check,
            error_messages={"unknown": f"not known; say one of {words}"},
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `longest` characters, which passes `check`."""

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
            error_messages={"invalid": "not a number", "special": "not a number"},
        )


@dataclass(frozen=True, slots=True)
class AttributeCodes:
    """Codes of Magento attributes, without repeats, in the order given."""

    def schema_field(self, default: object) -> schema_fields.List[str]:
        """Return the field of an apply file."""
        codes = default if isinstance(default, tuple) else ()
        return schema_fields.List(schema_fields.String(validate=ATTRIBUTE), load_default=lambda: list(codes))


Shape: TypeAlias = Switch | Choice | Text | WholeNumber | DecimalNumber | AttributeCodes


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a policy.

    `group` is the heading that it is under in the form; where it is empty, the field has none. `chip` is what the list
    of policies shows of a value other than the default: a format with the value in it, a function of the policy (""
    shows nothing), or, where it is None, the label and the value. `needs` names the switch without which this one does
    nothing. `in_setup`: the set-up offers the switch. A field that is not `on_form` has a button elsewhere.
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
    """Declare a field of a policy. Typed as its default, so that the dataclass takes it for one."""
    return field(default=default, metadata={_KEY: replace(spec, default=default)})


def field_specs(policy: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a policy but its title, in their order. Raises TypeError where one was not declared so."""
    return _field_specs(policy)


@cache
def _field_specs(policy: type) -> tuple[FieldSpec, ...]:
    found = []
    for one in fields(policy):
        if one.name == "title":
            continue
        if _KEY not in one.metadata:
            raise TypeError(f"{policy.__name__}.{one.name} has no FieldSpec: declare it with policy_field")
        found.append(replace(one.metadata[_KEY], name=one.name))
    return tuple(found)


def keys_of(policy: type) -> dict[str, object]:
    """Return what a policy's schema includes: the keys of an apply file."""
    return {spec.name: spec.shape.schema_field(spec.default) for spec in field_specs(policy)}


class PolicySchema(Schema):
    """A policy as a file or a form gives it, to a frozen `policy`. Unknown fields are refused."""

    policy: ClassVar[type]

    class Meta:
        unknown = RAISE

    title = schema_fields.String(required=True, validate=TITLE)

    @post_load
    def build(self, data: dict[str, object], **_: object) -> object:
        """Return the policy; lists become tuples without repeats, so that it can be hashed."""
        plain = {
            name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
            for name, value in data.items()
        }
        return self.policy(**plain)


def document_of(policy: DataclassInstance) -> dict[str, Any]:
    """Return the policy as its schema takes it, and as it is stored: a field that is not set is left out."""
    return {name: _plain(value) for name, value in asdict(policy).items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple | frozenset) else value
