"""Metrics and log lines."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, cast

from prometheus_client import CollectorRegistry

from consumer.http import Metrics
from tests.contract.gather.sources import is_code, literal, product_modules
from webhooks.metrics import RequestMetrics

LOG_METHODS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


def metrics() -> dict[str, Any]:
    """Return each Prometheus metric with its kind, labels and buckets, by the process that exposes it."""
    return {"consumer": _metrics(Metrics().registry), "webhooks": _metrics(RequestMetrics().registry)}


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
    """Return each log event code with its levels and the keys that are logged with it.

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
            if not is_code(first):
                named_log = isinstance(call.func.value, ast.Name) and call.func.value.id in ("log", "logger")
                assert not named_log, f"not a literal code: {ast.unparse(call)}"
                continue
            line = found[literal(cast(ast.AST, first))]
            line["levels"].add("error" if level == "exception" else level)
            for keyword in call.keywords:
                line["keys"] |= {keyword.arg} if keyword.arg else _keys_of(keyword.value, returned)
            if level == "exception":
                line["keys"].add("exception")
    return {code: {part: sorted(names) for part, names in line.items()} for code, line in found.items()}


def _returned_keys() -> Mapping[str, set[str]]:
    """Return function name -> the literal keys of the dictionaries that the function returns."""
    found: dict[str, set[str]] = defaultdict(set)
    for nodes in product_modules().values():
        for function in nodes:
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
                        found[function.name] |= {
                            literal(key) for key in node.value.keys if is_code(key) and key
                        }
    return found


def _keys_of(value: ast.expr, returned: Mapping[str, set[str]]) -> set[str]:
    if isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return returned.get(called) or {"**"}
    return {"**"}
