"""Apply an event to the last known state of its product. An older value never overwrites a newer one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from policies.attribute_changes import is_noise, members
from policies.events.event_order import is_older, mark_of
from policies.events.layers import Layers
from policies.template_policies.inventory import merged_sources
from schemas.attributes import Attributes, NotReceived, Value
from schemas.product import DEFAULT_LAYER, STORE_VIEW_LAYER, Mark, Product, sku_key
from schemas.product_event import EventKind, ProductEvent

# Noise to the comparison, but `is_new` judges by it.
_STORED_NOISE: Final = frozenset({"created_at"})
_OF_EVERY_FULL_STATE: Final = frozenset({"type_id", "attribute_set_id"})


@dataclass(frozen=True, slots=True)
class AppliedEvent:
    """The product after an event. `is_stale` is whether the event brought nothing: every value was older."""

    product: Product
    is_stale: bool


def values_of(event: ProductEvent, product: Product) -> Attributes:
    """Return the event's values without noise. Changes of websites and sources are applied to the stored ones."""
    found = {
        code: value for code, value in event.attributes.items() if code in _STORED_NOISE or not is_noise(code)
    }
    if "source_items" in found:
        found["source_items"] = merged_sources(product.value("source_items"), found["source_items"])
    return _with_websites(product, found)


def apply_event(product: Product, event: ProductEvent, layers: Layers) -> AppliedEvent:
    """Return the product after the event, whose values belong to these layers.

    A value is taken where nothing newer is known of the same attribute in the same layer. Identity, and whether the
    product was deleted, do not depend on the order.
    """
    mark = mark_of(event)
    default = _newer(layers.default, product.default, product.marks, DEFAULT_LAYER, mark)
    store_view = _newer(layers.store_view, product.store_view, product.marks, STORE_VIEW_LAYER, mark)
    deleted = event.kind is EventKind.DELETED
    is_stale = not (default or store_view or deleted) and bool(layers.default or layers.store_view)
    if is_stale:
        return AppliedEvent(_identified(product, event), is_stale=True)
    marks = _marked(product, event, mark, Layers(default, store_view, layers.whole))
    return AppliedEvent(
        replace(
            product,
            entity_id=event.entity_id or product.entity_id,
            sku=_sku(product, event),
            default=_over(product.default, default),
            store_view=_over(product.store_view, store_view),
            deleted=product.deleted or deleted,
            marks=marks,
        ),
        is_stale=False,
    )


def fill_in(product: Product, event: ProductEvent, layers: Layers) -> Product:
    """Return the product with what the event says of attributes that were never received.

    It is for an event that is older than the whole product: a product that was deleted, or read from Magento later.
    """
    return replace(
        _identified(product, event),
        default={**layers.default, **product.default},
        store_view={**layers.store_view, **product.store_view},
    )


def _newer(
    values: Attributes, stored: Attributes, marks: Mapping[str, Mark], layer: str, mark: Mark
) -> Attributes:
    """Return the values of one layer that are not older than the known ones."""
    if not values:
        return values
    whole = marks.get(layer)
    if whole is not None and is_older(mark, whole):
        # In the store view's layer a full state tells of each attribute whether the view has a value of its own.
        covered = values.keys() if layer == STORE_VIEW_LAYER else stored.keys()
        values = {
            code: value for code, value in values.items() if code not in covered or f"{layer}{code}" in marks
        }
    if len(marks) == (whole is not None):
        return values
    apart = {
        code for code in values if (at := marks.get(f"{layer}{code}")) is not None and is_older(mark, at)
    }
    return {code: value for code, value in values.items() if code not in apart} if apart else values


def _marked(product: Product, event: ProductEvent, mark: Mark, new: Layers) -> Mapping[str, Mark]:
    """Return the product's marks after these values of the event replaced older ones.

    The mark of a full state stands for all of its layer; only what was received apart from it has a mark of its own.
    """
    if event.kind is EventKind.DELETED:
        return product.marks
    layer = new.whole
    whole = None if layer is None else product.marks.get(layer)
    of_view = [f"{STORE_VIEW_LAYER}{code}" for code in new.store_view]
    if layer is None or not _is_full_state(event, mark, whole):
        return {**product.marks, **dict.fromkeys([*new.default, *of_view], mark)}
    if layer == DEFAULT_LAYER and len(product.marks) == (whole is not None):
        return {layer: mark}
    replaced = {*new.default, *of_view}
    apart = {key: at for key, at in product.marks.items() if key not in replaced}
    of_other_layer = new.default if layer == STORE_VIEW_LAYER else ()
    return {**apart, **dict.fromkeys(of_other_layer, mark), layer: mark}


def _is_full_state(event: ProductEvent, mark: Mark, whole: Mark | None) -> bool:
    """Whether the event says everything of its layer, and nothing newer did: `whole` is the mark of what did last."""
    is_whole = event.kind is EventKind.SAVED and event.attributes.keys() >= _OF_EVERY_FULL_STATE
    return is_whole and (whole is None or not is_older(mark, whole))


def _sku(product: Product, event: ProductEvent) -> str | None:
    """Return the SKU as Magento has it.

    Magento finds a product by its SKU in any letter case, so events of stock and of imports repeat what somebody else
    wrote. Only a save of the product says how Magento spells it.
    """
    if event.kind is not EventKind.SAVED and event.sku is not None and product.sku is not None:
        return product.sku if sku_key(product.sku) == sku_key(event.sku) else event.sku
    return event.sku or product.sku


def _identified(product: Product, event: ProductEvent) -> Product:
    if (product.entity_id or not event.entity_id) and (product.sku or not event.sku):
        return product
    return replace(product, entity_id=product.entity_id or event.entity_id, sku=product.sku or event.sku)


def _with_websites(product: Product, fields: dict[str, Value]) -> dict[str, Value]:
    """Apply added and removed websites to the known ones. While none are known, a difference says nothing."""
    added, removed = (members(fields.pop(f"website_ids_{change}", [])) for change in ("added", "removed"))
    value = product.value("website_ids")
    if (added or removed) and not isinstance(value, NotReceived):
        fields["website_ids"] = sorted((members(value) | added) - removed)
    return fields


def _over(layer: Attributes, fields: Attributes) -> Attributes:
    # A layer without news stays the same object, which costs the later comparison nothing.
    return {**layer, **fields} if fields else layer
