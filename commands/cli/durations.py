"""Durations on the command line: ``90s``, ``30m``, ``2h``, ``7d``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

import click

_SPAN = re.compile(r"([0-9]{1,6})([smhd])\Z")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Span(click.ParamType[timedelta]):
    """A duration on the command line."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration; anything else is a usage error."""
        if isinstance(value, timedelta):
            return value
        match = _SPAN.match(str(value))
        if match is None:
            self.fail(f"{value!r} is not a duration like 90s, 30m, 2h or 7d", param, ctx)
        return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
