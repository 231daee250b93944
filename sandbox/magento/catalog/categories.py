"""The category tree: the root category of the default store group and its descendants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DEFAULT_CATEGORY = 2


@dataclass(frozen=True)
class Category:
    """A category; `level` 1 is the root category of the store."""

    id: int
    parent_id: int
    name: str
    position: int
    level: int


CATEGORIES: Mapping[int, Category] = {
    category.id: category
    for category in (
        Category(2, 1, "Default Category", 1, 1),
        Category(3, 2, "Gear", 1, 2),
        Category(4, 3, "Bags", 1, 3),
        Category(6, 3, "Watches", 2, 3),
        Category(7, 3, "Bottles", 3, 3),
        Category(11, 2, "Men", 2, 2),
        Category(12, 11, "Tops", 1, 3),
        Category(16, 12, "Tees", 1, 4),
        Category(15, 12, "Hoodies", 2, 4),
        Category(20, 2, "Women", 3, 2),
        Category(21, 20, "Tops", 1, 3),
        Category(26, 21, "Tees", 1, 4),
        Category(30, 2, "Home", 4, 2),
        Category(31, 30, "Mugs", 1, 3),
        Category(32, 30, "Candles", 2, 3),
    )
}


def with_ancestors(category_id: int) -> tuple[int, ...]:
    """Return the category and its ancestors below the root, topmost first: Tees of Men -> (11, 12, 16)."""
    category = CATEGORIES[category_id]
    above = () if category.parent_id <= DEFAULT_CATEGORY else with_ancestors(category.parent_id)
    return (*above, category_id)


def tree(memberships: Iterable[tuple[int, ...]], root: int = DEFAULT_CATEGORY) -> dict[str, object]:
    """Build the response of GET /V1/categories: nested `children_data` with the number of products in each.

    `memberships` has the category ids of each product.
    """
    counts: dict[int, int] = {}
    for ids in memberships:
        for category_id in ids:
            counts[category_id] = counts.get(category_id, 0) + 1
    return _branch(CATEGORIES[root], counts)


def under_root(tree: dict[str, object]) -> dict[str, object]:
    """Return the tree under the root of all trees, as in the default scope."""
    return {
        "id": 1,
        "parent_id": 0,
        "name": "Root Catalog",
        "is_active": None,
        "position": 0,
        "level": 0,
        "product_count": 0,
        "children_data": [tree],
    }


def _branch(category: Category, counts: Mapping[int, int]) -> dict[str, object]:
    children = sorted(
        (c for c in CATEGORIES.values() if c.parent_id == category.id), key=lambda c: c.position
    )
    return {
        "id": category.id,
        "parent_id": category.parent_id,
        "name": category.name,
        "is_active": True,
        "position": category.position,
        "level": category.level,
        "product_count": counts.get(category.id, 0),
        "children_data": [_branch(child, counts) for child in children],
    }
