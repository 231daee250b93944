"""Gathers the outside of the program as plain JSON values, one function for each snapshot.

Everything that the snapshots need of the product is imported here, so that a move of a module touches this file alone.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

import click
from flask import Flask
from marshmallow import Schema, fields, missing
from prometheus_client import CollectorRegistry

from commands.cli.errors import Exit
from commands.m2t import COMMANDS, m2t
from config.settings import Settings
from console.app import create_app as console_app
from console.web.context import Desk
from consumer.http import Metrics
from policies.reasons import Reason
from records.every_table import metadata
from schemas.apply_file import DeclarationSchema
from schemas.product_event import EventKind, Origin, ProductEventSchema
from schemas.secret import Secret
from topics.admin import MAX_MESSAGE_BYTES, PARTITIONS, RETENTION_MS
from webhooks.app import create_app as webhooks_app
from webhooks.metrics import Measures
from webhooks.receive import Door

ROOT: Final = Path(__file__).parents[2]
NOT_PRODUCT: Final = frozenset({"tests", "bench", "docs", "sandbox"})
LOG_METHODS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


def commands() -> dict[str, Any]:
    """Each command of `m2t` by its whole name, with its parameters; and the exit codes."""
    context = click.Context(m2t)
    found: dict[str, Any] = {"m2t": _parameters(m2t)}
    for name in COMMANDS:
        found |= _command(f"m2t {name}", cast(click.Command, m2t.get_command(context, name)))
    return {"commands": found, "exit_codes": {code.name: code.value for code in Exit}}


def _command(name: str, command: click.Command) -> dict[str, Any]:
    found: dict[str, Any] = {name: _parameters(command)}
    if isinstance(command, click.Group):
        for sub_name, sub_command in command.commands.items():
            found |= _command(f"{name} {sub_name}", sub_command)
    return found


def _parameters(command: click.Command) -> list[dict[str, Any]]:
    return [
        {
            "kind": parameter.param_type_name,
            "names": sorted([*parameter.opts, *parameter.secondary_opts]),
            "required": parameter.required,
            "many": bool(getattr(parameter, "multiple", False)) or parameter.nargs != 1,
            "flag": bool(getattr(parameter, "is_flag", False)),
            "choices": list(map(str, getattr(parameter.type, "choices", ()))),
        }
        for parameter in command.params
        if "--help" not in parameter.opts
    ]


def settings() -> dict[str, Any]:
    """Each `M2T_*` setting with its default and what is allowed."""
    return {
        f"M2T_{name.upper()}": {
            key: value if isinstance(value, int | float | str | None) else sorted(map(str, value))
            for key, value in field.metadata.items()
            if key in ("default", "one_of", "low", "high")
        }
        for name, field in Settings.__dataclass_fields__.items()
    }


def apply_file() -> dict[str, Any]:
    """Each key of a file that `m2t apply` reads, as a path; whether it must be there, and its default."""
    return dict(_keys(DeclarationSchema(), ""))


def _keys(schema: Schema, path: str) -> Iterator[tuple[str, Any]]:
    for name, field in schema.fields.items():
        here = f"{path}.{field.data_key or name}".lstrip(".")
        inner = field.inner if isinstance(field, fields.List) else field
        default = field.load_default
        yield (
            here,
            {
                "type": type(field).__name__.lstrip("_"),
                "required": field.required,
                "default": "none" if default is missing or callable(default) else repr(default),
                "choices": list(map(str, getattr(field.validate, "choices", ()) or ())),
            },
        )
        if isinstance(inner, fields.Nested) and inner.schema is not schema:
            yield from _keys(inner.schema, f"{here}[]" if inner is not field else here)


def topics() -> dict[str, Any]:
    """The topics with what they are created with, and the fields of an event's value."""
    unprefixed = object.__new__(Settings)
    object.__setattr__(unprefixed, "topic_prefix", "")
    names = {
        name: getattr(unprefixed, name)
        for name, value in vars(Settings).items()
        if isinstance(value, property) and name.endswith("topic")
    }
    return {
        "settings": {
            "partitions": PARTITIONS,
            "retention_ms": RETENTION_MS,
            "max_message_bytes": MAX_MESSAGE_BYTES,
        },
        "names": names,
        "event_kinds": [kind.value for kind in EventKind],
        "origins": [origin.value for origin in Origin],
        "event_value": sorted(ProductEventSchema().fields),
    }


def reasons() -> dict[str, Any]:
    """The codes of reasons, in the order of the decision table."""
    return {"reasons": [reason.value for reason in cast(type[StrEnum], Reason)]}


def metrics() -> dict[str, Any]:
    """Each metric of Prometheus with its kind, labels and buckets, by the process that exposes it."""
    return {
        "consumer": _metrics(Metrics().registry),
        "webhooks": _metrics(Measures()._registry),
    }


def _metrics(registry: CollectorRegistry) -> dict[str, Any]:
    return {
        getattr(collector, "_name"): {  # noqa: B009 (prometheus_client has no public name of a collector)
            "kind": type(collector).__name__,
            "labels": list(getattr(collector, "_labelnames", ())),
            "buckets": [str(bound) for bound in getattr(collector, "_upper_bounds", ())],
        }
        for collector in registry._collector_to_names
    }


def log_events() -> dict[str, list[str]]:
    """Each code of a log line with every key that some place writes beside it; ``**`` where keys are computed."""
    found: dict[str, set[str]] = defaultdict(set)
    for room in sorted(path.parent for path in ROOT.glob("*/__init__.py")):
        if room.name in NOT_PRODUCT:
            continue
        for module in room.rglob("*.py"):
            for call in ast.walk(ast.parse(module.read_bytes())):
                if isinstance(call, ast.Call) and (code := _log_code(call)):
                    found[code] |= {keyword.arg or "**" for keyword in call.keywords}
    return {code: sorted(keys) for code, keys in found.items()}


def _log_code(call: ast.Call) -> str | None:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS and call.args):
        return None
    code = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z0-9_]+", code) else None


def addresses() -> dict[str, Any]:
    """Each address of the console and the endpoint with its methods, and the console's endpoint names."""
    console = console_app(cast(Desk, object()), Secret("a session key of the tests, 32 signs"))
    return {
        "console": _routes(console),
        "endpoints": sorted(console.view_functions),
        "webhooks": _routes(webhooks_app(cast(Door, object()))),
    }


def _routes(app: Flask) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for rule in app.url_map.iter_rules():
        found[rule.rule] |= set(rule.methods or ()) - {"OPTIONS", "HEAD"}
    return {rule: sorted(methods) for rule, methods in found.items()}


def database() -> dict[str, Any]:
    """Each table with its columns."""
    return {
        table.name: {column.name: str(column.type).split("(")[0] for column in table.columns}
        for table in metadata.sorted_tables
    }


def migrations() -> dict[str, str | None]:
    """Each revision of the database with the one before it."""
    found: dict[str, str | None] = {}
    for module in sorted((ROOT / "records" / "migrations" / "versions").glob("*.py")):
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(module.read_bytes()).body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision")
        }
        if values:
            found[values["revision"]] = values["down_revision"]
    return found


SNAPSHOTS: Final[Mapping[str, Callable[[], Any]]] = {
    gathered.__name__: gathered
    for gathered in (
        commands,
        settings,
        apply_file,
        topics,
        reasons,
        metrics,
        log_events,
        addresses,
        database,
        migrations,
    )
}
"""The name of each snapshot, and what gathers it."""
