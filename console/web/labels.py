"""What people edit, in the words of its forms: each field under its label, each value as the form says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from operations.rules.differences import changed_fields, every_field
from operations.rules.rule_versions import Edited

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "synchronization": {
        "product_upload": "Product Upload",
        "product_update": "Product Update",
        "inventory_price_sync": "Inventory/Price Sync",
        "product_assign": "Product Assign",
        "sync_not_visible_individually": "Sync Not Visible Individually Products",
        "only_specific_attributes": "Only Specific Attributes Syncing",
        "observed_attributes": "Observed attributes",
        "activity_log": "Activity Log",
        "feed_log": "Synchronization Feed Log",
        "when_hidden": "Hidden in Magento",
        "when_disabled": "Disabled, or out of the website",
        "when_deleted": "Deleted in Magento",
        "when_unmatched": "No template's query holds any more",
        "paused": "Paused",
    },
    "inventory": {
        "source": "Source",
        "source_code": "MSI source code",
        "attribute": "Attribute",
        "default_quantity": "Default quantity",
        "buffer": "Buffer",
        "threshold": "Threshold",
        "above": "Above the threshold send",
        "below": "Below the threshold send",
        "may_send_more_than_available": "May send more than available",
        "maximum": "Maximum",
        "sync_out_of_stock": "Sync out-of-stock products",
    },
    "pricing": {
        "source": "Source",
        "attribute": "Attribute",
        "time_zone": "Time zone",
        "currency_rate": "Currency rate",
        "adjustment": "Adjustment",
        "adjustment_value": "Adjustment value",
        "rounding": "Rounding",
        "floor": "Floor",
        "guard_percent": "Guard",
    },
    "image": {
        "main_image_attribute": "Main image attribute",
        "default_image": "Default image",
        "gallery_maximum": "Gallery maximum",
    },
}
"""The fields of each kind of policy but its title, in the order of their forms."""

_LOGS: Final = frozenset({"activity_log", "feed_log"})
_WORDS: Final[Mapping[Any, str]] = {
    "stock_item": "Stock item",
    "salable_quantity": "Salable quantity",
    "msi": "MSI source",
    "attribute": "An attribute",
    "price": "Price",
    "special_price": "Special price, within its dates",
    "none": "None",
    "fixed": "Fixed amount",
    "percent": "Per cent",
    "nearest_99": "To the nearest .99",
    "nearest_95": "To the nearest .95",
    "nearest_whole": "To the nearest whole",
    "keep": "Keep: nothing is sent",
    "deactivate": "Deactivate",
    "zero_stock": "Set stock to 0",
    "delete": "Delete",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that differs, in words."""

    label: str
    old: str
    new: str


def changes(kind: Edited, old: Any, new: Any) -> list[Changed]:
    """What differs between two of a kind, in the order of its form."""
    if kind.name in LABELS:
        return list(_changes(LABELS[kind.name], old, new))
    return [Changed(_label(name), *both) for name, *both in changed_fields(old, new)]


def told(kind: Edited, edited: Any) -> list[tuple[str, str]]:
    """Every field and its value, in words."""
    if kind.name in LABELS:
        return [
            (label, value_words(field, getattr(edited, field))) for field, label in LABELS[kind.name].items()
        ]
    return [(_label(name), words) for name, words in every_field(edited)]


def value_words(field: str, value: Any) -> str:
    """A value as the form says it."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        on, off = ("Enabled", "Disabled") if field in _LOGS else ("on", "off")
        return on if value else off
    if isinstance(value, Enum):
        return _WORDS.get(value.value, str(value.value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _changes(labels: Mapping[str, str], old: Any, new: Any) -> Iterator[Changed]:
    for field, label in labels.items():
        was, becomes = getattr(old, field), getattr(new, field)
        if was != becomes:
            yield Changed(label, value_words(field, was), value_words(field, becomes))


def _label(name: str) -> str:
    return name.replace("_", " ").replace(".", " ").capitalize()
