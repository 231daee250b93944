"""Commands, settings and the keys of apply files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, cast

import click
from marshmallow import Schema, fields, missing, validate

from commands.cli.errors import Exit
from commands.m2t import COMMANDS, m2t
from config.settings import PREFIX, Settings
from schemas.apply_file import DeclarationSchema
from schemas.query_condition import GroupSchema, RowSchema
from tests.contract.gather.sources import ROOT


def commands() -> dict[str, Any]:
    """Return each command of `m2t`, by its full name, with its parameters; and the exit codes."""
    context = click.Context(m2t)
    found: dict[str, Any] = {"m2t": _parameters(m2t)}
    for name in COMMANDS:
        command = m2t.get_command(context, name)
        assert command is not None, name
        found.update(_command(f"m2t {name}", command))
    return {"commands": found, "exit_codes": {str(code.value): code.name for code in Exit}}


def _command(name: str, command: click.Command) -> Iterator[tuple[str, Any]]:
    yield name, _parameters(command)
    if isinstance(command, click.Group):
        for sub_name, sub_command in command.commands.items():
            yield from _command(f"{name} {sub_name}", sub_command)


def _parameters(command: click.Command) -> dict[str, Any]:
    found: dict[str, Any] = {}
    arguments = 0
    for parameter in command.params:
        names = "/".join(sorted([*parameter.opts, *parameter.secondary_opts]))
        if isinstance(parameter, click.Argument):
            arguments += 1
            names = f"argument {arguments}"
        found[names] = {
            "type": parameter.type.name,
            "required": parameter.required,
            "repeatable": bool(getattr(parameter, "multiple", False)) or parameter.nargs != 1,
            "flag": bool(getattr(parameter, "is_flag", False)),
            "default": _plain_default(parameter.default),
            "choices": sorted(map(str, getattr(parameter.type, "choices", ()))),
            "minimum": getattr(parameter.type, "min", None),
            "maximum": getattr(parameter.type, "max", None),
        }
    return found


def _plain_default(default: Any) -> Any:
    """Return the default as JSON, None if there is none or if it is computed."""
    value = default.value if isinstance(default, Enum) else default
    return value if isinstance(value, str | int | float | bool) and "UNSET" not in str(value) else None


def settings() -> dict[str, Any]:
    """Return each `M2T_*` setting with its default and allowed values, and the names of other variables."""
    declared = {
        f"{PREFIX}{name.upper()}": {
            "type": str(setting.type),
            **{
                key: value if isinstance(value, int | float | str | None) else sorted(map(str, value))
                for key, value in setting.metadata.items()
                if key in ("default", "one_of", "low", "high", "pattern")
            },
        }
        for name, setting in Settings.__dataclass_fields__.items()
    }
    sources = [*ROOT.glob("Makefile"), *ROOT.glob("tests/*.py")]
    sources += [
        path
        for room in ROOT.glob("*/__init__.py")
        if room.parent.name != "tests"
        for path in room.parent.rglob("*.py")
    ]
    named = {
        name
        for source in sources
        for name in re.findall(r"_?M2T_[A-Z0-9]+(?:_[A-Z0-9]+)*", source.read_text(encoding="utf-8"))
    }
    from_files = {f"{name}_FILE" for name in declared}
    return {"settings": declared, "other_variables": sorted(named - set(declared) - from_files)}


def apply_file() -> dict[str, Any]:
    """Return the path of each key of an apply file with its type, default and allowed values."""
    return {
        "file": dict(_keys(DeclarationSchema(), "")),
        "query_group": dict(_keys(GroupSchema(), "")),
        "query_row": dict(_keys(RowSchema(), "")),
    }


def _keys(schema: Schema, path: str) -> Iterator[tuple[str, Any]]:
    for name, field in schema.fields.items():
        yield from _key(field, f"{path}.{field.data_key or name}".lstrip("."))


def _key(field: fields.Field[Any], path: str) -> Iterator[tuple[str, Any]]:
    yield (
        path,
        {
            "type": _type_of(field),
            "required": field.required,
            "null": field.allow_none,
            "default": _loaded_default(field.load_default),
            "choices": _choices(field),
            "limits": sorted(_limits(field)),
        },
    )
    if isinstance(field, fields.Nested):
        yield from _keys(field.schema, path)
    elif isinstance(field, fields.List):
        yield from _key(field.inner, f"{path}[]")
    elif isinstance(field, fields.Dict):
        for kind, inner in (("key", field.key_field), ("value", field.value_field)):
            if inner is not None:
                yield from _key(inner, f"{path}{{{kind}}}")


def _type_of(field: fields.Field[Any]) -> str:
    """Return the name of marshmallow's own field class, because our subclasses may be renamed."""
    return next(kind.__name__ for kind in type(field).__mro__ if kind.__module__.startswith("marshmallow"))


def _loaded_default(default: Any) -> Any:
    if default is missing:
        return "(none)"
    value = default() if callable(default) else default
    value = value.value if isinstance(value, Enum) else value
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float | bool | list | dict | None) else list(value)


def _choices(field: fields.Field[Any]) -> list[str]:
    chosen = [check.choices for check in field.validators if isinstance(check, validate.OneOf)]
    if not chosen and isinstance(field, fields.Enum):
        chosen = [list(cast(type[Enum], field.enum))]
    return sorted(
        str(choice.value if isinstance(choice, Enum) else choice) for some in chosen for choice in some
    )


def _limits(field: fields.Field[Any]) -> Iterator[str]:
    for check in field.validators:
        if isinstance(check, validate.Length):
            yield f"length {check.min} to {check.max}"
        elif isinstance(check, validate.Range):
            yield f"from {check.min} to {check.max}"
        elif isinstance(check, validate.Regexp):
            yield f"like {cast(str, check.regex.pattern)}"
