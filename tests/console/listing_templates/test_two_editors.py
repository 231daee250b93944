"""Two people edit the same listing template: the second sees a warning before saving."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from records.accounts.users import Role
from records.db.database import Database
from records.rules import templates
from tests.console.conftest import Visitor
from tests.console.policy_pages import hidden, read
from tests.console.template_pages import FORM, RED, reviewed_and_saved
from tests.consumer.engine import TEMPLATE as SHIRTS
from tests.consumer.engine import Engine

pytestmark = pytest.mark.both_databases

Sign = Callable[..., Visitor]
NEWER = "Somebody has saved version 2 since this form was opened."


def opened(visitor: Visitor) -> Mapping[str, str]:
    """Open the form of the template, and return what it sends."""
    page = visitor.get(f"/listing-templates/edit?title={SHIRTS.title}").get_data(as_text=True)
    return {**FORM, **RED, "title": SHIRTS.title, **hidden(page, ("base",))}


def test_the_second_editor_sees_a_warning_of_the_first_save(engine: Engine, visitor: Sign) -> None:
    ada, bob = visitor(Role.EDITOR, "Ada"), visitor(Role.EDITOR, "Bob")
    form = opened(ada)
    reviewed_and_saved(bob, {**opened(bob), "priority": "7"})
    assert NEWER in read(ada.post("/listing-templates/form", form))


def test_the_buttons_of_the_form_keep_its_version(engine: Engine, visitor: Sign) -> None:
    ada, bob = visitor(Role.EDITOR, "Ada"), visitor(Role.EDITOR, "Bob")
    page = ada.post("/listing-templates/form", {**opened(ada), "op": "add-row:q"}).get_data(as_text=True)
    reviewed_and_saved(bob, {**opened(bob), "priority": "7"})
    assert NEWER in read(ada.post("/listing-templates/form", {**opened(ada), **hidden(page, ("base",))}))


def test_back_from_the_review_the_form_is_based_on_the_version_that_was_compared(
    engine: Engine, visitor: Sign
) -> None:
    ada, bob = visitor(Role.EDITOR, "Ada"), visitor(Role.EDITOR, "Bob")
    form = opened(ada)
    reviewed_and_saved(bob, {**opened(bob), "priority": "7"})
    review = ada.post("/listing-templates/form", form).get_data(as_text=True)
    again = ada.post("/listing-templates/form", {"again": "1", **hidden(review)}).get_data(as_text=True)
    assert hidden(again, ("base",)) == {"base": "2"}
    assert "since this form was opened" not in read(
        ada.post("/listing-templates/form", {**form, **hidden(again, ("base",))})
    )


def test_without_another_save_there_is_no_warning(engine: Engine, visitor: Sign) -> None:
    ada = visitor(Role.EDITOR)
    assert "since this form was opened" not in read(ada.post("/listing-templates/form", opened(ada)))


def test_a_template_that_was_deleted_meanwhile_is_named(engine: Engine, visitor: Sign) -> None:
    ada, bob = visitor(Role.EDITOR, "Ada"), visitor(Role.EDITOR, "Bob")
    form = opened(ada)
    bob.post("/policies/listing/delete", {"title": SHIRTS.title, "typed": SHIRTS.title})
    words = f"Listing template '{SHIRTS.title}' was deleted since this form was opened"
    assert words in read(ada.post("/listing-templates/form", form))


def test_a_new_template_does_not_take_the_title_of_another(engine: Engine, visitor: Sign) -> None:
    answer = visitor(Role.EDITOR).post("/listing-templates/form", {**FORM, **RED, "title": SHIRTS.title})
    assert "There is a listing template of this title already" in read(answer, 422)


@pytest.fixture
def busy(engine: Engine, visitor: Sign, database: Database, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """An editor; after each transaction that reads, somebody else saves version N with the priority N."""
    signed, numbers, read_ = visitor(Role.EDITOR), itertools.count(2), Database.read

    @contextmanager
    def then_saved(self: Database) -> Iterator[Connection]:
        with read_(self) as connection:
            yield connection
        with self.write() as connection:
            number = next(numbers)
            changed = replace(SHIRTS, priority=number)
            templates.save(connection, changed, now=datetime.now(UTC), author="Bea")

    monkeypatch.setattr(Database, "read", then_saved)
    return signed


def test_a_form_is_based_on_the_version_that_it_shows(busy: Visitor) -> None:
    html = busy.get(f"/listing-templates/edit?title={SHIRTS.title}").get_data(as_text=True)
    shown = re.search(r'name="priority"[^>]*value="(\d+)"', html)
    assert shown is not None, html
    base = int(hidden(html, ("base",))["base"])
    assert (base, int(shown[1])) in [(1, SHIRTS.priority), (base, base)]
