"""Read the rows of a CSV import (*System > Import* in Magento Admin), which Magento's import events contain.

A row has what the file says, not what Magento stored: labels instead of option ids, codes instead of ids of websites,
store views and attribute sets, file names instead of images. So a row is an update of the attributes that can be read,
and never a whole product: an imported product is uploaded after its first save, or after it is read from Magento.
Rows of a single store view are left out, because they name it by a code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from magento.payloads import product_identity
from magento.payloads.stock import read_stock, says_something
from schemas.attributes import Attributes, Value
from schemas.gates import Unread, read_visibility

ROWS: Final = "bunch"

_COLUMNS: Final[Mapping[str, str]] = {
    "name": "name",
    "description": "description",
    "short_description": "short_description",
    "price": "price",
    "special_price": "special_price",
    "special_price_from_date": "special_from_date",
    "special_price_to_date": "special_to_date",
    "weight": "weight",
    "product_online": "status",
    "visibility": "visibility",
    "product_type": "type_id",
}
"""Column of the file -> attribute code."""
_STOCK_COLUMNS: Final = (
    "qty",
    "is_in_stock",
    "manage_stock",
    "use_config_manage_stock",
    "use_config_min_qty",
)
_THRESHOLD: Final = "out_of_stock_qty"
_EMPTY: Final = "__EMPTY__VALUE__"
"""With this text an import empties a value; an empty cell leaves it as it is."""


def imported_rows(event: Mapping[str, object]) -> Iterator[tuple[str, Attributes]]:
    """Yield the SKU and the attributes of each row for all store views that says something. Raises `NotAProduct`."""
    for row in _rows(event.get(ROWS)):
        sku = product_identity.sku(row)
        if sku is None or says_something(row.get("store_view_code")):
            continue
        found = dict(_values(row)) | _stock(row)
        if found:
            yield sku, found


def deleted_rows(event: Mapping[str, object]) -> Iterator[tuple[str | None, str | None]]:
    """Yield the entity id and the SKU of each product that an import deleted. Raises `NotAProduct`.

    Magento sends the ids of the deleted products, in the order of the rows; rows that it did not accept have none.
    """
    rows = [row for row in _rows(event.get(ROWS)) if says_something(row.get("sku"))]
    ids = event.get("ids_to_delete")
    listed = list(ids.values()) if isinstance(ids, dict) else ids if isinstance(ids, list) else []
    entity_ids = [product_identity.parse_entity_id("ids_to_delete", value) for value in listed]
    skus = [product_identity.sku(row) for row in rows]
    if len(skus) == len(entity_ids):
        yield from zip(entity_ids, skus, strict=True)
    else:
        yield from ((entity_id, None) for entity_id in entity_ids)


def _values(row: Mapping[str, object]) -> Iterator[tuple[str, Value]]:
    for column, code in _COLUMNS.items():
        value = row.get(column)
        if code == "status":
            value = next(filter(says_something, (row.get(code), value)), None)
        if value == _EMPTY:
            yield code, None
        elif says_something(value):
            yield code, _NUMBERS[code](value) if code in _NUMBERS else value


def _number_of(label: object) -> Value:
    """Return the number of a visibility, as products have it. A label that is not understood holds the product."""
    visibility = read_visibility(label)
    return label if isinstance(visibility, Unread) else str(int(visibility))


def _status(value: object) -> Value:
    """Return the number of a status: an import enables a product by 1 or *yes*, and any other word disables it.

    So does Magento's *Import\\Product::customFieldsMapping*, which adds the result to the row as `status`.
    """
    return "1" if str(value).strip() == "yes" or str(value).strip().partition(".")[0] == "1" else "2"


_NUMBERS: Final[Mapping[str, Callable[[object], Value]]] = {"status": _status, "visibility": _number_of}


def _stock(row: Mapping[str, object]) -> dict[str, Value]:
    columns = {column: row.get(column) for column in _STOCK_COLUMNS}
    return read_stock({**columns, "min_qty": row.get(_THRESHOLD)}, {}, stock_item_counts=False)


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (row for row in rows if isinstance(row, dict))
