"""The event that a body reports, from its name: ours, those of Magento and those of Adobe Commerce."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from magento.payloads.product_identity import NAMES, NotAProduct
from schemas.product_event import EventKind

_EVENT_NAMES: Final[Mapping[EventKind, str]] = {
    EventKind.SAVED: r"product[._/](?:saved|created|updated)|catalog_product_save(?:_commit)?_after"
    r"|resource_model\.product\.save",
    EventKind.DELETED: r"product[._/]deleted|catalog_product_delete(?:_before|_after|_commit_after)"
    r"|catalog_product_import_bunch_delete_after",
    EventKind.STOCK_CHANGED: r"stock[._/](?:changed|updated)|cataloginventory_stock_item_save(?:_commit)?_after"
    r"|SourceItemsSave|source_items_save(?:\.execute)?",
    EventKind.ATTRIBUTES_UPDATED: r"attributes[._/](?:updated|changed)"
    r"|catalog_product_attribute_update_(?:before|after)|catalog_product_import_bunch_save_after",
    EventKind.WEBSITES_CHANGED: r"websites[._/](?:changed|updated)|catalog_product_to_website_change",
}
"""Patterns for the end of an event's name: Adobe's names begin with ``com.adobe.commerce.observer.``."""
_EVENT: Final = re.compile(
    "(?:" + "|".join(f"(?P<{kind.name}>{names})" for kind, names in _EVENT_NAMES.items()) + r")\Z"
)
_CREATED: Final = re.compile(r"product[._/]created\Z")
_EVENT_FIELDS: Final = ("event", "event_type", "eventName", "eventType", "type")

_DOTTED: Final = re.compile(r"[A-Za-z_]+([./][A-Za-z_]+)+\Z")
_OF_MAGENTO: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*_(?:before|after)\Z")
_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")
_VERB: Final = re.compile(r"(?:sav|creat|updat|delet|remov|chang|insert|add)(?:e|ed)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """The kind and the name of a body's event: None and "" if it names none."""

    kind: EventKind | None = None
    name: str = ""

    @property
    def is_creation(self) -> bool:
        """Whether the name says that the product was created."""
        return _CREATED.search(self.name) is not None


def reported_event(envelope: Mapping[str, object], product: Mapping[str, object]) -> ReportedEvent:
    """Return the event that the body reports. Raises `NotAProduct` if it is not supported.

    Magento's observers also send the event's name as `name`, which in a product is the product's name.
    """
    for body in (envelope, product):
        for field in _EVENT_FIELDS:
            name = body.get(field)
            if isinstance(name, str) and (event := _event(field, name, is_envelope=body is envelope)):
                return event
    for body in (envelope,) if any(product.get(key) for key in NAMES) else (envelope, product):
        name = body.get("name")
        if isinstance(name, str):
            match = _EVENT.search(name)
            if match is not None:
                return ReportedEvent(EventKind[str(match.lastgroup)], name)
            if _OF_MAGENTO.match(name):
                _refuse("name", name)
    return ReportedEvent()


def _event(field: str, name: str, *, is_envelope: bool) -> ReportedEvent | None:
    match = _EVENT.search(name)
    if match is not None:
        return ReportedEvent(EventKind[str(match.lastgroup)], name)
    if is_envelope or _looks_like_an_event(field, name):
        _refuse(field, name)
    return None


def _looks_like_an_event(field: str, text: str) -> bool:
    """Whether this text of a flat body can't be an attribute's: an attribute may be called *event* or *type* too."""
    if _DOTTED.match(text) or _OF_MAGENTO.match(text):
        return True
    return field != "type" and bool(_SNAKE_CASE.match(text) or _VERB.match(text))


def _refuse(field: str, name: str) -> NoReturn:
    raise NotAProduct("unknown_event", f"{field}: {name[:80]!r} is not a supported event.")
