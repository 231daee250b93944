"""Parse a request body and read its fields as the reference describes them. Raises `ApiError` for anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from sandbox.tiktok.protocol.errors import ApiError, invalid_field, missing_field

Body = Mapping[str, Any]
MAX_LEVELS: Final = 64
"""Far deeper than any field of TikTok's. Deeper bodies could be parsed, but not serialized again for the log."""


def parse(raw: bytes, media_type: str) -> Body:
    """Return the object in the body."""
    if media_type != "application/json":
        raise ApiError(36009022, "The request body must be JSON: send content-type application/json.")
    try:
        value = json.loads(raw, parse_constant=_reject_constant)
        json.dumps(value, ensure_ascii=False).encode()  # rejects half a surrogate pair
    except (ValueError, RecursionError) as error:
        raise ApiError(36009022, "The request body must be JSON.") from error
    if not isinstance(value, dict):
        raise ApiError(36009022, "The request body must be a JSON object.")
    if _is_deeper(value, MAX_LEVELS):
        raise ApiError(36009022, f"The request body is nested deeper than {MAX_LEVELS} levels.")
    return value


def parse_or_empty(raw: bytes) -> Body:
    """Return the object in the body, or an empty one if it is invalid: for calls that may fail before validation."""
    try:
        return parse(raw, "application/json")
    except ApiError:
        return {}


def check_fields(body: Body, fields: frozenset[str], where: str = "") -> None:
    """Raise `ApiError` for an unknown field. TikTok ignores those silently; here a typo is an error."""
    for name in body:
        if name not in fields:
            raise invalid_field(f"{where}{name}", "no such field")


def text(body: Body, name: str, max_length: int | None = None) -> str | None:
    """Return a text field, or None if it is missing."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or (max_length is not None and len(value) > max_length):
        raise invalid_field(
            name, "a string" if max_length is None else f"a string of at most {max_length} characters"
        )
    return value


def required_text(body: Body, name: str) -> str:
    """Return a text field that must be present; it may be empty."""
    value = text(body, name)
    if value is None:
        raise missing_field(name)
    return value


def digits(body: Body, name: str) -> str | None:
    """Return an id, a string of digits, or None if it is missing."""
    value = text(body, name)
    if value is not None and not (value.isascii() and value.isdigit()):
        raise invalid_field(name, "a string of digits")
    return value


def optional_object(body: Body, name: str) -> Body | None:
    """Return an object field, or None if it is missing."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise invalid_field(name, "an object")
    return value


def objects(body: Body, name: str) -> list[Body] | None:
    """Return a field with a list of objects, or None if it is missing."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid_field(name, "a list of objects")
    return value


def texts(body: Body, name: str) -> list[str]:
    """Return a field with a list of strings, empty if it is missing."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid_field(name, "a list of strings")
    return value


def integer(body: Body, name: str) -> int | None:
    """Return a JSON integer, or None if it is missing; true, 1.0 and "1" are not integers."""
    value = body.get(name)
    if value is not None and type(value) is not int:
        raise invalid_field(name, "an integer")
    return value


def _reject_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _is_deeper(value: object, levels: int) -> bool:
    level: list[Any] = [value]
    for _ in range(levels):
        inner = (item for outer in level for item in (outer.values() if isinstance(outer, dict) else outer))
        level = [item for item in inner if isinstance(item, dict | list)]
    return bool(level)
