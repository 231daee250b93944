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
class SourceItem:
    """The stock of a product at one source. `quantity` is decimal text without trailing zeros."""

    quantity: str
    in_stock: bool


@dataclass(frozen=True)
class Product:
    """A product. Times are UTC as `YYYY-MM-DD HH:MM:SS`; `version` counts its changes and is in no payload.

    `overrides` has the own values of each store view. A configurable has `child_ids` and `axes`: attribute code -> the
    option ids that its children use. `gallery` has the files of the media gallery in order; if it is empty, the gallery
    is the base image. `sources` has the sources besides the default one, whose stock is the stock item; `reserved` is
    what orders have reserved and not shipped. `made_in_admin` tells whose form sends the keys of a new product again.
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
    overrides: Mapping[int, Mapping[str, StoredValue]] = field(default_factory=dict)
    axes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    child_ids: tuple[int, ...] = ()
    gallery: tuple[str, ...] = ()
    sources: Mapping[str, SourceItem] = field(default_factory=dict)
    reserved: str = "0"
    made_in_admin: bool = False

    def value(self, code: str, store_id: int = 0) -> StoredValue:
        """Return the value that the store view shows, inherited if the view has none of its own."""
        override = self.overrides.get(store_id, {}).get(code)
        return override if override is not None else self.values.get(code)

    def resolved(self, store_id: int = 0) -> dict[str, StoredValue]:
        """Return the values that the store view shows, without those that have none, in the order of their ids."""
        values = {code: self.value(code, store_id) for code in ATTRIBUTES}
        return {code: value for code, value in values.items() if value is not None}

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the media gallery, in order."""
        base = self.values.get("image")
        return self.gallery or ((base,) if base else ())

    @property
    def is_configurable(self) -> bool:
        """Whether the product is a configurable, whose price and stock belong to its children."""
        return self.type_id == "configurable"

    def to_json(self) -> str:
        """Serialize the product for the database."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Product:
        """Read what `to_json` wrote, also what an earlier version wrote, whose only view was 1."""
        data: dict[str, Any] = json.loads(text)
        data["stock"] = Stock(**data["stock"])
        data["axes"] = {code: tuple(values) for code, values in data["axes"].items()}
        data["sources"] = {code: SourceItem(**item) for code, item in data.get("sources", {}).items()}
        overrides = data.get("overrides", {})
        if not all(isinstance(values, dict) for values in overrides.values()):
            overrides = {"1": overrides}
        data["overrides"] = {int(view): values for view, values in overrides.items()}
        for name in ("website_ids", "category_ids", "child_ids", "gallery"):
            data[name] = tuple(data.get(name, ()))
        return cls(**data)
