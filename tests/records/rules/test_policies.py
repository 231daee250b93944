"""Policies and templates: their versions, and since when products are uploaded automatically."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from policies.rulebook import PolicyInForce
from records.db.database import Database
from records.rules import policies, shops, templates
from records.rules.load_rulebook import RulebookReader
from records.rules.tables import versions
from schemas.listing_template import AttributeMapping, PackageDimensions
from schemas.synchronization_policy import WhenLeaving
from tests.policies.examples import NOON, at, is_, policy, template
from tests.records.examples import BOX, SHOP


def save(database: Database, seconds: float = 0, **switches: Any) -> bool:
    with database.write() as connection:
        return policies.save(connection, policy(**switches), now=at(seconds), author="jane")


def in_force(database: Database) -> PolicyInForce:
    with database.read() as connection:
        return policies.load_all(connection)["Default"]


def test_a_policy_comes_back_as_it_was(database: Database) -> None:
    switches: dict[str, Any] = {
        "only_specific_attributes": True,
        "observed_attributes": ("color", "size"),
        "paused": True,
        "when_deleted": WhenLeaving.DELETE,
    }
    assert save(database, **switches)
    assert in_force(database) == PolicyInForce(policy(**switches), NOON, 1)


@pytest.mark.parametrize(
    "uploads, since",
    [
        ([True], at(0)),
        ([False], None),
        ([False, True], at(1)),
        ([True, True], at(0)),
        ([True, False], None),
        ([True, False, True], at(2)),
    ],
)
def test_upload_on_since_is_when_it_was_last_switched_on(
    database: Database, uploads: list[bool], since: datetime | None
) -> None:
    for second, upload in enumerate(uploads):
        save(database, second, product_upload=upload, paused=bool(second % 2))
    assert in_force(database).upload_on_since == since


def test_saving_what_stands_there_makes_no_version(database: Database) -> None:
    assert save(database)
    assert not save(database, 1)
    assert in_force(database).version == 1


def test_each_change_is_a_version_with_its_author_and_whole_document(database: Database) -> None:
    save(database)
    save(database, 1, paused=True)
    with database.read() as connection:
        rows = connection.execute(select(versions).order_by(versions.c.version)).all()
    assert [(row.kind, row.title, row.version, row.at, row.author) for row in rows] == [
        ("synchronization_policies", "Default", 1, at(0), "jane"),
        ("synchronization_policies", "Default", 2, at(1), "jane"),
    ]
    assert [row.document["paused"] for row in rows] == [False, True]
    assert in_force(database).version == 2


def test_templates_come_back_as_they_were_in_the_order_in_which_they_win(database: Database) -> None:
    whole = template(
        "Whole",
        is_("color", "blue"),
        priority=20,
        brand_id="7082427311584347905",
        package_dimensions=PackageDimensions("1", "2", "3", "CENTIMETER"),
        attributes=(
            AttributeMapping("100392", "color", values={"49": "Black"}),
            AttributeMapping("100393", constant="Cotton"),
        ),
    )
    others = (template("B", priority=10), template("A", priority=20), template("Last", priority=30))
    with database.write() as connection:
        for saved in (whole, *others):
            assert templates.save(connection, saved, now=NOON, author="jane")
        assert not templates.save(connection, whole, now=at(1), author="jane")
        loaded = templates.load_all(connection)
    assert [saved.title for saved in loaded] == ["B", "A", "Whole", "Last"]
    assert whole in loaded


def test_what_governs_is_read_anew_where_a_policy_or_template_changed(database: Database) -> None:
    rulebooks = RulebookReader(BOX)
    with database.write() as connection:
        shops.save(connection, SHOP, BOX, now=NOON)
        policies.save(connection, policy(), now=NOON, author="jane")
        first = rulebooks.read(connection)
        assert first.paused() == frozenset()
        assert rulebooks.read(connection) is first
        policies.save(connection, policy(paused=True), now=at(1), author="jane")
        templates.save(connection, template(), now=at(1), author="jane")
        then = rulebooks.read(connection)
    assert then.paused() == {"demo"}
    assert then.policy_of("demo").version == 2
    assert [listing_template.title for listing_template in then.templates] == ["Shirts"]
