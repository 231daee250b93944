"""Products in the database."""

from __future__ import annotations

from collections.abc import Iterable
from sqlite3 import Connection

from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import NoSuchProduct, SkuTaken


def find(connection: Connection, sku: str) -> Product:
    """Return the product with this SKU. Raises `NoSuchProduct`."""
    row = connection.execute("SELECT body FROM products WHERE sku = ?", (sku,)).fetchone()
    if row is None:
        raise NoSuchProduct(sku)
    return Product.from_json(row["body"])


def find_by_sku_or_id(connection: Connection, key: str) -> Product:
    """Return the product with this SKU, or else with this entity id. Raises `NoSuchProduct`."""
    row = connection.execute(
        "SELECT body FROM products WHERE sku = :key OR CAST(entity_id AS TEXT) = :key"
        " ORDER BY sku = :key DESC LIMIT 1",
        {"key": key},
    ).fetchone()
    if row is None:
        raise NoSuchProduct(key)
    return Product.from_json(row["body"])


def find_all(connection: Connection) -> list[Product]:
    """Return all products, by entity id."""
    return [
        Product.from_json(row["body"])
        for row in connection.execute("SELECT body FROM products ORDER BY entity_id")
    ]


def find_by_ids(connection: Connection, ids: Iterable[int]) -> list[Product]:
    """Return the existing products among these entity ids, in the order given."""
    rows = [
        connection.execute("SELECT body FROM products WHERE entity_id = ?", (entity_id,)).fetchone()
        for entity_id in ids
    ]
    return [Product.from_json(row["body"]) for row in rows if row is not None]


def next_id(connection: Connection) -> int:
    """Return an entity id that no product ever had."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'products'").fetchone()
    return 1 if row is None else int(row["seq"]) + 1


def save(connection: Connection, product: Product) -> None:
    """Insert or update the product. Raises `SkuTaken` if another product has its SKU."""
    row = connection.execute("SELECT entity_id FROM products WHERE sku = ?", (product.sku,)).fetchone()
    if row is not None and row["entity_id"] != product.entity_id:
        raise SkuTaken(product.sku)
    connection.execute(
        "INSERT INTO products (entity_id, sku, body) VALUES (?, ?, ?)"
        " ON CONFLICT (entity_id) DO UPDATE SET sku = excluded.sku, body = excluded.body",
        (product.entity_id, product.sku, product.to_json()),
    )


def delete(connection: Connection, product: Product) -> None:
    """Delete the product; its entity id is never used again."""
    connection.execute("DELETE FROM products WHERE entity_id = ?", (product.entity_id,))
