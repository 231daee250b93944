"""The identity of a product: SKU, entity id, store view and time, in every type in which stores write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

LONGEST_SKU = 64
"""Characters, Magento's own limit."""

LAST_STORE_VIEW = 65_535
"""Magento stores `store_id` as an unsigned 16-bit number."""

NAMES: Final = ("sku", "productSku", "entity_id", "id", "product_id", "productId")
"""Fields that name a product."""

_ENTITY_ID: Final = re.compile(r"[1-9][0-9]{0,18}\Z")
_STORE_ID: Final = re.compile(r"[0-9]{1,5}\Z")


class NotAProduct(Exception):
    """The body is JSON, but does not describe a product.

    `reason` is a code, `detail` a sentence for people that names the field.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"The body is JSON, but does not describe a product. ({detail})")
        self.reason = reason
        self.detail = detail


def sku(*bodies: Mapping[str, object]) -> str | None:
    """Return the first SKU in the bodies, None if they have none. A number becomes text. Raises `NotAProduct`."""
    name, found = _first(bodies, ("sku", "productSku"))
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is None or (isinstance(found, str) and not found.strip()):
        return None
    if not isinstance(found, str):
        raise NotAProduct("invalid_sku", f"{name}: {_shown(found)} is not a SKU; send it as text.")
    if len(found) > LONGEST_SKU:
        raise NotAProduct(
            "invalid_sku", f"{name}: has {len(found)} characters; Magento's limit is {LONGEST_SKU}."
        )
    if not found.isprintable():
        raise NotAProduct("invalid_sku", f"{name}: {_shown(found)} contains a control character.")
    return found


def entity_id(
    product: Mapping[str, object], *envelopes: Mapping[str, object], is_stock_item: bool = False
) -> str | None:
    """Return the first entity id as digits, None if there is none. Raises `NotAProduct`.

    A plain `id` counts in the product only, where REST puts the entity id: in an envelope it is the event's id, in a
    stock item that item's own.
    """
    own = ("product_id", "productId", "entity_id") if is_stock_item else NAMES[2:]
    name, found = _first((product,), own)
    if found is None:
        name, found = _first(envelopes, ("entity_id", "product_id"))
    return None if found is None or found == "" else parse_entity_id(name, found)


def parse_entity_id(name: str, value: object) -> str:
    """Return the value of the field `name` as an entity id. Raises `NotAProduct`."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _ENTITY_ID.match(text):
        raise NotAProduct(
            "invalid_entity_id",
            f"{name}: {_shown(value)} is not an entity id; send a whole number above 0.",
        )
    return text


def store_id(*bodies: Mapping[str, object]) -> int:
    """Return the id of the store view in which the product was saved, 0 (all store views) if there is none.

    Raises `NotAProduct`.
    """
    name, found = _first(bodies, ("store_id", "storeId"))
    if found is None or found == "":
        return 0
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not _STORE_ID.match(text) or int(text) > LAST_STORE_VIEW:
        raise NotAProduct("invalid_store_id", f"{name}: {_shown(found)} is not the id of a store view.")
    return int(text)


def updated_at(product: Mapping[str, object]) -> datetime | None:
    """Return Magento's `updated_at` in UTC, which Magento writes without a time zone.

    Return None if it is missing or not a date, like ``0000-00-00 00:00:00``.
    """
    value = product.get("updated_at")
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        return moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _first(bodies: Iterable[Mapping[str, object]], names: tuple[str, ...]) -> tuple[str, object]:
    """Return the first field with one of these names that is not null, with its name; else the first name and None."""
    for body in bodies:
        for name in names:
            if (value := body.get(name)) is not None:
                return name, value
    return names[0], None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
