"""Categories: the requirements that were last read, for each shop and tree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from records.catalog import categories
from records.catalog.categories import CategoryKey, ReadCategory
from records.db.database import Database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHIRTS = CategoryKey("demo", "600001", "v1")
READ = ReadCategory({"id": "600001", "attributes": {"100392": "Color"}}, NOW)


def test_the_last_read_requirements_are_stored(database: Database) -> None:
    newer = ReadCategory({"id": "600001"}, NOW + timedelta(days=1))
    with database.write() as connection:
        assert categories.get(connection, SHIRTS) is None
        categories.put(connection, SHIRTS, READ)
        assert categories.get(connection, SHIRTS) == READ
        categories.put(connection, SHIRTS, newer)
        assert categories.get(connection, SHIRTS) == newer


@pytest.mark.parametrize(
    "other",
    [
        CategoryKey("second", "600001", "v1"),
        CategoryKey("demo", "600002", "v1"),
        CategoryKey("demo", "600001", "v2"),
    ],
)
def test_shops_and_category_trees_are_separate(database: Database, other: CategoryKey) -> None:
    with database.write() as connection:
        categories.put(connection, SHIRTS, READ)
        assert categories.get(connection, other) is None
