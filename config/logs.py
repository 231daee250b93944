"""Logs: one JSON object a line on standard error, with nothing in it that must not be seen."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_HIDDEN = ("secret", "token", "password", "authorization", "signature", "cookie", "api_key")


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every value whose name says that it is a secret, however deep it lies."""
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


def _masked(name: object, value: Any) -> Any:
    if name == "sign" or any(word in str(name).lower() for word in _HIDDEN):
        return "<secret>"
    if isinstance(value, Mapping):
        return {inner: _masked(inner, held) for inner, held in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", held) for held in value]
    return value


def configure(level: str = "INFO", form: str = "json") -> None:
    """Set up structlog for this process. Libraries' own warnings go the same way."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s", force=True)
    logging.getLogger("kafka").setLevel(logging.ERROR)
