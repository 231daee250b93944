"""Versions: numbers are never used twice, and earlier versions stay beside the one in force."""

from __future__ import annotations

from dataclasses import replace

from records.catalog import attribute_codes, products
from records.catalog.products import ProductKey
from records.db.database import Database
from records.rules import versions
from records.rules.policies import save
from tests.policies.examples import NOON, at, policy

KIND = "synchronization_policies"


def test_a_removed_document_is_not_in_force_and_its_versions_stay(database: Database) -> None:
    with database.write() as connection:
        save(connection, policy(), now=NOON, author="jane")
        assert versions.remove(connection, KIND, "Default")
        assert versions.titles(connection, KIND) == []
        assert versions.removed(connection, KIND) == ["Default"]
        assert [version.version for version in versions.history(connection, KIND, "Default")] == [1]
        assert not versions.remove(connection, KIND, "Default")


def test_version_numbers_continue_after_a_removal(database: Database) -> None:
    with database.write() as connection:
        save(connection, policy(), now=NOON, author="jane")
        save(connection, policy(paused=True), now=at(1), author="jane")
        versions.remove(connection, KIND, "Default")
        assert save(connection, policy(), now=at(2), author="joe")
        assert save(connection, policy(paused=True), now=at(3), author="joe")
        assert [version.version for version in versions.history(connection, KIND, "Default")] == [4, 3, 2, 1]
        assert versions.removed(connection, KIND) == []


def test_the_newest_version_of_each_title_and_kind(database: Database) -> None:
    with database.write() as connection:
        save(connection, policy(), now=NOON, author="jane")
        save(connection, policy(paused=True), now=at(1), author="joe")
        save(connection, policy(title="Other"), now=at(2), author="jane")
        newest = versions.newest(connection, KIND)
        assert {
            title: (newest_version.version, newest_version.author) for title, newest_version in newest.items()
        } == {
            "Default": (2, "joe"),
            "Other": (1, "jane"),
        }
        assert versions.newest(connection, "pricing_policies") == {}


def test_recent_attribute_codes_are_those_of_the_newest_products(database: Database) -> None:
    with database.write() as connection:
        for sku, code in (("A", "old"), ("B", "newer"), ("C", "newest")):
            key = ProductKey("demo", None, sku)
            product = products.locate(connection, [key])[key]
            products.save(connection, [replace(product, default={code: 1}, store_view={f"{code}_here": 1})])
        assert attribute_codes.seen_recently(connection, 2) == {
            "newer",
            "newer_here",
            "newest",
            "newest_here",
        }
