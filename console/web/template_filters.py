"""How things are said on a page: moments, spans, numbers, levels; as filters of the templates."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, request
from markupsafe import Markup

from console.web.context import desk
from console.web.masking import masked
from operations.rules.call_duration import pace_words

ICONS: Final = {"success": "✓", "info": "i", "warning": "!", "error": "✕", "waiting": "…", "off": "–"}
"""By level; the word beside it says the same."""


def teach(app: Flask) -> None:
    """The filters and functions that templates may use."""
    app.jinja_env.filters.update(
        at=at,
        span=span,
        number=number,
        plural=plural,
        masked=masked,
        pace_words=pace_words,
        pretty=pretty,
        words=lambda code: code.replace("_", " "),
        as_text=lambda raw: (raw or b"").decode(errors="replace"),
        options=lambda known: [(one, one) for one in sorted(known)],
    )
    app.jinja_env.globals.update(icon=lambda level: ICONS.get(level, "·"), with_args=with_args, desk=desk)


def at(moment: datetime | None, missing: str = "never") -> Markup | str:
    """A moment in the zone of the console, how long ago it was, and the machine's form of it."""
    if moment is None:
        return missing
    shown = moment.astimezone(desk().zone)
    ago = desk().clock() - moment
    relative = f"in {span(-ago)}" if ago < timedelta(0) else f"{span(ago)} ago"
    return Markup('<time datetime="{}" title="{}">{} <small>{}</small></time>').format(
        moment.isoformat(), shown.tzname(), f"{shown:%Y-%m-%d %H:%M:%S}", relative
    )


def span(length: timedelta) -> str:
    """A length of time in its two or so largest words."""
    seconds = int(length.total_seconds())
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"


def number(value: float | None) -> str:
    """A number with thin spaces between its thousands."""
    if value is None:
        return "–"
    return f"{value:,.0f}".replace(",", "\u202f") if float(value).is_integer() else f"{value:,.1f}"


def plural(value: int, one: str, many: str | None = None) -> str:
    """`1 listing`, `2 listings`."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def pretty(text: str | bytes | None) -> str:
    """JSON with indents; anything else as it is."""
    value = text.decode(errors="replace") if isinstance(text, bytes) else text or ""
    try:
        return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
    except ValueError:
        return value


def with_args(**changed: Any) -> str:
    """This page's address with these arguments changed; None takes one away."""
    args = {**request.args.to_dict(flat=False), **changed}
    pairs = [
        (name, one)
        for name, value in args.items()
        for one in (value if isinstance(value, list | tuple) else [value])
        if one not in (None, "")
    ]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path
