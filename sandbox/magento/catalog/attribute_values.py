"""Attribute values as Magento's EAV tables store them: text, prices with six decimals, options by id.

A change may be written loosely (12.5, "Red", true); what is stored, sent and read back always has this one form.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from sandbox.magento.catalog.attributes import ATTRIBUTES, Attribute, Input
from sandbox.magento.errors import InvalidChange

StoredValue = str | None


def find_attribute(code: str) -> Attribute:
    """Return the attribute. Raises `InvalidChange`, listing the codes, for an unknown code."""
    if code not in ATTRIBUTES:
        raise InvalidChange(
            f"Unknown attribute code {code!r}. Choose one of: {', '.join(sorted(ATTRIBUTES))}."
        )
    return ATTRIBUTES[code]


def to_stored(code: str, value: object) -> StoredValue:
    """Return the stored form of a value; None and empty values mean no value. Raises `InvalidChange`."""
    attribute = find_attribute(code)
    if value is None or value == "" or value == []:
        return None
    match attribute.input:
        case Input.PRICE | Input.WEIGHT:
            return f"{parse_amount(code, value):.6f}"
        case Input.SELECT:
            return _option(attribute, value)
        case Input.MULTISELECT:
            return ",".join(_option(attribute, item) for item in _as_list(value))
        case Input.BOOLEAN:
            return _boolean(code, value)
        case Input.DATE:
            return _date(code, value)
        case _:
            return _text(code, value)


def parse_amount(code: str, value: object) -> Decimal:
    """Return a number from 0 to below 10^12, from a number or its text. Raises `InvalidChange`."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise InvalidChange(f"{code}: {value!r} is not a number.") from None
    if isinstance(value, bool) or not number.is_finite() or not 0 <= number < 10**12:
        raise InvalidChange(f"{code}: {value!r} is not a number from 0 to below 1,000,000,000,000.")
    return number


def format_quantity(number: Decimal) -> str:
    """Write a quantity without trailing zeros, as Magento's forms send it: 5, 2.5."""
    return format(number.normalize(), "f")


def _option(attribute: Attribute, value: object) -> str:
    text = str(value).strip()
    for option in attribute.options:
        if text in (option.value, option.label):
            return option.value
    choices = ", ".join(f"{option.label} ({option.value})" for option in attribute.options)
    raise InvalidChange(f"{attribute.code}: unknown option {text!r}. Choose one of: {choices}.")


def _as_list(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    return [part for part in str(value).split(",") if part.strip()]


def _boolean(code: str, value: object) -> str:
    if str(value).lower() in ("1", "true", "yes"):
        return "1"
    if str(value).lower() in ("0", "false", "no"):
        return "0"
    raise InvalidChange(f"{code}: {value!r} is not a boolean. Send true or false.")


def _date(code: str, value: object) -> str:
    try:
        return datetime.fromisoformat(str(value)).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise InvalidChange(f"{code}: {value!r} is not a date. Send it as 2026-05-01.") from None


def _text(code: str, value: object) -> str:
    if isinstance(value, bool | dict | list):
        raise InvalidChange(f"{code}: {value!r} is not text.")
    return str(value)
