"""when each value of a product was received, in place of four times; and values in the layer where they belong

Version 0.1.0 stored what a save in a store view showed as values of that view's own, though most of them were inherited
or belong to all store views: later saves at All Store Views never arrived. Such values leave the view's layer here.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json, Moment, Moments

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PAGE = 1000
STORE = re.compile(r'\{(?:"entity_id":"[^"]*",)?(?:"sku":"(?:[^"\\]|\\.)*",)?"store_id":([0-9]+)')
STOCK = frozenset({"quantity", "stock_status", "manage_stock", "salable_quantity", "source_items"})
GLOBAL = STOCK | {
    "attribute_set_id",
    "category_ids",
    "color",
    "created_at",
    "gift_message_available",
    "has_options",
    "manufacturer",
    "media_gallery",
    "required_options",
    "sku",
    "sku_type",
    "type_id",
    "website_ids",
    "weight",
    "weight_type",
}
PRICES = frozenset({"cost", "minimal_price", "msrp", "price", "special_price", "tier_price"})
PRODUCTS = sa.table(
    "products",
    sa.column("id"),
    sa.column("shop"),
    sa.column("updated_at", Moment()),
    sa.column("received_at", Moment()),
    sa.column("stock_received_at", Moment()),
    sa.column("told_at", Moments()),
    sa.column("marks", Json()),
    sa.column("needs_reading", sa.Boolean()),
)
LAYERS = sa.table(
    "product_layers",
    sa.column("product_id"),
    sa.column("default_layer", Json()),
    sa.column("store_view_layer", Json()),
)
SHOPS = sa.table("shops", sa.column("key"), sa.column("document", Json()))
FEEDS = sa.table("feeds", sa.column("product_id"), sa.column("direction"), sa.column("request"))


def upgrade() -> None:
    op.add_column("products", sa.Column("marks", sa.LargeBinary(), nullable=True))
    op.add_column(
        "products",
        sa.Column("needs_reading", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    connection, last = op.get_bind(), 0
    shops = {row.key: row.document.get("magento", {}) for row in connection.execute(sa.select(SHOPS))}
    query = sa.select(PRODUCTS, LAYERS.c.default_layer, LAYERS.c.store_view_layer).join(
        LAYERS, LAYERS.c.product_id == PRODUCTS.c.id
    )
    store = (
        sa.update(PRODUCTS)
        .where(PRODUCTS.c.id == sa.bindparam("row"))
        .values(marks=sa.bindparam("new", type_=Json()), needs_reading=sa.bindparam("uncertain"))
    )
    store_layers = (
        sa.update(LAYERS)
        .where(LAYERS.c.product_id == sa.bindparam("row"))
        .values(
            default_layer=sa.bindparam("default", type_=Json()),
            store_view_layer=sa.bindparam("view", type_=Json()),
        )
    )
    while True:
        rows = connection.execute(query.where(PRODUCTS.c.id > last).order_by(PRODUCTS.c.id).limit(PAGE)).all()
        if not rows:
            break
        marks, layers = [], []
        for row in rows:
            magento = shops.get(row.shop, {})
            uncertain = False
            if row.store_view_layer:
                default, view, uncertain = mended(row.default_layer, row.store_view_layer, magento)
                if view and was_another_view(connection, row.id, magento):
                    view, uncertain = {}, True
                layers.append({"row": row.id, "default": default, "view": view})
            marks.append({"row": row.id, "new": marks_of(row) or None, "uncertain": uncertain})
        connection.execute(store, marks)
        if layers:
            connection.execute(store_layers, layers)
        last = rows[-1].id
    for name in ("updated_at", "received_at", "stock_received_at", "told_at"):
        op.drop_column("products", name)


def downgrade() -> None:
    for name, kind in (
        ("updated_at", Moment()),
        ("received_at", Moment()),
        ("stock_received_at", Moment()),
        ("told_at", Moments()),
    ):
        op.add_column("products", sa.Column(name, kind, nullable=True))
    connection, last = op.get_bind(), 0
    store = (
        sa.update(PRODUCTS)
        .where(PRODUCTS.c.id == sa.bindparam("row"))
        .values(
            updated_at=sa.bindparam("updated", type_=Moment()),
            received_at=sa.bindparam("received", type_=Moment()),
            stock_received_at=sa.bindparam("stock", type_=Moment()),
            told_at=sa.bindparam("apart", type_=Moments()),
        )
    )
    while True:
        query = sa.select(PRODUCTS.c.id, PRODUCTS.c.marks).where(PRODUCTS.c.id > last)
        rows = connection.execute(query.order_by(PRODUCTS.c.id).limit(PAGE)).all()
        if not rows:
            break
        connection.execute(store, [times_of(row.id, row.marks or {}) for row in rows])
        last = rows[-1].id
    op.drop_column("products", "marks")
    op.drop_column("products", "needs_reading")


def marks_of(row: Any) -> dict[str, list[object]]:
    """The marks of a product: of each layer as a whole, and of what was received apart from it."""
    marks: dict[str, list[object]] = {}
    if row.received_at is not None:
        updated = row.updated_at.isoformat() if row.updated_at is not None else None
        marks[""] = [row.received_at.isoformat(), updated, None]
        if row.store_view_layer:
            marks["view:"] = marks[""]
    if row.stock_received_at is not None:
        stock = STOCK & row.default_layer.keys()
        marks |= {code: [row.stock_received_at.isoformat(), None, None] for code in sorted(stock)}
    return marks | {code: [at.isoformat(), None, None] for code, at in row.told_at.items()}


def times_of(row: int, marks: Mapping[str, list[Any]]) -> dict[str, object]:
    """The four times of version 0.1.0."""
    received, updated, _ = marks.get("", (None, None, None))
    stock = [at for code, (at, *_) in marks.items() if code in STOCK]
    return {
        "row": row,
        "received": moment(received),
        "updated": moment(updated),
        "stock": moment(max(stock, default=None)),
        "apart": {
            code: datetime.fromisoformat(at)
            for code, (at, *_) in marks.items()
            if code not in STOCK and code not in ("", "view:")
        },
    }


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def mended(
    default: dict[str, object], view: dict[str, object], magento: Mapping[str, Any]
) -> tuple[dict[str, object], dict[str, object], bool]:
    """Both layers with each value where it belongs, and whether a value of all store views stays uncertain."""
    shared = GLOBAL | (PRICES if magento.get("price_scope", "global") == "global" else frozenset())
    moved = {code: value for code, value in view.items() if code in shared and value is not None}
    own = {
        code: value
        for code, value in view.items()
        if code not in shared
        and value is not None
        and value is not False
        and not same(value, default.get(code))
    }
    # Which of two different values is newer is not known. Most often a later save of all store views was shadowed.
    uncertain = any(code in default and not same(value, default[code]) for code, value in moved.items())
    return {**moved, **default}, own, uncertain


def same(first: object, second: object) -> bool:
    if isinstance(first, list) and isinstance(second, list):
        return sorted(map(str, first)) == sorted(map(str, second))
    if isinstance(first, bool | int | float | str) and isinstance(second, bool | int | float | str):
        texts = [str(int(value)) if isinstance(value, bool) else str(value) for value in (first, second)]
        try:
            return Decimal(texts[0]) == Decimal(texts[1])
        except InvalidOperation:
            return texts[0] == texts[1]
    return first == second


def was_another_view(connection: sa.Connection, product_id: int, magento: Mapping[str, Any]) -> bool:
    """Whether the feed log has saves of this product in store views, and none in the one that the shop follows now."""
    query = sa.select(FEEDS.c.request).where(FEEDS.c.product_id == product_id, FEEDS.c.direction == "in")
    views = set()
    for request in connection.execute(query).scalars():
        views |= stores_in(request)
    views -= {"0"}
    return bool(views) and str(magento.get("store_view_id", 1)) not in views


def stores_in(request: str | None) -> set[str]:
    """The store view that a product event of version 0.1.0 names; its value may be cut off after that."""
    found = STORE.match(request or "")
    return {found[1]} if found else set()
