"""A product: the last known state of a Magento product, in two layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from schemas.attributes import NOT_RECEIVED, Attributes, NotReceived, Value


class Visibility(IntEnum):
    """Magento's four visibility values, with Magento's numbers."""

    NOT_VISIBLE_INDIVIDUALLY = 1
    CATALOG = 2
    SEARCH = 3
    CATALOG_AND_SEARCH = 4


class Status(IntEnum):
    """Magento's product status. Disabled is 2, not 0."""

    ENABLED = 1
    DISABLED = 2


@dataclass(frozen=True, slots=True)
class Product:
    """The last known state of a Magento product.

    `default` holds the values of scope 0, `store_view` those of the shop's own view, where None means *inherits*. `id`
    is the id of the product's row, 0 before it is stored.

    The times say how new each part is: `updated_at` (Magento's clock) and `received_at` (ours) of the newest full
    state, `stock_received_at` of the newest stock, `read_at` of the newest read from Magento. `attribute_received_at`
    has the attributes that were received apart from a full state (a mass update) after the newest full state: by
    attribute code for the default layer, by ``view:<code>`` for the shop's own view.
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
    updated_at: datetime | None = None
    received_at: datetime | None = None
    stock_received_at: datetime | None = None
    read_at: datetime | None = None
    attribute_received_at: Mapping[str, datetime] = field(default_factory=dict)

    def value(self, code: str) -> Value | NotReceived:
        """Return the value in the shop's store view: its own, else the default, else `NOT_RECEIVED`."""
        own = self.store_view.get(code)
        return own if own is not None else self.default.get(code, NOT_RECEIVED)

    def number(self, code: str) -> int | None:
        """Return a whole-number attribute (`visibility`, `status`); None where it is missing or not a number."""
        value = self.value(code)
        try:
            return int(value) if not isinstance(value, NotReceived) and value is not None else None
        except (TypeError, ValueError):
            return None

    @property
    def is_hidden(self) -> bool:
        """Whether the product is not deleted and Not Visible Individually. A missing visibility is not 1."""
        return not self.deleted and self.number("visibility") == Visibility.NOT_VISIBLE_INDIVIDUALLY

    @property
    def attributes(self) -> Mapping[str, Value]:
        """All received attributes, as the shop's store view has them."""
        return {**self.default, **{code: own for code, own in self.store_view.items() if own is not None}}

    @property
    def name(self) -> str:
        """The product's name for sentences; its SKU or entity id where no name was received."""
        value = self.value("name")
        return str(value) if value else (self.sku or f"#{self.entity_id}")
