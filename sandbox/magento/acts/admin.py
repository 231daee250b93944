"""Saves, new products and deletions in Magento Admin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from sqlite3 import Connection

from sandbox.magento.acts.act import Act, Change, Changes, unique_skus
from sandbox.magento.catalog import product_changes, product_rows
from sandbox.magento.catalog.attributes import ATTRIBUTES, Input
from sandbox.magento.catalog.product import Product, SourceItem, Stock
from sandbox.magento.catalog.sources import DEFAULT_SOURCE, check_source
from sandbox.magento.errors import InvalidChange
from sandbox.magento.events import admin_save, other_events, save_order, stock_events
from sandbox.magento.events.event import Fired

NEW: Mapping[str, object] = {"website_ids": []}
"""`getOrigData()` of a product that was never loaded."""


def save(
    sku: str, changes: Changes, *, store_id: int = 0, sources: Mapping[str, SourceItem] | None = None
) -> Act:
    """Save the product's form in a store view, even if nothing changes.

    `sources` are the quantities in the form's table of sources. They are saved last: the product's own events still
    have the old ones.
    """

    def act(connection: Connection, now: str) -> Change:
        before = product_rows.find(connection, sku)
        product = product_changes.after_save(before, changes, store_id=store_id, now=now)
        after = _with_sources(product, sources) if sources else product
        product_rows.save(connection, after)
        return Change((after,), tuple(_saved(product, after, before, store_id)))

    return act


def create(sku: str, changes: Changes) -> Act:
    """Create a simple product; `name` and `price` are required."""

    def act(connection: Connection, now: str) -> Change:
        product = _new(connection, {**changes, "sku": sku}, now)
        product_rows.save(connection, product)
        return Change((product,), tuple(_created(product, admin_save.created(product))))

    return act


def create_configurable(sku: str, changes: Changes, variations: Mapping[str, Changes]) -> Act:
    """Create a configurable with new children, by SKU; what differs among their select attributes is an axis.

    The children are saved first, then the parent. No event of them tells which children the parent has.
    """

    def act(connection: Connection, now: str) -> Change:
        children: list[Product] = []
        events: list[Fired] = []
        for child_sku, values in variations.items():
            child = _new(connection, {**changes, "visibility": "1", **values, "sku": child_sku}, now)
            product_rows.save(connection, child)
            data = admin_save.created_variation(child, is_first=not children)
            events.extend(_created(child, data)[:-2])
            children.append(child)
        parent = as_configurable(_new(connection, {**changes, "sku": sku}, now), children)
        product_rows.save(connection, parent)
        events.extend(_created(parent, admin_save.created(parent)))
        return Change((parent, *children), tuple(events))

    return act


def as_configurable(product: Product, children: Sequence[Product], codes: Collection[str] = ()) -> Product:
    """Return the product as the configurable of these children.

    Its axes are the select attributes in `codes`, or those that differ among the children. Raises `InvalidChange`
    without an axis, and for a child that has no value for one.
    """
    axes = _axes(children, codes)
    if not axes:
        raise InvalidChange("A configurable needs two children that differ in a select attribute.")
    values = {code: value for code, value in product.values.items() if code not in axes}
    return replace(
        product,
        type_id="configurable",
        stock=Stock("0", False, product.stock.manage_stock),
        values=values,
        axes=axes,
        child_ids=tuple(child.entity_id for child in children),
    )


def delete(sku: str) -> Act:
    """Delete the product; a product created later with its SKU gets another entity id."""

    def act(connection: Connection, now: str) -> Change:
        product = product_rows.find(connection, sku)
        product_rows.delete(connection, product)
        return Change((_last(product),), tuple(other_events.deleted(product)))

    return act


def mass_delete(skus: Sequence[str]) -> Act:
    """Delete products from the grid, one after another; each has events of its own."""

    def act(connection: Connection, now: str) -> Change:
        products = [product_rows.find(connection, sku) for sku in unique_skus(skus)]
        for product in products:
            product_rows.delete(connection, product)
        events = [event for product in products for event in other_events.deleted_from_the_grid(product)]
        return Change(tuple(_last(product) for product in products), tuple(events))

    return act


def _last(product: Product) -> Product:
    return replace(product, version=product.version + 1)


def _new(connection: Connection, values: Changes, now: str) -> Product:
    product = product_changes.new_product(product_rows.next_id(connection), values, now=now)
    return replace(product, made_in_admin=True)


def _saved(product: Product, after: Product, before: Product, store_id: int) -> list[Fired]:
    return save_order.by_form(
        product,
        after,
        stock=stock_events.from_form(product),
        data=admin_save.saved(product, before, store_id),
        original=admin_save.original(before, store_id),
        is_new=False,
    )


def _created(product: Product, data: dict[str, object]) -> list[Fired]:
    return save_order.by_form(
        product,
        product,
        stock=stock_events.from_new_form(product),
        data=data,
        original=dict(NEW),
        is_new=True,
    )


def _with_sources(product: Product, sources: Mapping[str, SourceItem]) -> Product:
    for code in sources:
        check_source(code)
    others = {code: item for code, item in sources.items() if code != DEFAULT_SOURCE}
    first = sources.get(DEFAULT_SOURCE)
    stock = replace(product.stock, qty=first.quantity, is_in_stock=first.in_stock) if first else product.stock
    return replace(product, stock=stock, sources={**product.sources, **others})


def _axes(children: Sequence[Product], codes: Collection[str]) -> dict[str, tuple[str, ...]]:
    possible = [
        code
        for code, attribute in ATTRIBUTES.items()
        if attribute.user_defined and attribute.input is Input.SELECT and (not codes or code in codes)
    ]
    used = {code: dict.fromkeys(child.values.get(code) for child in children) for code in possible}
    axes = {
        code: tuple(value for value in values if value is not None)
        for code, values in used.items()
        if codes or len(values) > 1
    }
    if any(len(axes[code]) < len(used[code]) for code in axes):
        raise InvalidChange("Each child of a configurable needs a value for each of its axes.")
    return axes
