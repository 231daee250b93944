"""The policies that templates name: stored with versions, and in force once they are stored."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import inspect, select

from records.catalog import confirmed_prices
from records.db.database import Database
from records.every_table import metadata
from records.rules import template_policies, templates
from records.rules.load_rulebook import RulebookReader
from records.rules.tables import versions
from schemas.inventory_policy import StockSource
from schemas.listing import Money
from schemas.pricing_policy import PriceSource
from schemas.template_policies import KINDS, Kind, TemplatePolicies, TemplatePolicy
from tests.policies.examples import NOON, at, template
from tests.records.examples import BOX, IMAGES, INVENTORY, PRICING, WHOLE, located

OTHER: tuple[TemplatePolicy, ...] = (
    replace(PRICING, attribute="of_its_own", source=PriceSource.ATTRIBUTE),
    replace(INVENTORY, attribute="of_its_own", source=StockSource.ATTRIBUTE, source_code=None),
    replace(IMAGES, default_image=None),
)


@pytest.mark.parametrize(
    "kind, policy, other", list(zip(KINDS, WHOLE, OTHER, strict=True)), ids=[kind.listed for kind in KINDS]
)
def test_a_policy_is_loaded_as_stored_and_each_change_is_a_version(
    database: Database, kind: Kind, policy: TemplatePolicy, other: TemplatePolicy
) -> None:
    with database.write() as connection:
        assert template_policies.save(connection, kind, policy, now=NOON, author="jane")
        assert not template_policies.save(connection, kind, policy, now=at(1), author="jane")
        found = getattr(template_policies.load_all(connection), kind.listed)
        assert found == {policy.title: policy}
        assert template_policies.save(connection, kind, other, now=at(2), author="joe")
        rows = connection.execute(select(versions).order_by(versions.c.version)).all()
        assert getattr(template_policies.load_all(connection), kind.listed) == {policy.title: other}
    assert [(row.kind, row.version, row.at, row.author) for row in rows] == [
        (kind.listed, 1, NOON, "jane"),
        (kind.listed, 2, at(2), "joe"),
    ]


def test_the_rulebooks_are_loaded_again_after_a_change_of_the_policy(database: Database) -> None:
    rulebooks = RulebookReader(BOX)
    with database.write() as connection:
        assert rulebooks.read(connection).template_policies == TemplatePolicies()
        for kind, policy in zip(KINDS, WHOLE, strict=True):
            template_policies.save(connection, kind, policy, now=NOON, author="jane")
        value = rulebooks.read(connection).template_policies
        assert rulebooks.read(connection).template_policies is value
    assert value == TemplatePolicies({"Plus ten": PRICING}, {"Careful": INVENTORY}, {"Own images": IMAGES})


def test_a_template_keeps_the_titles_of_its_policies(database: Database) -> None:
    named = template(pricing_policy="Plus ten", inventory_policy="Careful", image_policy="Own images")
    with database.write() as connection:
        templates.save(connection, named, now=NOON, author="jane")
        assert templates.load_all(connection) == (named,)
    policies = TemplatePolicies({"Plus ten": PRICING}, {"Careful": INVENTORY}, {"Own images": IMAGES})
    assert (policies.pricing_of(named), policies.inventory_of(named)) == (PRICING, INVENTORY)
    assert policies.images_of(named) == IMAGES
    for nothing in (template(), None):
        assert (policies.pricing_of(nothing), policies.inventory_of(nothing)) == (None, None)
        assert policies.images_of(nothing) is None


def test_a_confirmed_price_is_kept_until_it_is_replaced_or_sent(database: Database) -> None:
    first, then = Money("14.50", "USD"), Money("13.00", "USD")
    with database.write() as connection:
        shirt, mug = located(connection, "1", "SHIRT").id, located(connection, "2", "MUG").id
        confirmed_prices.save(connection, shirt, {"SHIRT": first}, now=NOON, author="jane")
        confirmed_prices.save(connection, mug, {"MUG": first}, now=NOON, author="jane")
        confirmed_prices.save(connection, shirt, {"SHIRT": then}, now=at(1), author="jane")
        assert confirmed_prices.load(connection, [shirt, mug]) == {
            shirt: {"SHIRT": then},
            mug: {"MUG": first},
        }
        confirmed_prices.clear(connection, shirt)
        assert confirmed_prices.load(connection, [shirt, mug]) == {mug: {"MUG": first}}


def test_the_migrations_create_the_tables_of_the_code(database: Database) -> None:
    made = inspect(database.engine)
    assert {
        table: {column["name"] for column in made.get_columns(table)}
        for table in made.get_table_names()
        if table != "alembic_version"
    } == {table.name: {column.name for column in table.columns} for table in metadata.sorted_tables}
