"""Filters and functions of the templates: moments, lengths of time, numbers, icons, links."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Flask, request
from markupsafe import Markup

from console.web.context import console_context
from console.web.masking import masked
from operations.formatting import duration, number, plural
from operations.rules.call_duration import pace_words

ICONS: Final = {"success": "✓", "info": "i", "warning": "!", "error": "✕", "waiting": "…", "off": "–"}
"""The icon of each level. A text beside it always says the same."""


_WORDS: Final = {
    "unread_gate": "value not understood",
    "off_sale": "sold out or taken down",
    "reduced": "less stock, or taken down by changed rules",
}
"""The codes whose own words a merchant would not understand."""


def teach(app: Flask) -> None:
    """Register the filters and functions of the templates."""
    app.jinja_env.filters.update(
        at=at,
        duration=duration,
        number=number,
        plural=plural,
        masked=masked,
        pace_words=pace_words,
        pretty=pretty,
        words=words,
        as_text=lambda raw: (raw or b"").decode(errors="replace"),
        options=lambda values: [(value, value) for value in sorted(values)],
    )
    app.jinja_env.globals.update(
        icon=lambda level: ICONS.get(level, "·"), with_args=with_args, console_context=console_context
    )


def at(moment: datetime | None, missing: str = "never") -> Markup | str:
    """Return a `<time>` element: the moment in the console's time zone, and how long ago it was."""
    if moment is None:
        return missing
    shown = moment.astimezone(console_context().zone)
    ago = console_context().clock() - moment
    seconds = timedelta(seconds=int(abs(ago.total_seconds())))  # "0 s ago", not "0.3 s ago"
    relative = f"in {duration(seconds)}" if ago < timedelta(0) else f"{duration(seconds)} ago"
    return Markup('<time datetime="{}" title="{}">{} <small>{}</small></time>').format(
        moment.isoformat(), shown.tzname(), f"{shown:%Y-%m-%d %H:%M:%S}", relative
    )


def words(code: str) -> str:
    """Return a code of the records in the words of the screens."""
    return _WORDS.get(code, code.replace("_", " "))


def pretty(text: str | bytes | None) -> str:
    """Return JSON indented; any other text unchanged."""
    value = text.decode(errors="replace") if isinstance(text, bytes) else text or ""
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except ValueError:
        return value


def with_args(**changed: object) -> str:
    """Return the URL of this page with these query arguments changed; None removes an argument."""
    args = {**request.args.to_dict(flat=False), **changed}
    pairs = [
        (name, item)
        for name, value in args.items()
        for item in (value if isinstance(value, list | tuple) else [value])
        if item not in (None, "")
    ]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path
