"""A Magento store in plain values: what each of its store views shows, and the events that each act fires.

It keeps values as Magento does: one for All Store Views, and for a view those that it has of its own. It imports none
of the rules of layers, scopes or order, so that it shares no mistake with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

OWN_VIEW, SIBLING_VIEW, OTHER_VIEW = 1, 3, 2
WEBSITE_OF = {OWN_VIEW: 1, SIBLING_VIEW: 1, OTHER_VIEW: 2}
GLOBAL = frozenset({"color", "attribute_set_id", "website_ids", "quantity"})


@dataclass(frozen=True)
class Fired:
    """What an event says: its kind, the view it was saved in, its values and those before; and whether it
    names the SKU."""

    kind: str
    view: int
    values: Mapping[str, Any]
    names_sku: bool = True
    before: Mapping[str, Any] | None = None


@dataclass
class MagentoStore:
    """One product of a store. `scopes` are *global*, *website* or *store_view*, the last where nothing else is said."""

    values: dict[str, Any]
    scopes: Mapping[str, str]
    own: dict[int, dict[str, Any]] = field(default_factory=lambda: {view: {} for view in WEBSITE_OF})

    def scope_of(self, code: str) -> str:
        return "global" if code in GLOBAL else self.scopes.get(code, "store_view")

    def shown(self, view: int) -> dict[str, Any]:
        """Return what a view shows; 0 is All Store Views."""
        return {**self.values, **self.own.get(view, {})}

    def write(self, view: int, changes: Mapping[str, Any]) -> None:
        """Give values to a view, as far as each attribute has values of its own there."""
        for code, value in changes.items():
            if view == 0 or self.scope_of(code) == "global":
                self.values[code] = value
            else:
                for each in self._views_of(code, view):
                    self.own[each][code] = value

    def reset(self, view: int, codes: frozenset[str]) -> None:
        """Tick *Use Default Value* for these attributes in a view."""
        for code in codes:
            for each in self._views_of(code, view):
                self.own[each].pop(code, None)

    def settle(self, view: int) -> None:
        """Drop what a view has of its own and All Store Views has too: a save of the view shows no difference."""
        for code, value in list(self.own.get(view, {}).items()):
            if value == self.values.get(code):
                self.reset(view, frozenset({code}))

    def saved(self, view: int, changes: Mapping[str, Any], resets: frozenset[str] = frozenset()) -> Fired:
        """Save the product's form in a view. The event shows everything that the view shows."""
        before = self.shown(view)
        self.write(view, changes)
        if view:
            self.reset(view, resets - changes.keys())
        self.settle(view)
        return Fired("saved", view, self.shown(view), before=before)

    def mass_updated(self, view: int, changes: Mapping[str, Any]) -> Fired:
        """Update attributes by a mass action. The event has the new values alone, and ids instead of SKUs."""
        self.write(view, changes)
        self.settle(view)
        return Fired("attributes_updated", view, changes, names_sku=False)

    def stock(self, quantity: int) -> Fired:
        self.values["quantity"] = quantity
        return Fired("stock_changed", 0, {"quantity": quantity})

    def websites(self, ids: list[str]) -> Fired:
        self.values["website_ids"] = ids
        return Fired("websites_changed", 0, {"website_ids": ids}, names_sku=False)

    def _views_of(self, code: str, view: int) -> Iterator[int]:
        if self.scope_of(code) == "website":
            yield from (each for each, website in WEBSITE_OF.items() if website == WEBSITE_OF[view])
        else:
            yield view
