"""A product: the last known state of a Magento product, in two layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from schemas.attributes import NOT_RECEIVED, Attributes, NotReceived, Value
from schemas.gates import Status, Unread, Visibility, read_status, read_visibility

DEFAULT_LAYER: Final = ""
"""The key in `Product.marks` of the default layer as a whole."""
STORE_VIEW_LAYER: Final = "view:"
"""The key in `Product.marks` of the store view's layer as a whole; the prefix of its attributes' keys."""


def sku_key(sku: str) -> str:
    """Return what Magento compares of a SKU: letter case and trailing blanks do not count in its database."""
    return sku.rstrip().lower()


class Mark(NamedTuple):
    """When a value was received, for the order of events.

    `received_at` is by the endpoint's clock, `updated_at` by Magento's, None where it was not sent or is not credible.
    `partition` is the one of the topic that the event was read from, None for an event that was replayed.
    """

    received_at: datetime
    updated_at: datetime | None = None
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """The last known state of a Magento product.

    `default` holds the values of scope 0, `store_view` those that the shop's own view has of its own; None there means
    *inherits*. `id` is the id of the product's row, 0 before it is stored.

    `marks` say how new each value is: under `DEFAULT_LAYER` and `STORE_VIEW_LAYER` the newest full state of a layer, by
    attribute code (``view:<code>`` for the store view) what was received apart from it. `read_at` is the time of the
    newest read from Magento.
    """

    shop: str
    sku: str | None
    entity_id: str | None = None
    id: int = 0
    default: Attributes = field(default_factory=dict)
    store_view: Attributes = field(default_factory=dict)
    is_new: bool = False
    is_child: bool = False
    deleted: bool = False
    read_at: datetime | None = None
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def value(self, code: str) -> Value | NotReceived:
        """Return the value in the shop's store view: its own, else the default, else `NOT_RECEIVED`."""
        own = self.store_view.get(code)
        return own if own is not None else self.default.get(code, NOT_RECEIVED)

    @property
    def status(self) -> Status | Unread:
        """Whether it is enabled in the shop's store view."""
        return read_status(self.value("status"))

    @property
    def visibility(self) -> Visibility | Unread:
        """Where the store shows it."""
        return read_visibility(self.value("visibility"))

    @property
    def is_hidden(self) -> bool:
        """Whether the product is not deleted and Not Visible Individually."""
        return not self.deleted and self.visibility == Visibility.NOT_VISIBLE_INDIVIDUALLY

    @property
    def seen_whole(self) -> bool:
        """Whether a full state of it was received. Before that, parts of it may be known."""
        return DEFAULT_LAYER in self.marks or STORE_VIEW_LAYER in self.marks

    @property
    def attributes(self) -> Mapping[str, Value]:
        """All received attributes, as the shop's store view has them."""
        return {**self.default, **{code: own for code, own in self.store_view.items() if own is not None}}

    @property
    def name(self) -> str:
        """The product's name for sentences; its SKU or entity id where no name was received."""
        value = self.value("name")
        return str(value) if value else (self.sku or f"#{self.entity_id}")
