"""What is derived from the declared fields of a policy: values in words, chips, form groups, effects. Pure.

The declarations are in `schemas/*_policy.py`, one for each field.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Final

from schemas.field_spec import AttributeCodes, Choice, Effect, FieldSpec, Switch, field_specs

NOT_SET: Final = "not set"


def value_words(spec: FieldSpec, value: object) -> str:
    """Return a value as the form shows it."""
    match spec.shape:
        case Switch(named=named):
            on, off = ("Enabled", "Disabled") if named else ("on", "off")
            return on if value else off
        case Choice(options=options):
            return next((words for option, words in options if option == value), str(value))
        case AttributeCodes() if isinstance(value, tuple | list):
            return ", ".join(map(str, value)) or "none"
    return NOT_SET if value is None else str(value)


def chips(policy: object) -> tuple[str, ...]:
    """Return a few words about each field that a policy sets, in the order of its form."""
    return tuple(words for spec in field_specs(type(policy)) if (words := _chip(spec, policy)))


def form_groups(policy: type) -> tuple[tuple[str, tuple[FieldSpec, ...]], ...]:
    """Return the fields of a form as (heading, fields). The heading of fields without a group is empty."""
    shown = [spec for spec in field_specs(policy) if spec.on_form]
    return tuple((group, tuple(specs)) for group, specs in groupby(shown, lambda spec: spec.group))


def setup_switches(policy: type) -> tuple[FieldSpec, ...]:
    """Return the switches that the set-up offers."""
    return tuple(spec for spec in field_specs(policy) if spec.in_setup)


def values_with(policy: object, effect: Effect) -> tuple[object, ...]:
    """Return the values of the fields with this effect; an empty tuple where there is no policy.

    Where the values of two policies are equal, the policies do not differ in this effect.
    """
    if policy is None:
        return ()
    kind: type = type(policy)
    return tuple(getattr(policy, name) for name in _with(kind, effect))


@cache
def _with(policy: type, effect: Effect) -> tuple[str, ...]:
    # Called several times for each listing when rules change, so that the declarations are searched once.
    return tuple(spec.name for spec in field_specs(policy) if effect in spec.effects)


def changed_fields(before: object, after: object) -> Iterator[tuple[FieldSpec, object, object]]:
    """Yield (field, old value, new value) for each difference of two policies of one type, in the form's order."""
    for spec in field_specs(type(after)):
        old, new = getattr(before, spec.name), getattr(after, spec.name)
        if old != new:
            yield spec, old, new


def _chip(spec: FieldSpec, policy: object) -> str:
    if callable(spec.chip):
        return spec.chip(policy)
    value = getattr(policy, spec.name)
    if value == spec.default:
        return ""
    words = value_words(spec, value)
    return f"{spec.label}: {words}" if spec.chip is None else spec.chip.format(words)
