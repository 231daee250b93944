"""Gates: the attributes that decide whether a product may be on TikTok at all, read in every form that stores send.

Magento stores numbers. Its REST converters send constants (``NOT_VISIBLE_INDIVIDUALLY``), its CSV and attribute texts
send labels (``Not Visible Individually``), PHP writes numbers as text (``"2"``, ``"0.0000"``), and other modules send
booleans or options (``{"value": "2", "label": "Disabled"}``). A value in any other form is `Unread`: nothing is
guessed, and the product is held.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Final, TypeVar

from schemas.attributes import NOT_RECEIVED, NotReceived, Value, shown


class Visibility(IntEnum):
    """Magento's four visibility values, with Magento's numbers."""

    NOT_VISIBLE_INDIVIDUALLY = 1
    CATALOG = 2
    SEARCH = 3
    CATALOG_AND_SEARCH = 4


class Status(IntEnum):
    """Magento's product status. Disabled is 2; modules also send 0, and Magento counts only 1 as enabled."""

    ENABLED = 1
    DISABLED = 2


@dataclass(frozen=True, slots=True)
class Unread:
    """The value of a gate that is not understood; None where Magento has not sent it."""

    value: Value

    def __str__(self) -> str:
        return shown(self.value)


_Read = TypeVar("_Read")
_OPTION: Final = frozenset({"value", "label"})
"""Keys of an option, as some converters send it."""

_STATUSES: Final[Mapping[str, Status]] = {
    **dict.fromkeys(("1", "enabled", "true", "yes"), Status.ENABLED),
    **dict.fromkeys(("0", "2", "disabled", "false", "no"), Status.DISABLED),
}
_VISIBILITIES: Final[Mapping[str, Visibility]] = {
    **{str(int(visibility)): visibility for visibility in Visibility},
    "notvisibleindividually": Visibility.NOT_VISIBLE_INDIVIDUALLY,
    "notvisible": Visibility.NOT_VISIBLE_INDIVIDUALLY,
    "catalog": Visibility.CATALOG,
    "incatalog": Visibility.CATALOG,
    "search": Visibility.SEARCH,
    "insearch": Visibility.SEARCH,
    "catalogsearch": Visibility.CATALOG_AND_SEARCH,
    "catalogandsearch": Visibility.CATALOG_AND_SEARCH,
    "both": Visibility.CATALOG_AND_SEARCH,
}
_STOCK_STATUSES: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("1", "true", "yes", "on", "instock"), True),
    **dict.fromkeys(("0", "false", "no", "off", "outofstock"), False),
}
_OF_A_TYPE: Final = re.compile(r"[\s_-]*product\Z")
"""The end of a type's label (*Simple Product*) and of its name in GraphQL (``SimpleProduct``)."""
_MAGENTO_OWN: Final = frozenset({str, int})
"""Types of Magento's own form, by far the most: a number, or its text."""
_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z])[\s_,&/-]+(?=[a-z])")


def read_status(value: Value | NotReceived) -> Status | Unread:
    """Return the product's status in Magento."""
    return _read(value, _STATUSES)


def read_visibility(value: Value | NotReceived) -> Visibility | Unread:
    """Return the product's visibility in Magento."""
    return _read(value, _VISIBILITIES)


def read_stock_status(value: Value | NotReceived) -> bool | Unread:
    """Return whether Magento counts the product as in stock."""
    return _read(value, _STOCK_STATUSES)


def read_type(value: Value | NotReceived) -> str | Unread:
    """Return the product's type in Magento's own spelling, such as ``simple``. Modules may add types of their own."""
    if value is NOT_RECEIVED or value is None:
        return Unread(None)
    text = _OF_A_TYPE.sub("", value.strip().lower()) if isinstance(value, str) else ""
    return text or Unread(value)


def read_websites(value: Value | NotReceived) -> frozenset[str] | Unread:
    """Return the ids of the websites that the product is in. Website codes, for one, are not understood.

    `value` is a list, or an object whose values are the ids. Zero and an empty text stand for no website.
    """
    ids = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(ids, list | tuple):
        return Unread(None if value is NOT_RECEIVED else value)
    found = set()
    for website in ids:
        website_id = _website_id(website)
        if website_id is None:
            return Unread(value)
        found.add(website_id)
    return frozenset(found - {"0"})


def _website_id(value: Value) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if text.isdecimal() and text.isascii():
        return text
    number = _whole(text) if text else "0"
    return None if number is None or number.startswith("-") else number


def _read(value: Value | NotReceived, readings: Mapping[str, _Read]) -> _Read | Unread:
    if type(value) in _MAGENTO_OWN and (stored := readings.get(str(value))) is not None:
        return stored
    if value is None or value is NOT_RECEIVED:
        return Unread(None)
    if isinstance(value, Mapping):
        reading = _read(value.get("value", value.get("label")), readings) if value.keys() & _OPTION else None
        return Unread(value) if reading is None or isinstance(reading, Unread) else reading
    if isinstance(value, bool):
        text = str(int(value))
    elif isinstance(value, str | int | float):
        text = _BETWEEN_WORDS.sub("", str(value).strip().lower())
    else:
        return Unread(value)
    found = readings.get(text)
    if found is None and (number := _whole(text)) is not None:
        found = readings.get(number)
    return Unread(value) if found is None else found


def _whole(text: str) -> str | None:
    """Return the digits of a whole number such as ``2.0000``."""
    try:
        number = Decimal(text)
        return str(int(number)) if number.is_finite() and number == int(number) else None
    except (InvalidOperation, OverflowError):
        return None


READINGS: Final[Mapping[str, Callable[[Value | NotReceived], int | str | Unread]]] = {
    "manage_stock": read_stock_status,
    "status": read_status,
    "stock_status": read_stock_status,
    "type_id": read_type,
    "visibility": read_visibility,
}
"""Code -> what its value means. Values of one meaning are the same to Magento."""
