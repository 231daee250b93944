"""What a person names on the command line: a shop, a product; what is not known comes back with those that are."""

from __future__ import annotations

import getpass
from collections.abc import Collection

from sqlalchemy import Connection

from commands.cli.errors import Failed
from policies.rulebook import Rulebooks
from records.catalog import products
from schemas.product import Product


def author(command: str) -> str:
    """Who does it, and by which command: for versions, and for what a person asked."""
    return f"{getpass.getuser()} ({command})"


def shops_named(known: Collection[str], key: str | None) -> list[str]:
    """The shops that an optional ``--shop`` means: that one, else all."""
    if key is None:
        return sorted(known)
    if key not in known:
        raise Failed(
            f"There is no shop {key!r}.",
            f"choose one of: {', '.join(sorted(known)) or 'none yet (m2t apply)'}",
        )
    return [key]


def the_shop(known: Collection[str], key: str | None) -> str:
    """The one shop that is meant: the named one, else the only one."""
    named = shops_named(known, key)
    if not named:
        raise Failed("There is no shop yet.", "m2t apply FILE.yaml")
    if len(named) > 1:
        raise Failed(f"There are {len(named)} shops.", f"choose one with --shop: {', '.join(named)}")
    return named[0]


def the_product(connection: Connection, rulebooks: Rulebooks, sku: str, key: str | None) -> Product:
    """The product of this SKU, in the named shop or in the only one that knows it; one that is not deleted first."""
    shops = shops_named(rulebooks.shops, key)
    found = [one for one in products.by_sku(connection, key, sku) if one.shop in shops]
    if not found:
        raise Failed(
            f"No product {sku!r} is known.", f"check the SKU and --shop; m2t explain {sku} names near ones"
        )
    holding = sorted({one.shop for one in found})
    if len(holding) > 1:
        raise Failed(f"{sku!r} is in {len(holding)} shops.", f"choose one with --shop: {', '.join(holding)}")
    return next((one for one in found if not one.deleted), found[0])
