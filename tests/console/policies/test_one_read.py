"""A form and its base version come from one read: between two reads, another user's save would be overwritten."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from records.accounts.users import Role
from records.db.database import Database
from records.rules import template_policies
from schemas.image_policy import ImagePolicy
from schemas.template_policies import KINDS
from tests.console.conftest import Visitor
from tests.console.policy_pages import fill_in

pytestmark = pytest.mark.both_databases

Sign = Callable[..., Visitor]
(IMAGES,) = (kind for kind in KINDS if kind.field == "image_policy")


@pytest.fixture
def ada(visitor: Sign, database: Database, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """An editor; after each transaction that reads, somebody else saves version N with `image_N`."""
    signed, numbers, read = visitor(Role.EDITOR), itertools.count(1), Database.read

    def save(to: Database) -> None:
        policy = ImagePolicy("Busy", f"image_{next(numbers)}")
        with to.write() as connection:
            template_policies.save(connection, IMAGES, policy, now=datetime.now(UTC), author="Bea")

    @contextmanager
    def then_saved(self: Database) -> Iterator[Connection]:
        with read(self) as connection:
            yield connection
        save(self)

    save(database)
    monkeypatch.setattr(Database, "read", then_saved)
    return signed


def number(pattern: str, html: str) -> int:
    found = re.search(pattern, html)
    assert found is not None, html
    return int(found[1])


def test_a_form_is_based_on_the_version_that_it_shows(ada: Visitor) -> None:
    html = ada.get("/policies/image/edit?title=Busy").get_data(as_text=True)
    assert number(r'name="base" value="(\d+)"', html) == number(r'value="image_(\d+)"', html)


def test_a_review_is_based_on_the_version_that_it_compares_with(ada: Visitor) -> None:
    fields = {"title": "Busy", "fixed": "1", "base": "1", "main_image_attribute": "mine"}
    html = fill_in(ada, "image", fields).get_data(as_text=True)
    assert number(r'name="base" value="(\d+)"', html) == number(r"<del>image_(\d+)</del>", html)
