"""The body: its JSON, and its fields in the shapes that the reference gives. Raises `Refused` where they are others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from sandbox.tiktok.api.errors import Refused, is_invalid, is_required

Body = Mapping[str, Any]
MOST_LEVELS: Final = 64
"""No field of TikTok's is nearly as deep; a body without a limit could be read, and its effect not be told again."""


def parse(raw: bytes, media_type: str) -> Body:
    """The body's object."""
    if media_type != "application/json":
        raise Refused(36009022, "The request body must be JSON: send content-type application/json.")
    try:
        told = json.loads(raw, parse_constant=_no_number)
        json.dumps(told, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refused(36009022, "The request body must be JSON.") from error
    if not isinstance(told, dict):
        raise Refused(36009022, "The request body must be a JSON object.")
    if _is_deeper(told, MOST_LEVELS):
        raise Refused(36009022, f"The request body is nested deeper than {MOST_LEVELS} levels.")
    return told


def peek(raw: bytes) -> Body:
    """The body's object where it can be read, else an empty one: for calls that are refused before it is judged."""
    try:
        return parse(raw, "application/json")
    except Refused:
        return {}


def check_known(body: Body, known: frozenset[str], where: str = "") -> None:
    """TikTok drops what it does not know without a word; here a misspelt field is an error."""
    for name in body:
        if name not in known:
            raise is_invalid(f"{where}{name}", "no such field")


def text(body: Body, name: str, longest: int | None = None) -> str | None:
    """A text, or None where it is not there."""
    told = body.get(name)
    if told is None:
        return None
    if not isinstance(told, str) or (longest is not None and len(told) > longest):
        raise is_invalid(name, "a string" if longest is None else f"a string of at most {longest} characters")
    return told


def required_text(body: Body, name: str) -> str:
    """A text that has to be there; it may be empty."""
    told = text(body, name)
    if told is None:
        raise is_required(name)
    return told


def digits(body: Body, name: str) -> str | None:
    """An id: a string of digits."""
    told = text(body, name)
    if told is not None and not (told.isascii() and told.isdigit()):
        raise is_invalid(name, "a string of digits")
    return told


def object_of(body: Body, name: str) -> Body | None:
    """An object, or None where it is not there."""
    told = body.get(name)
    if told is not None and not isinstance(told, dict):
        raise is_invalid(name, "an object")
    return told


def objects(body: Body, name: str) -> list[Body] | None:
    """A list of objects, or None where it is not there."""
    told = body.get(name)
    if told is None:
        return None
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise is_invalid(name, "a list of objects")
    return told


def texts(body: Body, name: str) -> list[str]:
    """A list of strings; an empty one where it is not there."""
    told = body.get(name) or []
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise is_invalid(name, "a list of strings")
    return told


def whole(body: Body, name: str) -> int | None:
    """A JSON integer; neither true nor 1.0 nor "1"."""
    told = body.get(name)
    if told is not None and type(told) is not int:
        raise is_invalid(name, "an integer")
    return told


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _is_deeper(told: object, levels: int) -> bool:
    level: list[Any] = [told]
    for _ in range(levels):
        inner = (one for outer in level for one in (outer.values() if isinstance(outer, dict) else outer))
        level = [one for one in inner if isinstance(one, dict | list)]
    return bool(level)
