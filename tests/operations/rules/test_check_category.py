"""The TikTok category of a template is checked in each connected shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest

from operations.rules.check_category import check_category
from records.catalog import categories
from records.catalog.categories import CategoryKey, ReadCategory
from records.db.database import Database
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import Declaration, InvalidDocument
from tests.consumer.engine import Engine, connected_to
from tests.policies.examples import NOON, template
from tests.tiktok.answering import answering, failure, success
from tiktok.listing.category import Category

MUGS = replace(template("Mugs"), category_id="700001")
REFUSED = "TikTok does not accept the category '700001': It is closed."


@contextmanager
def shops(engine: Engine, *open_to: bool | None) -> Iterator[None]:
    """Connect a shop for each: TikTok accepts the category, refuses it, or does not answer (None)."""
    with ExitStack() as servers:
        for number, accepts in enumerate(open_to):
            url = "http://127.0.0.1:9"
            if accepts is not None:
                replies = (success(), success()) if accepts else (failure(12052024, "It is closed."),)
                url = servers.enter_context(answering(*replies)).url
            engine.connect(connected_to(url, f"shop-{number}"))
        yield


def warnings(engine: Engine) -> list[str]:
    with engine.database.read() as connection:
        rulebooks = RulebookReader(engine.box).read(connection)
    found = check_category(engine.database, rulebooks, Declaration(listing_templates=(MUGS,)), NOON)
    return [fault.message for fault in found]


@pytest.fixture
def engine(database: Database) -> Engine:
    made = Engine(database)
    made.policy()
    return made


def test_a_category_that_every_shop_accepts_has_no_warning(engine: Engine) -> None:
    with shops(engine, True, True):
        assert warnings(engine) == []


def test_a_category_that_every_shop_refuses_is_refused(engine: Engine) -> None:
    with shops(engine, False, False), pytest.raises(InvalidDocument) as refused:
        warnings(engine)
    assert [(fault.where, fault.message) for fault in refused.value.faults] == [
        ("listing_templates[0].category_id", REFUSED)
    ]


def test_a_category_that_one_shop_accepts_is_only_warned_about(engine: Engine) -> None:
    with shops(engine, True, False):
        assert warnings(engine) == [f"Shop shop-1: {REFUSED}"]


def test_a_category_that_was_read_before_counts_as_accepted(engine: Engine) -> None:
    key = CategoryKey("shop-0", "700001", "v1")
    with engine.database.write() as connection:
        categories.put(connection, key, ReadCategory(Category("700001").document(), NOON))
    with shops(engine, None, False):
        assert warnings(engine) == [f"Shop shop-1: {REFUSED}"]


def test_a_shop_without_an_answer_may_accept_it(engine: Engine) -> None:
    with shops(engine, None, False):
        shown = warnings(engine)
    assert shown[0] == f"Shop shop-1: {REFUSED}"
    assert shown[1].startswith("The TikTok category was not checked in shop shop-0: TikTok did not answer")


def test_a_category_of_a_template_in_force_is_not_asked_for(engine: Engine) -> None:
    engine.template(MUGS)
    with shops(engine, None):
        assert warnings(engine) == []
