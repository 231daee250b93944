"""Identity: which product, in which store view, and when, out of whatever type the store wrote it in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

LONGEST_SKU = 64
"""Characters, Magento's own limit."""

LAST_STORE_VIEW = 65_535
"""Magento keeps `store_id` as an unsigned 16-bit number."""

_ENTITY_ID: Final = re.compile(r"[1-9][0-9]{0,18}\Z")
_STORE_ID: Final = re.compile(r"[0-9]{1,5}\Z")


class NotAProduct(Exception):
    """The body is JSON, but not what a store tells of a product."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{self.__doc__} ({detail})")
        self.reason = reason
        self.detail = detail


def sku(*bodies: Mapping[str, Any]) -> str | None:
    """The first SKU told, None where there is none. A number counts as its digits. Raises `NotAProduct`."""
    name, found = _first(bodies, ("sku", "productSku"))
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is None or (isinstance(found, str) and not found.strip()):
        return None
    if not isinstance(found, str):
        raise NotAProduct("invalid_sku", f"{name}: {_shown(found)} is no SKU; send it as text.")
    if len(found) > LONGEST_SKU:
        raise NotAProduct(
            "invalid_sku", f"{name}: has {len(found)} characters; Magento's limit is {LONGEST_SKU}."
        )
    if not found.isprintable():
        raise NotAProduct("invalid_sku", f"{name}: {_shown(found)} has a control character.")
    return found


def entity_id(product: Mapping[str, Any], *beside: Mapping[str, Any]) -> str | None:
    """The first entity id told, as its digits; None where there is none. Raises `NotAProduct`.

    A plain `id` is REST's entity id in the product, and something else in what stands around it.
    """
    name, found = _first((product,), ("entity_id", "id", "product_id", "productId"))
    if found is None:
        name, found = _first(beside, ("entity_id", "product_id"))
    return None if found is None or found == "" else as_entity_id(name, found)


def as_entity_id(name: str, value: Any) -> str:
    """The value of this field as an entity id. Raises `NotAProduct`."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _ENTITY_ID.match(text):
        raise NotAProduct(
            "invalid_entity_id", f"{name}: {_shown(value)} is no entity id; send a whole number above 0."
        )
    return text


def store_id(*bodies: Mapping[str, Any]) -> int:
    """The store view that the save was made in; 0, all of them, where none is told. Raises `NotAProduct`."""
    name, found = _first(bodies, ("store_id", "storeId"))
    if found is None or found == "":
        return 0
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not _STORE_ID.match(text) or int(text) > LAST_STORE_VIEW:
        raise NotAProduct("invalid_store_id", f"{name}: {_shown(found)} is no store view's id.")
    return int(text)


def updated_at(product: Mapping[str, Any]) -> datetime | None:
    """Magento's `updated_at`: UTC without saying so. None where not told or no date, as ``0000-00-00 00:00:00``."""
    value = product.get("updated_at")
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _first(bodies: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> tuple[str, Any]:
    found = ((name, body[name]) for body in bodies for name in names if body.get(name) is not None)
    return next(found, (names[0], None))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
