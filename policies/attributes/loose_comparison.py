"""Compare values as Magento's rule conditions do.

Magento compares in PHP, with little regard for an attribute's type: two numbers as numbers, even where both are texts
(``"10.0000"`` is ``10``), anything else as text. Source: *AbstractCondition* of Magento_Rule, and PHP 8's rules for
numeric strings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from schemas.attributes import Value

_NUMERIC: Final = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?\s*\Z", re.ASCII)
_READ_AS_NUMBERS: Final = (int, float, str)
_LARGEST_WHOLE: Final = 1e15
"""PHP writes larger floats with an exponent."""


def number(value: Value) -> Decimal | None:
    """Return the number that PHP reads from a number or a numeric text such as ``" 1e2"``; None for all others."""
    if isinstance(value, bool) or not isinstance(value, _READ_AS_NUMBERS):
        return None
    text_of_number = value if isinstance(value, str) else str(value)
    return Decimal(text_of_number.strip()) if _NUMERIC.match(text_of_number) else None


def text(value: Value) -> str:
    """Return a single value as PHP writes it: ``10.0`` is ``10``, true is ``1``, false is empty."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    return str(value)


def fold(value: str) -> str:
    """Return a text for a comparison without letter case. Its length stays: for Magento ``ß`` is not ``ss``."""
    folded = value.casefold()
    if len(folded) == len(value):
        return folded
    return "".join(folded if len(folded := letter.casefold()) == 1 else letter.lower() for letter in value)


@lru_cache(maxsize=4096)
def _read(wanted: str) -> tuple[Decimal | None, str]:
    """Return the number of a row's value, and its text without letter case. Rows ask for the same values each time."""
    return number(wanted), fold(wanted)


def equal(actual: Value, wanted: str) -> bool:
    """Whether both are the same number, or the same text in any letter case. Blanks count."""
    return equals_any(actual, (wanted,))


def equals_any(actual: Value, wanted: Sequence[str]) -> bool:
    """Whether the value equals at least one of these, as `equal` says. There may be hundreds of them."""
    if isinstance(actual, str) and actual in wanted:
        return True
    mine, written = number(actual), fold(text(actual))
    for value in wanted:
        theirs, folded = _read(value)
        if (written == folded) if mine is None or theirs is None else (mine == theirs):
            return True
    return False


def contains(actual: Value, wanted: str) -> bool:
    """Whether the value's text contains this text, in any letter case."""
    return _read(wanted)[1] in fold(text(actual))


def order(actual: Value, wanted: str) -> int:
    """Return -1, 0 or 1: less, equal or greater. Numbers compare as numbers, anything else as text, by letter case."""
    mine, theirs = number(actual), _read(wanted)[0]
    if mine is not None and theirs is not None:
        return int(mine.compare(theirs))
    if isinstance(actual, bool):
        truth = wanted not in ("", "0")
        return (actual > truth) - (actual < truth)
    written = text(actual)
    return (written > wanted) - (written < wanted)
