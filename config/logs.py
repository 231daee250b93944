"""Logs: one JSON object a line on standard error, with nothing in it that must not be seen."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

_HIDDEN = ("secret", "token", "password", "authorization", "signature", "cookie", "api_key")
SELDOM_SECONDS: Final = 10.0
MOST_SAYINGS: Final = 1_000


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every value whose name says that it is a secret, however deep it lies."""
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


def _masked(name: object, value: Any) -> Any:
    if name == "sign" or any(word in str(name).lower() for word in _HIDDEN):
        return "<secret>"
    if isinstance(value, Mapping):
        return {inner: _masked(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", item) for item in value]
    return value


class Seldom(logging.Filter):
    """Lets a library say the same once in ten seconds, with how often it was left out before (`left_out`).

    A Kafka client whose broker is away says twice a second, of each connection, that it can't connect.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        rows = record.name, str(record.msg)
        at, left_out = self._said.get(rows, (-SELDOM_SECONDS, 0))
        if record.created - at < SELDOM_SECONDS:
            self._said[rows] = at, left_out + 1
            return False
        if len(self._said) >= MOST_SAYINGS:
            self._said.clear()
        self._said[rows] = record.created, 0
        if left_out:
            record.left_out = left_out
        return True


def configure(level: str = "INFO", form: str = "json") -> None:
    """Set up structlog for this process. Libraries' own warnings, and errors of Kafka's client, go the same way."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    rows: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[Any] = [structlog.processors.format_exc_info, hide_secrets, renderer]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *rows, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *rows,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(["left_out"]),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
        )
    )
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("kafka").setLevel(logging.ERROR)
