"""Differences: what a change of a policy, a template or a shop changes, in lines that quote no secret."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

from schemas.query_condition import Group, dump_query
from schemas.secret import Secret

_NOTHING = "nothing"

Field: TypeAlias = tuple[str, str, str]
"""A field's name, and its old and new value in words; "" where there was or is no such thing."""


def differences(before: Any, after: Any) -> list[str]:
    """One line a field that differs, as ``product_update: true -> false``. `before` None: everything is new."""
    if before is None:
        return ["is new"]
    return [f"{name}: {old} -> {new}" for name, old, new in changed_fields(before, after)]


def edited_fields(before: Any, after: Any) -> list[Field]:
    """What differs; every field where one of both is None."""
    if before is None:
        return [(name, "", words) for name, words in every_field(after)]
    if after is None:
        return [(name, words, "") for name, words in every_field(before)]
    return changed_fields(before, after)


def changed_fields(before: Any, after: Any) -> list[Field]:
    """Each field that differs: its name, and both values in words."""
    found, value = _flat(before), _flat(after)
    return [
        (name, _told(found.get(name)), _told(value.get(name)))
        for name in sorted(found.keys() | value.keys())
        if found.get(name) != value.get(name)
    ]


def every_field(value: Any) -> list[tuple[str, str]]:
    """Each field, and its value in words."""
    return [(name, _told(one)) for name, one in _flat(value).items()]


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, Group) or not is_dataclass(value):
        return {name: value}
    flat: dict[str, Any] = {}
    for field in fields(value):
        flat |= _flat(getattr(value, field.name), f"{name}.{field.name}" if name else field.name)
    return flat


def _told(value: Any) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Secret):
        return repr(value) if value else _NOTHING
    if isinstance(value, Group):
        return str(dump_query(value))
    if isinstance(value, tuple):
        return "[" + ", ".join(_told(one) for one in value) + "]"
    return str(value)
