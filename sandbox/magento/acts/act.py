"""An act on the catalog: a function that changes products in a transaction, and returns what was fired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Any

from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import InvalidChange
from sandbox.magento.events.event import Fired

Changes = Mapping[str, object]
"""Attribute codes and the other keys of `product_changes` -> new values, loosely written."""


@dataclass(frozen=True)
class Change:
    """The products after an act, and the events that it fired, in order."""

    products: tuple[Product, ...]
    fired: tuple[Fired, ...]


Act = Callable[[Connection, str], Change]
"""Takes the open transaction and the time, as Magento's tables write it."""


def with_next_version(product: Product, **changed: Any) -> Product:
    """Return the product with these fields changed, in its next version; its `updated_at` stays."""
    return replace(product, version=product.version + 1, **changed)


def unique_skus(skus: Sequence[str]) -> list[str]:
    """Return the SKUs without repetitions. Raises `InvalidChange` for none."""
    if not skus or isinstance(skus, str):
        raise InvalidChange("skus: at least one product is required, in a list.")
    return list(dict.fromkeys(skus))
