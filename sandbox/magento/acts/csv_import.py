"""An import of products from a CSV file: Magento writes the tables, and reports the file's rows as they stood there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sqlite3 import Connection

from sandbox.magento.acts.act import Act, Change
from sandbox.magento.catalog import product_changes, product_rows
from sandbox.magento.catalog.attributes import ATTRIBUTE_SETS, ATTRIBUTES, Input
from sandbox.magento.catalog.categories import CATEGORIES, DEFAULT_CATEGORY
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.websites import REST_CODES, WEBSITES
from sandbox.magento.errors import InvalidChange, NoSuchProduct
from sandbox.magento.events import other_events, stock_events

Row = Mapping[str, str | None]
COLUMNS = (
    "sku", "store_view_code", "attribute_set_code", "product_type", "categories", "product_websites", "name",
    "description", "weight", "product_online", "visibility", "price", "special_price", "additional_attributes", "qty",
    "is_in_stock", "website_id",
)  # fmt: skip
"""The columns of a file, in order; a missing one is an empty cell, which Magento reads as null."""
_ATTRIBUTE_COLUMNS = ("name", "description", "weight", "visibility", "price", "special_price")


def append(rows: Sequence[Row]) -> Act:
    """Import rows with "Add/Update", which creates missing products. A row with a store view changes that view."""

    def act(connection: Connection, now: str) -> Change:
        after: dict[str, Product] = {}
        bunch = []
        for row in rows:
            product = _imported(connection, row, now)
            product_rows.save(connection, product)
            is_new = product.version == 1
            bunch.append(_bunch_row(row, product.values.get("url_key") if is_new else None))
            after[product.sku] = product
        stocked = [after[sku] for sku in dict.fromkeys(str(row["sku"]) for row in rows if row.get("qty"))]
        events = (
            other_events.bunch_saved(bunch),
            *([stock_events.sources_saved(stocked)] if stocked else []),
            other_events.import_ended(),
        )
        return Change(tuple(after.values()), events)

    return act


def delete(skus: Sequence[str]) -> Act:
    """Import rows with "Delete": no event of a deletion, but the deleted ids."""

    def act(connection: Connection, now: str) -> Change:
        products = [product_rows.find(connection, sku) for sku in skus]
        bunch = []
        for product in products:
            product_rows.delete(connection, product)
            name = ATTRIBUTE_SETS[product.attribute_set_id]
            bunch.append(
                {
                    "sku": product.sku,
                    "product_type": product.type_id,
                    "attribute_set_code": name,
                    "_attribute_set": name,
                }
            )
        ids = [product.entity_id for product in products]
        return Change(tuple(products), (other_events.bunch_deleted(bunch, ids), other_events.import_ended()))

    return act


def _imported(connection: Connection, row: Row, now: str) -> Product:
    sku = row.get("sku") or ""
    view = REST_CODES.get(row.get("store_view_code") or "all")
    if view is None:
        raise InvalidChange(f"store_view_code: {row.get('store_view_code')!r} does not exist.")
    changes = _changes(row)
    try:
        before = product_rows.find(connection, sku)
    except NoSuchProduct:
        return product_changes.new_product(product_rows.next_id(connection), {**changes, "sku": sku}, now=now)
    return product_changes.after_save(before, changes, store_id=view, now=now)


def _changes(row: Row) -> dict[str, object]:
    changes: dict[str, object] = {code: row[code] for code in _ATTRIBUTE_COLUMNS if row.get(code)}
    changes |= {code: row[code] for code in ("qty", "is_in_stock") if row.get(code)}
    if row.get("product_online"):
        changes["status"] = "1" if row["product_online"] == "1" else "2"
    for code, text in _additional(row).items():
        is_multiple = ATTRIBUTES[code].input is Input.MULTISELECT if code in ATTRIBUTES else False
        changes[code] = text.split("|") if is_multiple else text
    sets = {name: id_ for id_, name in ATTRIBUTE_SETS.items()}
    if row.get("attribute_set_code"):
        changes["attribute_set_id"] = sets.get(str(row["attribute_set_code"]), -1)
    if row.get("product_websites"):
        codes = {website.code: website.id for website in WEBSITES.values()}
        changes["website_ids"] = [codes.get(code, -1) for code in str(row["product_websites"]).split(",")]
    if row.get("categories"):
        changes["category_ids"] = [_category(path) for path in str(row["categories"]).split(",")]
    return changes


def _category(path: str) -> int:
    category = DEFAULT_CATEGORY
    for name in path.split("/")[1:]:
        children = (child for child in CATEGORIES.values() if child.parent_id == category)
        category = next((child.id for child in children if child.name == name), -1)
    return category


def _additional(row: Row) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in (row.get("additional_attributes") or "").split(",") if pair)
    return {code: value for code, _, value in pairs}


def _bunch_row(row: Row, new_url_key: str | None) -> dict[str, object]:
    """Build a row as Magento's import reports it: the cells, then what it made of them."""
    view = row.get("store_view_code")
    cells: dict[str, object] = {name: row.get(name) or None for name in COLUMNS}
    made: dict[str, object] = {
        "_store": view,
        "_attribute_set": row.get("attribute_set_code"),
        "_product_websites": row.get("product_websites"),
        "status": row.get("product_online"),
    }
    for code, text in _additional(row).items():
        is_multiple = ATTRIBUTES[code].input is Input.MULTISELECT
        made[code] = text.split("|") if is_multiple else text
    if new_url_key:
        made["url_key"] = new_url_key
    return {**cells, **made}
