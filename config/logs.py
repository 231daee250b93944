"""Logging: one JSON object for each line on standard error, without secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import structlog
from structlog.typing import EventDict, Processor

_HIDDEN = ("secret", "token", "password", "authorization", "signature", "cookie", "api_key")
_PLAIN: Final = (str, int, float)
REPEAT_SECONDS: Final = 10.0
"""The least time between two equal messages of a library."""
MOST_MESSAGES: Final = 1_000
"""Messages that `RepeatFilter` remembers at once."""


def hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Mask every value whose name shows that it is a secret, at any depth."""
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    """Whether values of this name are secret. Every line asks for the same few names."""
    return name == "sign" or any(word in name.lower() for word in _HIDDEN)


def _masked(name: object, value: object) -> object:
    if _is_secret(str(name)):
        return "<secret>"
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {inner: _masked(inner, item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", item) for item in value]
    return value


class RepeatFilter(logging.Filter):
    """Lets an equal message of a library through once in ten seconds, with the number of those dropped (`left_out`).

    A Kafka client whose broker is away logs twice a second, for each connection, that it can't connect.
    """

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[tuple[str, str], tuple[float, int]] = {}
        """By logger and message: when it was last let through, and how many were dropped since."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.name, str(record.msg)
        at, left_out = self._logged.get(message, (-REPEAT_SECONDS, 0))
        if record.created - at < REPEAT_SECONDS:
            self._logged[message] = at, left_out + 1
            return False
        if len(self._logged) >= MOST_MESSAGES:
            self._logged.clear()
        self._logged[message] = record.created, 0
        if left_out:
            record.left_out = left_out
        return True


def configure(level: str = "INFO", form: str = "json") -> None:
    """Set up structlog for this process; `form` is `json` or `console`.

    Warnings of libraries are logged in the same form; of Kafka's client only errors, because it warns a lot.
    """
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    first: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, hide_secrets, renderer]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(RepeatFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *first,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(["left_out"]),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.captureWarnings(True)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("kafka").setLevel(logging.ERROR)
