"""Products: found by identity, stored in two layers of attributes.

A product is identified by shop and entity id if an event has named the entity id, else by shop and SKU. When an event
names both and there is a row for each, the two rows are merged in the same transaction. SKUs compare as Magento's do:
letter case and trailing blanks do not count (`schemas.product.sku_key`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, select, update

from records.catalog import listings, sync_queue
from records.catalog.tables import baselines, children, listing_parts, product_layers, products
from records.catalog.tables import listings as listings_table
from records.db.statements import by_shop, chunks, values
from records.log.tables import activity, events, feeds, outcomes
from schemas.listing import Listing
from schemas.product import DEFAULT_LAYER, Product, sku_key

_COLUMNS = (
    "entity_id",
    "sku",
    "is_new",
    "deleted",
    "read_at",
    "marks",
)


class ProductKey(NamedTuple):
    """A product's identity as an event names it."""

    shop: str
    entity_id: str | None
    sku: str | None


class _Identity(NamedTuple):
    """The identifying columns of a row of `products`."""

    id: int
    shop: str
    entity_id: str | None
    sku: str | None
    deleted: bool


_IDENTITY = [products.c[name] for name in _Identity._fields]
_BY_ENTITY_ID, _BY_SKU = (
    select(*_IDENTITY).where(products.c.shop == bindparam("of_shop"), identity.in_(values("keys")))
    for identity in (products.c.entity_id, products.c.sku_key)
)
_LOCK = (
    select(*_IDENTITY)
    .where(products.c.id.in_(values("ids")))
    .order_by(products.c.id)
    .with_for_update(key_share=True)
)
_IS_CHILD = exists().where(
    children.c.shop == products.c.shop, children.c.child_entity_id == products.c.entity_id
)
_WHOLE = (
    select(
        products,
        product_layers.c.default_layer,
        product_layers.c.store_view_layer,
        _IS_CHILD.label("is_child"),
    )
    .join(product_layers, product_layers.c.product_id == products.c.id)
    .where(products.c.id.in_(values("ids")))
)
_SAVE = (
    update(products)
    .where(products.c.id == bindparam("row"))
    .values(
        {
            **{name: bindparam(f"new_{name}") for name in (*_COLUMNS, "sku_key", "hidden")},
            "needs_reading": and_(products.c.needs_reading, bindparam("not_saved_since")),
        }
    )
)
_SAVE_LAYERS = (
    update(product_layers)
    .where(product_layers.c.product_id == bindparam("row"))
    .values(default_layer=bindparam("default"), store_view_layer=bindparam("view"))
)


def locate(connection: Connection, keys: Iterable[ProductKey]) -> dict[ProductKey, Product]:
    """Return the product of each key, and lock their rows; create product and listing for a key without a product.

    Keys that name the same product share its row. A key with a SKU alone means the newest product of that SKU that is
    not deleted; a key with an entity id takes over the row that had only its SKU.
    """
    wanted = list(dict.fromkeys(keys))
    found_rows = _rows(connection, wanted)
    if connection.dialect.name != "sqlite":
        found_rows = _lock(connection, [row.id for row in found_rows])
    rows = _LocatedRows(found_rows)
    for key in wanted:
        value, by_sku = rows.entity(key), rows.unnamed(key)
        if value is None and key.entity_id is None:
            value = rows.newest(key)
        if value is not None and by_sku is not None and value.id != by_sku.id:
            _merge(connection, value.id, by_sku.id)
            rows.drop(by_sku)
        elif value is None and by_sku is None:
            rows.add(_insert(connection, key))
        elif value is None and by_sku is not None and key.entity_id is not None:
            connection.execute(
                update(products).where(products.c.id == by_sku.id).values(entity_id=key.entity_id)
            )
            rows.name(by_sku, key.entity_id)
    found = {key: rows.find(key).id for key in wanted}
    loaded = load(connection, set(found.values()))
    return {key: loaded[product_id] for key, product_id in found.items()}


def find(connection: Connection, keys: Iterable[ProductKey]) -> dict[ProductKey, Product]:
    """Return the product that `locate` would return for each key that has one. Writes nothing."""
    wanted = list(dict.fromkeys(keys))
    rows = _LocatedRows(_rows(connection, wanted))
    found: dict[ProductKey, int] = {}
    for key in wanted:
        row = rows.entity(key) or (rows.newest(key) if key.entity_id is None else rows.unnamed(key))
        if row is not None:
            found[key] = row.id
    loaded = load(connection, set(found.values()))
    return {key: loaded[product_id] for key, product_id in found.items()}


def load(connection: Connection, product_ids: Collection[int]) -> dict[int, Product]:
    """Return these products by id; those that do not exist are left out."""
    loaded: dict[int, Product] = {}
    for chunk in chunks(sorted(product_ids)):
        for row in connection.execute(_WHOLE, {"ids": chunk}).all():
            loaded[row.id] = Product(
                shop=row.shop,
                id=row.id,
                default=row.default_layer,
                store_view=row.store_view_layer,
                is_child=row.is_child,
                **{name: getattr(row, name) for name in _COLUMNS},
            )
    return loaded


def by_sku(connection: Connection, shop: str | None, sku: str) -> list[Product]:
    """Return the products of this SKU in the shop (None: in every shop), newest first."""
    query = select(products.c.id).where(products.c.sku_key == sku_key(sku)).order_by(products.c.id.desc())
    if shop is not None:
        query = query.where(products.c.shop == shop)
    ids = list(connection.execute(query).scalars())
    loaded = load(connection, ids)
    return [loaded[product_id] for product_id in ids]


def save(connection: Connection, changed: Sequence[Product]) -> None:
    """Store these products with all their columns and attributes."""
    save_rows(connection, changed)
    save_layers(connection, changed)


def save_rows(connection: Connection, changed: Sequence[Product]) -> None:
    """Store everything of these products but their attributes, and whether they are Not Visible Individually."""
    if changed:
        connection.execute(
            _SAVE,
            [
                {
                    "row": product.id,
                    "new_hidden": product.is_hidden,
                    "new_sku_key": _sku_key(product.sku),
                    "not_saved_since": _not_saved_since_upgrade(product),
                    **{f"new_{name}": getattr(product, name) for name in _COLUMNS},
                }
                for product in changed
            ],
        )


def save_layers(connection: Connection, changed: Sequence[Product]) -> None:
    """Store the attributes of these products, both layers."""
    if changed:
        connection.execute(
            _SAVE_LAYERS,
            [
                {"row": product.id, "default": dict(product.default), "view": dict(product.store_view)}
                for product in changed
            ],
        )


def forget_store_view(connection: Connection, shop: str) -> None:
    """Forget the values that the shop's products have of their own in its store view: it follows another one now."""
    of_shop = select(products.c.id).where(products.c.shop == shop)
    connection.execute(
        update(product_layers).where(product_layers.c.product_id.in_(of_shop)).values(store_view_layer={})
    )


def settle_novelty(connection: Connection, product_ids: Collection[int]) -> None:
    """Record that these products are no longer new, because their first audit has passed."""
    if product_ids:
        connection.execute(update(products).where(products.c.id.in_(product_ids)).values(is_new=False))


def save_children(connection: Connection, shop: str, parent: str, child_ids: Collection[str]) -> None:
    """Store the children of a configurable product, all given by entity id, in place of its earlier children."""
    of_parent = (children.c.shop == shop) & (children.c.parent_entity_id == parent)
    stored = set(connection.execute(select(children.c.child_entity_id).where(of_parent)).scalars())
    # Every save of a configurable names its children, and few saves change them, so most write nothing here.
    if gone := stored - set(child_ids):
        connection.execute(delete(children).where(of_parent & children.c.child_entity_id.in_(gone)))
    if new := set(child_ids) - stored:
        connection.execute(
            insert(children),
            [{"shop": shop, "parent_entity_id": parent, "child_entity_id": child} for child in sorted(new)],
        )


def _rows(connection: Connection, keys: Sequence[ProductKey]) -> list[_Identity]:
    named = [(key.shop, key.entity_id) for key in keys if key.entity_id is not None]
    skus = [(key.shop, sku_key(key.sku)) for key in keys if key.sku is not None]
    found: dict[int, _Identity] = {}
    for query, item in ((_BY_ENTITY_ID, named), (_BY_SKU, skus)):
        for parameters in by_shop(item):
            found.update({row.id: _Identity(*row) for row in connection.execute(query, parameters).all()})
    return list(found.values())


def lock(connection: Connection, product_ids: Collection[int]) -> None:
    """Lock the rows of these products until the transaction ends.

    Every transaction that writes a product, its listing, baseline or queue row begins with this lock, so no two of them
    deadlock. SQLite needs no lock: it has one writer at a time.
    """
    if connection.dialect.name != "sqlite":
        _lock(connection, product_ids)


def _lock(connection: Connection, product_ids: Collection[int]) -> list[_Identity]:
    """Lock in the order of ids, against deadlocks; return the rows as they are after locking."""
    return [
        _Identity(*row)
        for chunk in chunks(sorted(product_ids))
        for row in connection.execute(_LOCK, {"ids": chunk})
    ]


def _insert(connection: Connection, key: ProductKey) -> _Identity:
    row = _Identity(
        *connection.execute(
            insert(products)
            .values(
                shop=key.shop,
                entity_id=key.entity_id,
                sku=key.sku,
                sku_key=_sku_key(key.sku),
                is_new=False,
                deleted=False,
            )
            .returning(*_IDENTITY)
        ).one()
    )
    connection.execute(
        insert(product_layers).values(product_id=row.id, default_layer={}, store_view_layer={})
    )
    listings.insert_bare(connection, row.id, key.shop)
    return row


def _merge(connection: Connection, keeper: int, other: int) -> None:
    """Merge two rows of one product into `keeper`.

    Attributes that are missing in `keeper` come from the other row. The listing that got further on TikTok survives.
    """
    both = load(connection, [keeper, other])
    kept, gone = both[keeper], both[other]
    stored = listings.load(connection, [keeper, other])
    if _on_tiktok(stored[other]) > _on_tiktok(stored[keeper]):
        for table in (listings_table, listing_parts, baselines):
            connection.execute(delete(table).where(table.c.product_id == keeper))
            connection.execute(update(table).where(table.c.product_id == other).values(product_id=keeper))
    save(
        connection,
        [
            replace(
                kept,
                default={**gone.default, **kept.default},
                store_view={**gone.store_view, **kept.store_view},
                is_new=kept.is_new or gone.is_new,
                read_at=_newest(kept.read_at, gone.read_at),
                marks={**gone.marks, **kept.marks},
            )
        ],
    )
    sync_queue.merge(connection, keeper, other, other_on_tiktok=_on_tiktok(stored[other]) > 0)
    for table in (events, activity, feeds, outcomes):
        connection.execute(update(table).where(table.c.product_id == other).values(product_id=keeper))
    connection.execute(delete(products).where(products.c.id == other))


def _on_tiktok(listing: Listing) -> int:
    """Return 2 for a listing with a TikTok id, 1 for one whose create was sent, else 0."""
    return 2 if listing.tiktok_product_id is not None else int(listing.create_attempt is not None)


def _newest(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((time for time in (first, second) if time is not None), default=None)


def _not_saved_since_upgrade(product: Product) -> bool:
    """Whether no full state of All Store Views was received since: marks that the migration made have no partition."""
    mark = product.marks.get(DEFAULT_LAYER)
    return mark is None or mark.partition is None


def _sku_key(sku: str | None) -> str | None:
    return None if sku is None else sku_key(sku)


class _LocatedRows:
    """The rows that were found or created for the keys, by entity id and by SKU."""

    def __init__(self, rows: Sequence[_Identity]) -> None:
        self._by_entity: dict[tuple[str, str], _Identity] = {}
        self._by_sku: dict[tuple[str, str], list[_Identity]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: _Identity) -> None:
        if row.entity_id is not None:
            self._by_entity[row.shop, row.entity_id] = row
        if row.sku is not None:
            self._by_sku.setdefault((row.shop, sku_key(row.sku)), []).append(row)

    def drop(self, row: _Identity) -> None:
        if row.sku is None:
            return
        place = row.shop, sku_key(row.sku)
        self._by_sku[place] = [identity for identity in self._by_sku[place] if identity.id != row.id]

    def name(self, row: _Identity, entity_id: str) -> None:
        self.drop(row)
        self.add(row._replace(entity_id=entity_id))

    def entity(self, key: ProductKey) -> _Identity | None:
        return self._by_entity.get((key.shop, key.entity_id)) if key.entity_id is not None else None

    def unnamed(self, key: ProductKey) -> _Identity | None:
        """Return the row that has this key's SKU and no entity id."""
        return next((row for row in self._of_sku(key) if row.entity_id is None), None)

    def newest(self, key: ProductKey) -> _Identity | None:
        """Return the newest row of this key's SKU that is not deleted.

        Of rows that an earlier version kept apart by letter case, the one that is written the same comes first.
        """
        return max(
            self._of_sku(key),
            key=lambda row: (not row.deleted, row.sku == key.sku, row.entity_id is not None, row.id),
            default=None,
        )

    def _of_sku(self, key: ProductKey) -> list[_Identity]:
        return self._by_sku.get((key.shop, sku_key(key.sku)), []) if key.sku is not None else []

    def find(self, key: ProductKey) -> _Identity:
        """Return the row of a key, which is there by now. Raises `LookupError`."""
        found = self.newest(key) if key.entity_id is None else self.entity(key)
        if found is None:
            raise LookupError(f"no product row for {key}")
        return found
