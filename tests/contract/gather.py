"""Gather the outside of the program as plain JSON values, one function for each snapshot file.

Everything that the contract needs of the product is imported in this module, so that moving a product module changes
no other file of this package.
"""

from __future__ import annotations

import ast
import re
import tempfile
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import click
from flask import Flask
from marshmallow import Schema, fields, missing, validate
from prometheus_client import CollectorRegistry
from sqlalchemy import inspect

from commands.cli.errors import Exit
from commands.m2t import COMMANDS, m2t
from config.settings import PREFIX, Settings
from console.app import create_app as create_console
from console.web.context import Desk, Kafka
from console.web.job_runner import NAME as JOB_RUNNER
from consumer.http import Metrics
from consumer.http import create_app as create_health
from consumer.intake.intake import Intake, Taken
from consumer.outbox.outcome_relay import _letter as dead_letter_record
from consumer.outbox.outcome_relay import _outcome as outcome_record
from consumer.outbox.quarantine_reader import GROUP_SUFFIX, letter_of
from magento.delivery import Quarantined
from magento.senders import SENDERS
from operations.dead_letters.redrive import as_events
from operations.rules.simulate import Comparison, compare, simulation
from policies.decision import Action
from policies.reasons import Reason
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.jobs.jobs import JobState
from records.log.dead_letters import DeadLetter
from records.log.events import End
from records.log.outcomes import OutcomeRow
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import DeclarationSchema
from schemas.attributes import AttributeType
from schemas.event_signature import HEADER, EventSignatures, UnverifiedEvent
from schemas.listing import (
    AssignedBy,
    Availability,
    FirstAudit,
    ListingStatus,
    OutcomeKind,
    Part,
)
from schemas.product_event import (
    EventKind,
    Origin,
    ProductEvent,
    ProductEventSchema,
    from_anyone,
    from_record,
    to_record,
)
from schemas.quarantined import QuarantinedWebhook
from schemas.quarantined import read as read_quarantined
from schemas.quarantined import verify as verify_quarantined
from schemas.query_condition import GroupSchema, RowSchema
from schemas.secret import Secret
from schemas.shop import SignatureScheme
from sync.decide_event import Lane
from tiktok.listing.sync_plan import Operation
from topics.admin import MAX_MESSAGE_BYTES, PARTITIONS, RETENTION_MS
from topics.event_consumer import Record
from topics.producer import Topics
from webhooks.app import create_app as create_webhooks
from webhooks.metrics import Measures
from webhooks.receive import Door

__all__ = [
    "Comparison",
    "Database",
    "Desk",
    "EventSignatures",
    "Intake",
    "Kafka",
    "Record",
    "RulebookReader",
    "Secret",
    "SecretBox",
    "Taken",
    "UnverifiedEvent",
    "as_events",
    "compare",
    "create_console",
    "from_anyone",
    "from_record",
    "letter_of",
    "read_quarantined",
    "simulation",
    "to_record",
    "verify_quarantined",
]

ROOT: Final = Path(__file__).parents[2]
NOT_PRODUCT: Final = frozenset({"tests", "bench", "docs", "sandbox"})
LOG_METHODS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
CODE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
SECRET_KEY: Final = "Y3Q9bWw1x7Lr0Vd8pZs2Kf6Ht4Ng-Ue_Ja"

STORED_WORDS: Final = (
    "accepted",
    "authorization_ended",
    "decision",
    "discarded",
    "exhausted",
    "fetch_image",
    "intake_failed",
    "note",
    "outcome",
    "pending_syncs",
    "quarantined",
    "redriven",
    "shop_goes_on",
    "shop_stopped",
    "tiktok_warning",
    "unknown_shop",
    "unreadable_event",
    "unsigned",
    "waits",
    "wrong_signature",
)
"""Words that are stored or sent and are members of no enumeration; each must stay a literal somewhere."""


# Source files


@cache
def product_modules() -> Mapping[Path, Sequence[ast.AST]]:
    """Return the syntax nodes of each module of the product, wherever it is; not of sandbox, tests or benchmarks."""
    packages = sorted(
        path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in NOT_PRODUCT
    )
    return {
        module: list(ast.walk(ast.parse(module.read_bytes())))
        for package in packages
        for module in sorted(package.rglob("*.py"))
    }


def _is_code(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value) is not None
    )


def _text(node: ast.AST) -> str:
    return str(cast(ast.Constant, node).value)


# Commands


def commands() -> dict[str, Any]:
    """Return each command of `m2t` by its whole name with its parameters, and the exit codes."""
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
    """Return the default as JSON; None where there is none, or where it is computed."""
    value = default.value if isinstance(default, Enum) else default
    return value if isinstance(value, str | int | float | bool) and "UNSET" not in str(value) else None


# Settings


def settings() -> dict[str, Any]:
    """Return each `M2T_*` setting with its default and what is allowed, and the names of the other variables."""
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


# Apply files


def apply_file() -> dict[str, Any]:
    """Return each key of a file that `m2t apply` reads, as a path, with its type, its default and what is allowed."""
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
    """Return the name of marshmallow's own class of field; ours may be renamed."""
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


# Kafka


def topics() -> dict[str, Any]:
    """Return the names of topics and groups, and what topics are created with."""
    plain, prefixed = (
        Settings.from_environ(
            {f"{PREFIX}SECRET_KEY": SECRET_KEY, f"{PREFIX}TOPIC_PREFIX": prefix}, dotenv=None
        )
        for prefix in ("", "staging.")
    )
    return {
        "names": _topic_names(plain),
        "names_with_prefix": _topic_names(prefixed),
        "groups": {"events": plain.consumer_group, "dead_letters": f"{plain.consumer_group}{GROUP_SUFFIX}"},
        "created_with": {
            "partitions": PARTITIONS,
            "retention.ms": RETENTION_MS,
            "max.message.bytes": MAX_MESSAGE_BYTES,
        },
    }


def _topic_names(of: Settings) -> dict[str, str]:
    return {
        "events": of.events_topic,
        "dead_letters": of.dead_letters_topic,
        "outcomes": of.outcomes_topic,
    }


def record_fields() -> dict[str, Any]:
    """Return, for each kind of record, the names of its headers and of the fields of its value."""
    written = sample_records()["records"]
    found: dict[str, Any] = defaultdict(lambda: {"headers": set(), "value": set()})
    for record in written.values():
        of_kind = found[record["kind"]]
        of_kind["headers"] |= {name for name, _ in record["headers"]}
        if record["kind"] in ("event", "outcome"):
            of_kind["value"] |= set(record["reads_as"]["value"])
    shapes = {kind: {part: sorted(names) for part, names in shape.items()} for kind, shape in found.items()}
    return {
        **shapes,
        "event_schema": sorted(ProductEventSchema().fields),
        "event_kinds": sorted(kind.value for kind in EventKind),
        "event_origins": sorted(origin.value for origin in Origin),
    }


# Sample records

SAMPLE_KEY: Final = "the secret key of the sample records alone"
RECEIVED: Final = datetime(2026, 11, 3, 9, 30, 15, 250_000, tzinfo=UTC)
TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SHIRT: Final[Mapping[str, Any]] = {
    "name": "Linen shirt",
    "type_id": "simple",
    "price": "39.9000",
    "special_price": None,
    "status": "1",
    "visibility": "4",
    "website_ids": ["1"],
    "category_ids": ["3", "8"],
    "color": "49",
    "weight": 0.25,
    "quantity": 12,
    "stock_status": 1,
}


def signatures(*keys: str, required: bool = True) -> EventSignatures:
    """Return the signatures of these secret keys, the newest first."""
    return EventSignatures([Secret(key) for key in keys or (SAMPLE_KEY,)], required=required)


def sample_events() -> Mapping[str, ProductEvent]:
    """Return an event of each kind, by name; together they use every field."""
    return {
        "saved": ProductEvent(
            id="sample-saved",
            shop="demo",
            kind=EventKind.SAVED,
            received_at=RECEIVED,
            entity_id="101",
            sku="LINEN-1",
            attributes=dict(SHIRT),
            is_new=True,
            updated_at=RECEIVED.replace(microsecond=0),
            traceparent=TRACE,
        ),
        "saved_in_a_store_view": ProductEvent(
            id="sample-store-view",
            shop="demo",
            kind=EventKind.SAVED,
            received_at=RECEIVED,
            entity_id="101",
            sku="LINEN-1",
            store_id=2,
            attributes={"name": "Chemise en lin"},
            original={"name": "Linen shirt"},
            is_new=False,
        ),
        "stock_changed": ProductEvent(
            id="sample-stock",
            shop="demo",
            kind=EventKind.STOCK_CHANGED,
            received_at=RECEIVED,
            sku="LINEN-1",
            attributes={"quantity": "0", "stock_status": "0"},
            origin=Origin.SWEEP,
        ),
        "attributes_updated": ProductEvent(
            id="sample-attributes",
            shop="demo",
            kind=EventKind.ATTRIBUTES_UPDATED,
            received_at=RECEIVED,
            entity_id="103",
            attributes={"status": "2"},
            origin=Origin.REPLAY,
            replay_of="sample-older",
        ),
        "websites_changed": ProductEvent(
            id="sample-websites",
            shop="demo",
            kind=EventKind.WEBSITES_CHANGED,
            received_at=RECEIVED,
            entity_id="103",
            attributes={"website_ids": ["2"]},
            origin=Origin.READ,
        ),
        "deleted": ProductEvent(
            id="sample-deleted",
            shop="demo",
            kind=EventKind.DELETED,
            received_at=RECEIVED,
            entity_id="102",
            sku="LINEN/ü 2",
        ),
    }


def plain_event(event: ProductEvent) -> dict[str, Any]:
    """Return an event as JSON: what travels in its headers by name, and its value as a whole."""
    return {
        "id": event.id,
        "shop": event.shop,
        "kind": event.kind.value,
        "replay_of": event.replay_of,
        "traceparent": event.traceparent,
        "value": {
            "entity_id": event.entity_id,
            "sku": event.sku,
            "store_id": event.store_id,
            "attributes": event.attributes,
            "original": event.original,
            "is_new": event.is_new,
            "received_at": event.received_at.isoformat(),
            "updated_at": event.updated_at and event.updated_at.isoformat(),
            "origin": event.origin.value,
        },
    }


def plain_webhook(webhook: QuarantinedWebhook) -> dict[str, Any]:
    """Return what the headers of a quarantined webhook say, as JSON."""
    return {
        "shop": webhook.shop,
        "event_id": webhook.event_id,
        "reason": webhook.reason,
        "detail": webhook.detail,
        "received_at": webhook.received_at.isoformat(),
        "traceparent": webhook.traceparent,
        "sender": webhook.sender,
    }


def sample_records() -> dict[str, Any]:
    """Write a record of each kind, as JSON: its bytes in base64, and what it must be read as."""
    signed = signatures()
    records: dict[str, Any] = {}
    for name, event in sample_events().items():
        records[name] = _encoded("event", *to_record(event, signed), plain_event(event))
    key, value, headers = to_record(event := sample_events()["saved"], signed)
    unsigned = [(name, raw) for name, raw in headers if name != HEADER]
    records["unsigned"] = _encoded("event", key, value, unsigned, plain_event(event))
    webhook = QuarantinedWebhook(
        "demo", "sample-quarantined", "not_json", "The body is not JSON.", RECEIVED, TRACE
    )
    body = b'{"sku": '
    key = b"demo"
    records["quarantined"] = _encoded(
        "quarantined", key, body, webhook.headers(key, body, signed), plain_webhook(webhook)
    )
    outcome = OutcomeRow(
        "sample-outcome", "demo", 7, "LINEN-1", "sample-saved", OutcomeKind.ACCEPTED.value,
        Operation.CREATE.value, 0, "20261103093015010245", RECEIVED,
    )  # fmt: skip
    records["outcome"] = _encoded("outcome", *outcome_record(outcome), {"value": _outcome_value(outcome)})
    letter = DeadLetter(
        shop="demo",
        origin_topic="magento.product.events",
        origin_partition=3,
        origin_offset=77,
        origin_timestamp=1_793_000_000_000,
        key=b"demo/LINEN-1",
        value=b"{",
        headers=(("ce_id", b"sample-unreadable"), ("ce_source", b"/magento/demo")),
        reason="unreadable_event",
        error_class="UnreadableEvent",
        error_message="the value is not JSON",
        first_failed_at=RECEIVED,
    )
    records["dead_letter"] = _encoded("dead_letter", *dead_letter_record(letter, "m2t.consumer"), None)
    return {"secret_key": SAMPLE_KEY, "records": records}


def _outcome_value(row: OutcomeRow) -> dict[str, Any]:
    return {
        "outcome_id": row.outcome_id,
        "shop": row.shop,
        "sku": row.sku,
        "event_id": row.event_id,
        "kind": row.kind,
        "operation": row.operation,
        "code": row.code,
        "request_id": row.request_id,
        "at": row.at.isoformat(),
    }


def _encoded(
    kind: str, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]], reads_as: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "key": b64encode(key or b"").decode(),
        "value": b64encode(value or b"").decode(),
        "headers": [[name, b64encode(raw).decode()] for name, raw in headers],
        "reads_as": reads_as,
    }


def quarantined_record(body: bytes) -> Record:
    """Return the record that the webhook endpoint writes today for a body that it can't read."""
    answer = Quarantined("sample-quarantined", "not_json", "The body is not JSON.", RECEIVED, TRACE)
    (written,) = Topics("events", "dead_letters", signatures()).records("demo", body, answer)
    return Record("dead_letters", 0, 0, 0, written.key, written.value, written.headers)


# Codes


def codes() -> dict[str, Any]:
    """Return every code that is stored, sent or shown: reasons, outcomes, states, and words outside enumerations."""
    runner = console_app().extensions[JOB_RUNNER]
    return {
        "reasons": _values(Reason),
        "actions": _values(Action),
        "outcome_kinds": _values(OutcomeKind),
        "event_ends": _values(End),
        "listing_statuses": _values(ListingStatus),
        "first_audits": _values(FirstAudit),
        "availabilities": _values(Availability),
        "parts_of_a_listing": _values(Part),
        "template_assigned_by": _values(AssignedBy),
        "tiktok_operations": _values(Operation),
        "sync_queue_lanes": {str(lane.value): lane.name for lane in Lane},
        "job_kinds": sorted(runner._runners),
        "job_states": _values(JobState),
        "roles": _values(Role),
        "senders": sorted(SENDERS),
        "signature_schemes": _values(SignatureScheme),
        "attribute_types": _values(AttributeType),
        "answers_of_webhooks": _answers(),
        "raised": _raised(),
        "stored_words": _stored_words(),
    }


def _values(kind: type[Enum]) -> list[str]:
    return sorted(str(member.value) for member in kind)


def _answers() -> list[str]:
    """Return each answer of the webhook endpoint that is written as a status and a code."""
    return sorted(
        {
            f"{_text(call.args[0])} {_text(call.args[1])}"
            for module, nodes in product_modules().items()
            if module.relative_to(ROOT).parts[0] in ("webhooks", "magento")
            for call in nodes
            if isinstance(call, ast.Call)
            and len(call.args) > 1
            and isinstance(call.args[0], ast.Constant)
            and isinstance(call.args[0].value, int)
            and _is_code(call.args[1])
        }
    )


def _raised() -> list[str]:
    """Return each code that an exception is raised with, as its first argument."""
    return sorted(
        {
            _text(node.exc.args[0])
            for nodes in product_modules().values()
            for node in nodes
            if isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and node.exc.args
            and _is_code(node.exc.args[0])
            and "_" in _text(node.exc.args[0])
        }
    )


def _stored_words() -> list[str]:
    literals = {
        node.value
        for nodes in product_modules().values()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(literals.intersection(STORED_WORDS))


# Metrics and logs


def metrics() -> dict[str, Any]:
    """Return each Prometheus metric with its kind, labels and buckets, by the process that exposes it."""
    return {"consumer": _metrics(Metrics().registry), "webhooks": _metrics(Measures()._registry)}


def _metrics(registry: CollectorRegistry) -> dict[str, Any]:
    # prometheus_client shows neither the labels nor the buckets of a metric before it has a value.
    return {
        cast(Any, collector)._name: {
            "kind": type(collector).__name__,
            "labels": list(getattr(collector, "_labelnames", ())),
            "buckets": [str(bound) for bound in getattr(collector, "_upper_bounds", ())],
        }
        for collector in registry._collector_to_names
    }


def log_events() -> dict[str, Any]:
    """Return each code of a log line with its levels and every key that is written beside it.

    The keys of ``**mapping()`` are those of the dictionaries that functions of this name return; ``**`` stands for keys
    that are computed otherwise. Raises `AssertionError` for a log line whose code is not written as a literal.
    """
    returned = _returned_keys()
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"keys": set(), "levels": set()})
    for nodes in product_modules().values():
        for call in nodes:
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            level, first = call.func.attr, call.args[0] if call.args else None
            if level not in LOG_METHODS:
                continue
            if not _is_code(first):
                named_log = isinstance(call.func.value, ast.Name) and call.func.value.id in ("log", "logger")
                assert not named_log, f"not a literal code: {ast.unparse(call)}"
                continue
            line = found[_text(cast(ast.AST, first))]
            line["levels"].add("error" if level == "exception" else level)
            for keyword in call.keywords:
                line["keys"] |= {keyword.arg} if keyword.arg else _keys_of(keyword.value, returned)
            if level == "exception":
                line["keys"].add("exception")
    return {code: {part: sorted(names) for part, names in line.items()} for code, line in found.items()}


def _returned_keys() -> Mapping[str, set[str]]:
    """Return, by a function's name, the literal keys of the dictionaries that it returns."""
    found: dict[str, set[str]] = defaultdict(set)
    for nodes in product_modules().values():
        for function in nodes:
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
                        found[function.name] |= {
                            _text(key) for key in node.value.keys if _is_code(key) and key
                        }
    return found


def _keys_of(value: ast.expr, returned: Mapping[str, set[str]]) -> set[str]:
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return returned.get(called) or {"**"}
    return {"**"}


# Addresses


def console_app(desk: Desk | None = None) -> Flask:
    """Return the console's app; without a desk it can show its addresses, and answer nothing."""
    return create_console(desk or cast(Desk, object()), Secret(SECRET_KEY), trusted_hosts=("localhost",))


def addresses() -> dict[str, Any]:
    """Return each address of the console, the webhook endpoint and the consumer with its methods.

    The names of the console's endpoints belong to it: they are stored in the audit of the console as actions.
    """
    console = console_app()
    consumer = create_health(Metrics(), cast(Any, {}), cast(Any, object()))
    return {
        "console": routes(console),
        "console_endpoints": sorted(console.view_functions),
        "webhooks": routes(create_webhooks(cast(Door, object()))),
        "consumer": routes(consumer),
    }


def routes(app: Flask) -> dict[str, list[str]]:
    """Return the methods of each address; parameters by their types, for their names are not seen from outside."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<(?:(\w+):)?\w+>", lambda match: f"<{match[1] or 'string'}>", rule.rule)
        found[address] |= set(rule.methods or ()) - {"OPTIONS", "HEAD"}
    return {address: sorted(methods) for address, methods in found.items()}


# The database


def database() -> dict[str, Any]:
    """Return each table with its columns, as every migration together leaves it on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        opened = Database(f"sqlite:///{folder}/m2t.sqlite")
        opened.upgrade()
        inspected = inspect(opened.engine)
        found = {
            table: {
                column["name"]: f"{column['type']}{'' if column['nullable'] else ' NOT NULL'}"
                for column in inspected.get_columns(table)
            }
            for table in inspected.get_table_names()
        }
        opened.close()
    return found


def migrations() -> list[str]:
    """Return the revisions of the database, the first one first."""
    before: dict[str | None, str] = {}
    for module in ROOT.glob("records/**/migrations/versions/*.py"):
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(module.read_bytes()).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision")
        }
        if values:
            before[values["down_revision"]] = values["revision"]
    found: list[str] = []
    while (following := before.get(found[-1] if found else None)) is not None:
        found.append(following)
    return found


SNAPSHOTS: Final[Mapping[str, Callable[[], Any]]] = {
    "addresses": addresses,
    "apply_file": apply_file,
    "codes": codes,
    "commands": commands,
    "database": database,
    "log_events": log_events,
    "metrics": metrics,
    "migrations": migrations,
    "record_fields": record_fields,
    "settings": settings,
    "topics": topics,
}
"""The name of each snapshot file, and what gathers it now."""
