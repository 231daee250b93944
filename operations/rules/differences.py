"""The differences between two states of a policy, a template or a shop, in lines that quote no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TypeAlias

from policies.conditions import in_words
from schemas.query_condition import Group
from schemas.secret import Secret

_NOTHING = "nothing"

Field: TypeAlias = tuple[str, str, str]
"""A field's name, its old and its new value in words; an absent value is ""."""


def differences(before: object, after: object) -> list[str]:
    """Return a line for each field that differs, such as ``product_update: true -> false``.

    The only line is "is new" if `before` is None.
    """
    if before is None:
        return ["is new"]
    return [f"{name}: {old} -> {new}" for name, old, new in changed_fields(before, after)]


def edited_fields(before: object, after: object) -> list[Field]:
    """Return the fields that differ; every field if one of both is None."""
    if before is None:
        return [(name, "", words) for name, words in every_field(after)]
    if after is None:
        return [(name, words, "") for name, words in every_field(before)]
    return changed_fields(before, after)


def changed_fields(before: object, after: object) -> list[Field]:
    """Return each field that differs, with both values in words."""
    old, new = _flat(before), _flat(after)
    return [
        (name, _words(old.get(name)), _words(new.get(name)))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def every_field(value: object) -> list[tuple[str, str]]:
    """Return each field with its value in words."""
    return [(name, _words(field)) for name, field in _flat(value).items()]


def _flat(value: object, name: str = "") -> dict[str, object]:
    if isinstance(value, Group) or not is_dataclass(value):
        return {name: value}
    flat: dict[str, object] = {}
    for field in fields(value):
        flat |= _flat(getattr(value, field.name), f"{name}.{field.name}" if name else field.name)
    return flat


def _words(value: object) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Secret):
        return repr(value) if value else _NOTHING
    if isinstance(value, Group):
        return in_words(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_words(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_words(item)}" for key, item in value.items()) or _NOTHING
    if is_dataclass(value):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        return "; ".join(f"{name} {_words(part)}" for name, part in given.items() if part not in (None, {}))
    return str(value)
