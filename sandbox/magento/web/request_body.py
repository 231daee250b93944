"""Reading what a caller of the store sends: strictly, so that a slip of the pen is told and not ignored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request

from sandbox.magento.errors import InvalidChange


def json_body() -> Any:
    """The request's JSON. InvalidChange where it is none."""
    try:
        told = json.loads(request.get_data())
        json.dumps(told, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidChange("The body is not JSON in UTF-8.") from None
    return told


def json_object(**kinds: type) -> dict[str, Any]:
    """The request's JSON object, in which each key is of the kind given; other keys are refused."""
    return checked(json_body(), kinds)


def checked(told: object, kinds: Mapping[str, type]) -> dict[str, Any]:
    """The object, after a look at its keys and the kinds of its values. InvalidChange."""
    if not isinstance(told, dict):
        raise InvalidChange("The body is not a JSON object.")
    unknown = sorted(set(told) - set(kinds))
    if unknown:
        raise InvalidChange(f"The body has no {', '.join(unknown)}. Its keys: {', '.join(sorted(kinds))}.")
    for key, value in told.items():
        # True is an int to Python, and 1 would be a strange flag.
        if not isinstance(value, kinds[key]) or (isinstance(value, bool) and kinds[key] is not bool):
            raise InvalidChange(f"{key}: {value!r} is not {_ARTICLED[kinds[key]]}.")
    return told


def whole_number(name: str, otherwise: int) -> int:
    """A number of the query string, 0 or more. InvalidChange."""
    told = request.args.get(name, str(otherwise))
    if not (told.isascii() and told.isdigit() and len(told) < 16):
        raise InvalidChange(f"{name}: {told!r} is not a whole number.")
    return int(told)


def flag(name: str, otherwise: bool) -> bool:
    """A yes or no of the query string. InvalidChange."""
    told = request.args.get(name, str(otherwise)).lower()
    if told not in ("true", "false", "1", "0"):
        raise InvalidChange(f"{name}: {told!r} is neither true nor false.")
    return told in ("true", "1")


_ARTICLED: Mapping[type, str] = {
    bool: "true or false",
    dict: "an object",
    int: "a whole number",
    list: "a list",
    object: "a value",
    str: "a text",
}
