"""A product in two layers: the default scope, and the values that store views override."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.magento.catalog.attribute_values import StoredValue
from sandbox.magento.catalog.attributes import ATTRIBUTES


@dataclass(frozen=True)
class Stock:
    """The legacy stock item. `qty` is decimal text without trailing zeros."""

    qty: str = "0"
    is_in_stock: bool = False
    manage_stock: bool = True


@dataclass(frozen=True)
class Product:
    """A product. Times are UTC as `YYYY-MM-DD HH:MM:SS`; `version` counts its changes and is in no payload.

    A configurable has `child_ids` and `axes`: attribute code -> the option ids that its children use. `gallery` has the
    files of the media gallery in order; if it is empty, the gallery is the base image.
    """

    entity_id: int
    sku: str
    type_id: str
    attribute_set_id: int
    created_at: str
    updated_at: str
    version: int
    website_ids: tuple[int, ...]
    category_ids: tuple[int, ...]
    stock: Stock
    values: Mapping[str, StoredValue]
    overrides: Mapping[str, StoredValue] = field(default_factory=dict)
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    child_ids: tuple[int, ...] = ()
    gallery: tuple[str, ...] = ()

    def value(self, code: str, store_id: int = 0) -> StoredValue:
        """Return the value that the store view shows, inherited if the view has none of its own."""
        override = self.overrides.get(code) if store_id else None
        return override if override is not None else self.values.get(code)

    def scope_value(self, code: str, store_id: int) -> StoredValue:
        """Return the value as a save in that scope sends it: in a store view, None if it is inherited."""
        if store_id and not ATTRIBUTES[code].is_global:
            return self.overrides.get(code)
        return self.values.get(code)

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the media gallery, in order."""
        base = self.values.get("image")
        return self.gallery or ((base,) if base else ())

    def codes(self) -> list[str]:
        """Return the attribute codes with a value in the default scope or a view, in the order of their ids."""
        return [code for code in ATTRIBUTES if code in self.values or code in self.overrides]

    def to_json(self) -> str:
        """Serialize the product for the database."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Product:
        """Read what `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["stock"] = Stock(**data["stock"])
        data["axes"] = {code: tuple(values) for code, values in data["axes"].items()}
        for name in ("website_ids", "category_ids", "child_ids", "gallery"):
            data[name] = tuple(data.get(name, ()))
        return cls(**data)
