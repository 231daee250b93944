"""Values as Magento's EAV tables hold them: text all over, prices with six decimals, options by id.

A change may be told loosely (12.5, "Red", true); what is stored, sent and read back is always this one form.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from sandbox.magento.catalog.attributes import ATTRIBUTES, Attribute, Input
from sandbox.magento.errors import InvalidChange

Stored = str | None


def attribute_named(code: str) -> Attribute:
    """The attribute; InvalidChange with the known codes where there is none."""
    if code not in ATTRIBUTES:
        raise InvalidChange(
            f"No attribute has the code {code!r}. This store knows: {', '.join(sorted(ATTRIBUTES))}."
        )
    return ATTRIBUTES[code]


def stored(code: str, told: object) -> Stored:
    """The value as it is kept; None and the empty text mean no value. InvalidChange where it can't be."""
    attribute = attribute_named(code)
    if told is None or told == "" or told == []:
        return None
    match attribute.input:
        case Input.PRICE | Input.WEIGHT:
            return f"{amount(code, told):.6f}"
        case Input.SELECT:
            return _option(attribute, told)
        case Input.MULTISELECT:
            return ",".join(_option(attribute, one) for one in _several(told))
        case Input.BOOLEAN:
            return _boolean(code, told)
        case Input.DATE:
            return _date(code, told)
        case _:
            return _text(code, told)


def amount(code: str, told: object) -> Decimal:
    """A number that is not negative, whatever way it was written."""
    try:
        number = Decimal(str(told))
    except InvalidOperation:
        raise InvalidChange(f"{code}: {told!r} is not a number.") from None
    if isinstance(told, bool) or not number.is_finite() or not 0 <= number < 10**12:
        raise InvalidChange(f"{code}: {told!r} must be a number from 0 to below 1,000,000,000,000.")
    return number


def plain(number: Decimal) -> str:
    """A quantity without trailing zeros, as Magento's forms send it: 5, 2.5."""
    return format(number.normalize(), "f")


def _option(attribute: Attribute, told: object) -> str:
    text = str(told).strip()
    for option in attribute.options:
        if text in (option.value, option.label):
            return option.value
    choices = ", ".join(f"{option.label} ({option.value})" for option in attribute.options)
    raise InvalidChange(f"{attribute.code}: no option {text!r}. Choose one of: {choices}.")


def _several(told: object) -> list[object]:
    if isinstance(told, list | tuple):
        return list(told)
    return [part for part in str(told).split(",") if part.strip()]


def _boolean(code: str, told: object) -> str:
    if str(told).lower() in ("1", "true", "yes"):
        return "1"
    if str(told).lower() in ("0", "false", "no"):
        return "0"
    raise InvalidChange(f"{code}: {told!r} is neither yes nor no. Send true or false.")


def _date(code: str, told: object) -> str:
    try:
        return datetime.fromisoformat(str(told)).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise InvalidChange(f"{code}: {told!r} is not a date. Send it as 2026-05-01.") from None


def _text(code: str, told: object) -> str:
    if isinstance(told, bool | dict | list):
        raise InvalidChange(f"{code}: {told!r} is not a text.")
    return str(told)
