"""Strict parsing of request bodies and parameters, so that a typo is an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request

from sandbox.magento.errors import InvalidChange


def json_body() -> object:
    """Return the JSON of the request. Raises `InvalidChange` if it is not JSON in UTF-8."""
    try:
        value: object = json.loads(request.get_data())
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidChange("The body is not JSON in UTF-8.") from None
    return value


def json_object(**kinds: type) -> dict[str, Any]:
    """Return the JSON object of the request. Raises `InvalidChange` for an unknown key or a value of another type."""
    return check_object(json_body(), kinds)


def check_object(value: object, kinds: Mapping[str, type]) -> dict[str, Any]:
    """Return the value if it is an object with these keys and types. Raises `InvalidChange`."""
    if not isinstance(value, dict):
        raise InvalidChange("The body is not a JSON object.")
    unknown = sorted(set(value) - set(kinds))
    if unknown:
        raise InvalidChange(f"The body has no {', '.join(unknown)}. Its keys: {', '.join(sorted(kinds))}.")
    for key, item in value.items():
        # To Python, True is an int.
        if not isinstance(item, kinds[key]) or (isinstance(item, bool) and kinds[key] is not bool):
            raise InvalidChange(f"{key}: {item!r} is not {_TYPE_NAMES[kinds[key]]}.")
    return value


def whole_number(name: str, default: int) -> int:
    """Return a query parameter as a whole number, 0 or more. Raises `InvalidChange`."""
    value = request.args.get(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise InvalidChange(f"{name}: {value!r} is not a whole number.")
    return int(value)


def flag(name: str, default: bool) -> bool:
    """Return a query parameter as a boolean. Raises `InvalidChange`."""
    value = request.args.get(name, str(default)).lower()
    if value not in ("true", "false", "1", "0"):
        raise InvalidChange(f"{name}: {value!r} is neither true nor false.")
    return value in ("true", "1")


_TYPE_NAMES: Mapping[type, str] = {
    bool: "true or false",
    dict: "an object",
    int: "a whole number",
    list: "a list",
    object: "a value",
    str: "a text",
}
