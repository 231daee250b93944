"""Shops and products that are named on the command line; an error for an unknown one lists the existing ones."""

from __future__ import annotations

import getpass
from collections.abc import Collection

from sqlalchemy import Connection

from commands.cli.errors import Failed
from policies.rulebook import Rulebooks
from records.catalog import products
from schemas.product import Product


def author(command: str) -> str:
    """Return the author of a change: the user of this machine, and the command."""
    return f"{getpass.getuser()} ({command})"


def shops_named(keys: Collection[str], key: str | None) -> list[str]:
    """Return the keys that an optional ``--shop`` selects: this shop, or all. Raises `Failed`."""
    if key is None:
        return sorted(keys)
    if key not in keys:
        raise Failed(
            f"There is no shop {key!r}.",
            f"choose one of: {', '.join(sorted(keys)) or 'none yet (m2t apply)'}",
        )
    return [key]


def the_shop(keys: Collection[str], key: str | None) -> str:
    """Return the key of the named shop, or of the only one. Raises `Failed` if there are several."""
    named = shops_named(keys, key)
    if not named:
        raise Failed("There is no shop yet.", "m2t apply FILE.yaml")
    if len(named) > 1:
        raise Failed(f"There are {len(named)} shops.", f"choose one with --shop: {', '.join(named)}")
    return named[0]


def the_product(connection: Connection, rulebooks: Rulebooks, sku: str, key: str | None) -> Product:
    """Return the product of this SKU in the named shop, or in the only one that has it. Raises `Failed`.

    A product that is not deleted takes precedence over a deleted one.
    """
    shops = shops_named(rulebooks.shops, key)
    found = [product for product in products.by_sku(connection, key, sku) if product.shop in shops]
    if not found:
        raise Failed(
            f"There is no product {sku!r}.",
            f"check the SKU and --shop; m2t explain {sku} names SKUs that begin like it, if there are any",
        )
    keys = sorted({product.shop for product in found})
    if len(keys) > 1:
        raise Failed(f"{sku!r} is in {len(keys)} shops.", f"choose one with --shop: {', '.join(keys)}")
    return next((product for product in found if not product.deleted), found[0])
