"""The websites of this store and their store views: two views on the main website, one on a second website."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Website:
    """A website; `group_id` is its default store group."""

    id: int
    code: str
    name: str
    group_id: int


@dataclass(frozen=True)
class StoreView:
    """A store view; view 0 is the default scope, which every view inherits from."""

    id: int
    code: str
    name: str
    website_id: int


WEBSITES: Mapping[int, Website] = {
    website.id: website for website in (Website(1, "base", "Main Website", 1), Website(2, "eu", "EU", 2))
}
STORE_VIEWS: Mapping[int, StoreView] = {
    view.id: view
    for view in (
        StoreView(1, "default", "Default Store View", 1),
        StoreView(0, "admin", "Admin", 0),
        StoreView(2, "eu_de", "German", 2),
        StoreView(3, "fr", "French", 1),
    )
}
"""In the order in which Magento lists them."""

REST_CODES: Mapping[str, int] = {"all": 0, **{view.code: view.id for view in STORE_VIEWS.values() if view.id}}
"""Store code in a REST address -> store view id."""


def views_of(website_ids: Iterable[int]) -> tuple[int, ...]:
    """Return the ids of the store views of these websites, website by website."""
    return tuple(
        view.id for website in website_ids for view in STORE_VIEWS.values() if view.website_id == website
    )


def sibling_views(store_id: int) -> tuple[int, ...]:
    """Return the ids of all store views of the website that this view belongs to."""
    return views_of([STORE_VIEWS[store_id].website_id])
