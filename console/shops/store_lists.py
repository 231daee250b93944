"""Settings of a store that are lists, in a form as one entry on each line: ``fabric = multiselect``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.apply_file import Fault
from schemas.attributes import AttributeScope, AttributeType
from schemas.shop import MagentoConnection


@dataclass(frozen=True, slots=True)
class StoreList:
    """A list in the form: `form` and `example` say how a line is written. `name` is its field in a shop."""

    name: str
    label: str
    form: str
    example: str
    help: str


STORE_LISTS: Final = (
    StoreList(
        "attribute_types",
        "Attribute types",
        "code = type",
        "fabric = multiselect",
        f"Of attributes that the merchant created. Types: {', '.join(AttributeType)}. Without a line, values are "
        "compared as they look.",
    ),
    StoreList(
        "attribute_scopes",
        "Attribute scopes",
        "code = scope",
        "fabric = website",
        f"As in Magento under Stores > Attributes > Product. Scopes: {', '.join(AttributeScope)}. Without a line: "
        "Magento's own scope of its attributes, store_view for all others.",
    ),
    StoreList(
        "category_parents",
        "Anchor categories",
        "category = nearest anchor category above it",
        "14 = 3",
        "By category id. A condition on category 3 then also matches the products of category 14.",
    ),
)
_NAMES: Final = "|".join(listed.name for listed in STORE_LISTS)
_PLACE: Final = re.compile(rf"(?:.*\.)?magento\.({_NAMES})\.(.*?)(?:\.(?:key|value))?\Z", re.DOTALL)


def lines_of(magento: MagentoConnection) -> dict[str, str]:
    """Return the text of each list in the form."""
    return {
        listed.name: "\n".join(f"{key} = {value}" for key, value in getattr(magento, listed.name).items())
        for listed in STORE_LISTS
    }


def entries_of(form: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the entries of each list that the form has. Lines that can't be read are left out: see `unread_lines`."""
    return {
        listed.name: {key: value for _, _, key, value in _lines(form[listed.name]) if key and value}
        for listed in STORE_LISTS
        if listed.name in form
    }


def unread_lines(form: Mapping[str, str]) -> list[Fault]:
    """Return the faults of lines that are no entry, or whose entry is on an earlier line."""
    return [
        Fault(listed.name, f"Line {number}, {line!r}: {words}")
        for listed in STORE_LISTS
        for number, line, words in _unread(form.get(listed.name, ""), listed)
    ]


def entry_fault(fault: Fault) -> tuple[str, str] | None:
    """Return the list whose entry has this fault, and the message with the entry's key; None for any other fault."""
    place = _PLACE.match(fault.where)
    if place is None:
        return None
    name, key = place[1], place[2]
    return name, fault.message if repr(key) in fault.message else f"{key}: {fault.message}"


def _unread(text: str, listed: StoreList) -> Iterator[tuple[int, str, str]]:
    seen: set[str] = set()
    for number, line, key, value in _lines(text):
        if not key or not value:
            yield number, line, f"write {listed.form}, for example {listed.example}."
        elif key in seen:
            yield number, line, f"{key} has a line already."
        seen.add(key)


def _lines(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Yield number, text, key and value of each line that is not empty; the value is "" without an equals sign."""
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition("=")
        if line.strip():
            yield number, line.strip(), key.strip(), value.strip()
