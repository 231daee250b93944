"""Which layer of a product each value of an event belongs to: all store views, or the shop's own.

Magento does not say which values a store view has of its own. A save in a store view sends what that view shows, mostly
inherited values. So the attribute's scope decides where a value belongs, and a value that equals the default layer's
counts as inherited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from policies.attribute_changes import is_empty, same, type_of
from policies.events.event_order import is_older, mark_of
from schemas.attributes import (
    IMAGE_ATTRIBUTES,
    NOT_RECEIVED,
    Attributes,
    AttributeScope,
    AttributeType,
    Value,
    scope_of,
)
from schemas.gates import READINGS, Unread, read_websites
from schemas.product import DEFAULT_LAYER, STORE_VIEW_LAYER, Product
from schemas.product_event import EventKind, ProductEvent
from schemas.shop import MagentoConnection

_GATES: Final = frozenset({"status", "visibility"})
_TRUE_OR_FALSE: Final = frozenset({AttributeType.BOOLEAN, None})
"""Types whose value may be false. Of None, the type is not known."""


class SavedIn(Enum):
    """Where an event's values were saved, as seen from the shop's store view."""

    ALL_STORE_VIEWS = "all store views"
    OWN_VIEW = "the shop's store view"
    SAME_WEBSITE = "another store view of the same website"
    OTHER_WEBSITE = "a store view of another website, or of one that is not known"


@dataclass(frozen=True, slots=True)
class Layers:
    """Values by the layer of the product that they belong to. In `store_view`, None means *inherits*.

    `whole` is the layer of which a full state says everything. One that was saved in another store view says of the
    shop's own view only what the website shares: it is None.
    """

    default: Attributes
    store_view: Attributes
    whole: str | None = DEFAULT_LAYER


def saved_in(event: ProductEvent, product: Product, magento: MagentoConnection) -> SavedIn:
    """Return where the event's values were saved.

    Of another store view the settings say whether it belongs to the shop's website. Without that setting it counts as
    one of it if the product is in no other website: Magento Admin shows only the store views of a product's websites.
    """
    if event.store_id == 0:
        return SavedIn.ALL_STORE_VIEWS
    if event.store_id == magento.store_view_id:
        return SavedIn.OWN_VIEW
    if magento.website_view_ids:
        return SavedIn.SAME_WEBSITE if event.store_id in magento.website_view_ids else SavedIn.OTHER_WEBSITE
    reading = read_websites(event.attributes.get("website_ids", product.value("website_ids")))
    websites = frozenset[str]() if isinstance(reading, Unread) else reading
    own = len(websites) <= 1 if magento.website_id is None else websites == {str(magento.website_id)}
    return SavedIn.SAME_WEBSITE if own else SavedIn.OTHER_WEBSITE


def layers_of(
    values: Attributes, where: SavedIn, product: Product, magento: MagentoConnection
) -> Layers | None:
    """Return the values by layer; None where no value is about the shop's store view."""
    if where is SavedIn.ALL_STORE_VIEWS:
        return Layers(values, {})
    types = magento.attribute_types
    default: dict[str, Value] = {}
    own: dict[str, Value] = {}
    price_scope = AttributeScope(magento.price_scope)
    for code, value in values.items():
        scope = scope_of(code, magento.attribute_scopes, price_scope)
        if scope is AttributeScope.GLOBAL:
            # In a store view null or false may mean "inherits", which says nothing about the shared value.
            if not (value is None or (value is False and _is_default(code, product.default, types))):
                default[code] = value
        elif where is SavedIn.OWN_VIEW or (where is SavedIn.SAME_WEBSITE and scope is AttributeScope.WEBSITE):
            own[code] = value
    if magento.store_view_id == 0:
        own = {}
    inherited = {**product.default, **default}
    own = {code: None if _inherits(code, value, inherited, types) else value for code, value in own.items()}
    whole = STORE_VIEW_LAYER if where is SavedIn.OWN_VIEW else None
    return Layers(default, own, whole) if default or own else None


def without_inherited(
    product: Product, before: Product, event: ProductEvent, types: Mapping[str, AttributeType]
) -> Product:
    """Return the product after this event of All Store Views without values of its view that were inherited after all.

    What a save in a view shows is compared with what is known of All Store Views at that time. This event says more
    where nothing was known yet, where it was saved before and arrived later, or where the values that it has from
    before the save are not the known ones. A mass update changes a value without saying what it was: a view that
    showed something else before, most probably showed the old value.
    """
    original = event.original or {}
    inherited: dict[str, Value] = {}
    for code, own in product.store_view.items():
        if own is None or code not in product.default:
            continue
        unknown, late = code not in before.default, _was_shown_later(code, before, event)
        shared = {code: original.get(code, product.default[code])}
        was_lost = code in original and not same(code, original[code], before.default.get(code), types)
        tells = unknown or was_lost or (late and code in event.attributes)
        changed_first = unknown and event.kind is EventKind.ATTRIBUTES_UPDATED and not late
        if changed_first or (tells and _inherits(code, own, shared, types)):
            inherited[code] = None
    return replace(product, store_view={**product.store_view, **inherited}) if inherited else product


def without_outdated(
    layers: Layers, product: Product, event: ProductEvent, types: Mapping[str, AttributeType]
) -> Layers:
    """Return the values of a save in a view without those that the view inherited and that have changed since.

    The save arrived after a newer one of All Store Views, and so it is compared with newer values. Where it has the
    values before the save, it says what was changed in the view; without them, a gate counts as inherited.
    """
    original, mark = event.original or {}, mark_of(event)
    outdated: dict[str, Value] = {}
    for code, value in layers.store_view.items():
        if value is None or code not in product.default or not (code in original or code in _GATES):
            continue
        times = (product.marks.get(code), product.marks.get(DEFAULT_LAYER))
        own = product.store_view.get(code)
        if (
            any(at is not None and is_older(mark, at) for at in times)
            and same(code, value, original.get(code, value), types)
            and (own is None or not same(code, value, own, types))
        ):
            outdated[code] = None
    return replace(layers, store_view={**layers.store_view, **outdated}) if outdated else layers


def _was_shown_later(code: str, before: Product, event: ProductEvent) -> bool:
    """Whether the view's value was received from a save that is newer than this event."""
    mark = before.marks.get(f"{STORE_VIEW_LAYER}{code}") or before.marks.get(STORE_VIEW_LAYER)
    return mark is not None and is_older(mark_of(event), mark)


def _inherits(code: str, value: Value, default: Attributes, types: Mapping[str, AttributeType]) -> bool:
    """Whether a value that was sent for a store view is the default layer's: *Use Default Value* in Magento Admin.

    Magento Admin sends false for that where the attribute holds text, a date or an image, and null elsewhere; earlier
    versions sent false for every attribute.
    """
    if value is None or (value is False and _is_default(code, default, types)):
        return True
    shared = default.get(code, NOT_RECEIVED)
    return shared is not NOT_RECEIVED and not is_empty(shared) and same(code, value, shared, types)


def _is_default(code: str, default: Attributes, types: Mapping[str, AttributeType]) -> bool:
    """Whether false can't be a value of this attribute, so that it means *Use Default Value*."""
    kind = type_of(code, types)
    if code in READINGS:
        return False
    if kind not in _TRUE_OR_FALSE or code in IMAGE_ATTRIBUTES:
        return True
    shared = default.get(code)
    return kind is None and isinstance(shared, str) and not _is_flag(shared)


def _is_flag(text: str) -> bool:
    return text.strip().lower() in ("", "0", "1", "true", "false", "yes", "no")
