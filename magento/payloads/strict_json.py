"""Strict JSON: every document that is accepted can also be written to the Kafka topic unchanged."""

from __future__ import annotations

import orjson

DEEPEST = 64
"""Levels of lists and objects. A product body has six, and orjson itself writes no more than 254."""

LARGEST_NUMBER = 2**63
"""JSON readers round whole numbers from here on: a 20-digit code sent as a number would become another code."""

MOST_VALUES = 500_000
"""Values, lists and objects in one document. A product has about a hundred; each takes 50 to
200 bytes in memory: 4 MiB of empty lists would take 90 MiB."""


class Unreadable(Exception):
    """The body is not JSON that can be stored unchanged.

    `reason` is a code, `detail` a sentence for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"The body is not JSON that can be stored unchanged. ({detail})")
        self.reason = reason
        self.detail = detail


def read(raw: bytes) -> object:
    """Return the JSON document.

    Raises `Unreadable` for NaN, infinities, lone surrogates, too deep nesting, too many values and numbers beyond 64
    bits. If an object has the same key twice, the last one counts, as in PHP.
    """
    # Counted before reading, and only where there can be too many: commas and brackets of texts count too.
    if len(raw) > MOST_VALUES and sum(map(raw.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise Unreadable(
            "too_many_values", f"The body has more than {MOST_VALUES} values; send fewer at once."
        )
    try:
        document: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        # Nothing of the body is quoted: the sentence is logged, and a body may hold what no log may.
        where = f"line {error.lineno}, column {error.colno}" if raw else "it is empty"
        raise Unreadable("not_json", f"The body is not JSON ({where}).") from error
    _check(document)
    return document


def _check(document: object) -> None:
    # Not recursive: orjson reads 1,024 levels, more than Python's default recursion limit.
    level, depth = [document], 0
    while level:
        if depth > DEEPEST:
            raise Unreadable("too_deep", f"The body is nested deeper than {DEEPEST} levels.")
        depth += 1
        inner: list[object] = []
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
                    f"The body has the number {value}, which is beyond 64 bits and would be rounded. Send it as text.",
                )
        level = inner
