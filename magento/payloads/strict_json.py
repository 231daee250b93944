"""Bodies: strict JSON, read so that whatever is accepted can also be written to the topic."""

from __future__ import annotations

from typing import Any

import orjson

DEEPEST = 64
"""Levels of lists and objects; a product body has six, and orjson itself writes no more than 254."""

LARGEST_NUMBER = 2**63
"""From here on JSON readers round whole numbers: a 20-digit code sent as a number would become another code."""


class Unreadable(Exception):
    """The body is not JSON that we can keep as told."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{self.__doc__} ({detail})")
        self.reason = reason
        self.detail = detail


def read(raw: bytes) -> Any:
    """The JSON document. Raises `Unreadable` for NaN, infinities, lone surrogates, depth and numbers beyond 64 bit.

    Where an object has the same key twice, the last one counts, as in PHP.
    """
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Unreadable("not_json", f"The body is not JSON: {error}.") from error
    _check(document)
    return document


def _check(document: Any) -> None:
    level, depth = [document], 0
    while level:
        if depth > DEEPEST:
            raise Unreadable("too_deep", f"The body is nested deeper than {DEEPEST} levels.")
        depth += 1
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                continue
            if isinstance(value, dict):
                inner.extend(value.values())
            elif isinstance(value, list):
                inner.extend(value)
            elif isinstance(value, int | float) and not -LARGEST_NUMBER < value < LARGEST_NUMBER:
                raise Unreadable(
                    "number_too_large",
                    f"The body has the number {value}, beyond 64 bit: it would be rounded. Send it as text.",
                )
        level = inner
