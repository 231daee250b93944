"""Magento's events by their names, and which of them a sender's hooks take by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Event(StrEnum):
    """The events, and the calls that only a plugin sees, under the names in their bodies."""

    PRODUCT_SAVE = "catalog_product_save_after"
    PRODUCT_SAVE_COMMIT = "catalog_product_save_commit_after"
    PRODUCT_SAVE_CONTROLLER = "controller_action_catalog_product_save_entity_after"
    STOCK_ITEM_SAVE = "cataloginventory_stock_item_save_after"
    STOCK_ITEM_SAVE_COMMIT = "cataloginventory_stock_item_save_commit_after"
    SOURCE_ITEMS_SAVE = "plugin.SourceItemsSave"
    APPEND_RESERVATIONS = "plugin.AppendReservations"
    PRODUCT_DELETE_BEFORE = "catalog_product_delete_before"
    PRODUCT_DELETE = "catalog_product_delete_after"
    PRODUCT_DELETE_COMMIT = "catalog_product_delete_commit_after"
    ATTRIBUTE_UPDATE_BEFORE = "catalog_product_attribute_update_before"
    WEBSITE_CHANGE = "catalog_product_to_website_change"
    CATEGORY_CHANGE_PRODUCTS = "catalog_category_change_products"
    CATEGORY_SAVE_COMMIT = "catalog_category_save_commit_after"
    IMPORT_BUNCH_SAVE = "catalog_product_import_bunch_save_after"
    IMPORT_BUNCH_DELETE = "catalog_product_import_bunch_delete_after"
    IMPORT_FINISH_BEFORE = "catalog_product_import_finish_before"
    ORDER_PLACE = "sales_order_place_after"


STOCK_ITEM_EVENTS = frozenset({Event.STOCK_ITEM_SAVE, Event.STOCK_ITEM_SAVE_COMMIT})

USUAL_HOOKS: tuple[Event, ...] = (
    Event.PRODUCT_SAVE_COMMIT,
    Event.STOCK_ITEM_SAVE_COMMIT,
    Event.PRODUCT_DELETE_COMMIT,
    Event.ATTRIBUTE_UPDATE_BEFORE,
    Event.WEBSITE_CHANGE,
)
"""What the usual modules hook. Nothing among them fires for sources, prices by REST, imports, categories and orders."""


@dataclass(frozen=True)
class Fired:
    """One fired event and its body. `in_product_save` marks a stock item's event that a product save fired too."""

    event: Event
    body: Mapping[str, object]
    in_product_save: bool = False


def fired(event: Event, in_product_save: bool = False, /, **fields: object) -> Fired:
    """Return the event with a body that starts with its name."""
    return Fired(event, {"event": event.value, **fields}, in_product_save)


def dispatched(event: Event, **fields: object) -> Fired:
    """Return an event whose module sends all of the event's data: the name stands at the end again."""
    return fired(event, **fields, name=event.value)
