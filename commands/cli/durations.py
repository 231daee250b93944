"""Spans of time as people write them: ``90s``, ``30m``, ``2h``, ``7d``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

import click

_SPAN = re.compile(r"([0-9]{1,6})([smhd])\Z")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Span(click.ParamType[timedelta]):
    """A span of time on the command line."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """``2h`` as two hours; anything else is a fault of the command line."""
        if isinstance(value, timedelta):
            return value
        match = _SPAN.match(str(value))
        if match is None:
            self.fail(f"{value!r} is not a span of time; say 90s, 30m, 2h or 7d", param, ctx)
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
