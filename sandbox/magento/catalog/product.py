"""A product of this store, in two layers: the default scope, and what store views override."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.magento.catalog.attribute_values import Stored
from sandbox.magento.catalog.attributes import ATTRIBUTES


@dataclass(frozen=True)
class Stock:
    """The legacy stock item. `qty` is decimal text without trailing zeros."""

    qty: str = "0"
    is_in_stock: bool = False
    manage_stock: bool = True


@dataclass(frozen=True)
class Product:
    """One product. Times are UTC as `YYYY-MM-DD HH:MM:SS`; `version` counts its changes and is in no payload.

    A configurable has `child_ids`, and `axes`: attribute code -> the option ids that its children use. `gallery` holds
    the files of the media gallery in their order; empty is the base image alone.
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
    values: Mapping[str, Stored]
    overrides: Mapping[str, Stored] = field(default_factory=dict)
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    child_ids: tuple[int, ...] = ()
    gallery: tuple[str, ...] = ()

    def value(self, code: str, store_id: int = 0) -> Stored:
        """The value as that store view shows it, inherited where the view has none of its own."""
        own = self.overrides.get(code) if store_id else None
        return own if own is not None else self.values.get(code)

    def told(self, code: str, store_id: int) -> Stored:
        """The value as a save in that scope tells it: in a store view, None where it inherits."""
        if store_id and not ATTRIBUTES[code].is_global:
            return self.overrides.get(code)
        return self.values.get(code)

    @property
    def files(self) -> tuple[str, ...]:
        """The media gallery's files, in their order."""
        base = self.values.get("image")
        return self.gallery or ((base,) if base else ())

    def codes(self) -> list[str]:
        """The attributes that the default scope or a view has told, in the order of their ids."""
        return [code for code in ATTRIBUTES if code in self.values or code in self.overrides]

    def to_json(self) -> str:
        """For the database."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Product:
        """What `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        data["stock"] = Stock(**data["stock"])
        data["axes"] = {code: tuple(values) for code, values in data["axes"].items()}
        for name in ("website_ids", "category_ids", "child_ids", "gallery"):
            data[name] = tuple(data.get(name, ()))
        return cls(**data)
