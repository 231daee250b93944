"""A policy field that is declared in one place appears on every page, and no form resets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from records.accounts.users import Role
from records.db.database import Database
from records.rules import documents
from tests.console.conftest import Visitor
from tests.console.policy_pages import change, fill_in, hidden, history, read, stored
from tests.console.wizard import MAGENTO
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.policies.added_field import RESERVE, add_fields

Sign = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    add_fields(monkeypatch)


@pytest.fixture
def store(added: None, engine: Engine) -> Engine:
    """A shop with everything switched on, whose policies have the added field."""
    return engine


def in_file(database: Database, listed: str, title: str) -> dict[str, Any]:
    """Return the policy as `m2t export` writes it."""
    with database.read() as connection:
        return next(
            document
            for document in documents.load_all(connection, "kept")[listed]
            if document["title"] == title
        )


def test_the_form_has_it_under_its_heading_with_its_label_and_help(store: Engine, visitor: Sign) -> None:
    html = visitor(Role.EDITOR).get("/policies/inventory/new").get_data(as_text=True)
    heading, field = html.index("Quantity sent to TikTok"), html.index('name="reserve"')
    assert heading < field
    assert '<label for="reserve">Reserve' in html
    assert RESERVE.replace("'", "&#39;") in html


def test_a_form_is_reviewed_stored_listed_and_exported(
    store: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.EDITOR)
    review = fill_in(ada, "inventory", {"title": "Counter", "reserve": "7", "sync_out_of_stock": "true"})
    assert "Reserve 7" in read(review)
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert "Reserve: 7" in read(ada.get("/policies"))
    assert in_file(database, "inventory_policies", "Counter")["reserve"] == 7
    page = ada.get("/policies/inventory/edit?title=Counter").get_data(as_text=True)
    assert 'name="reserve" type="text" inputmode="decimal" value="7"' in page
    differs = fill_in(ada, "inventory", change(ada, "inventory", "Counter", reserve="8"))
    assert "Reserve 7 8" in read(differs)


def test_a_fault_of_it_is_stated_at_its_field(store: Engine, visitor: Sign) -> None:
    answer = fill_in(visitor(Role.EDITOR), "inventory", {"title": "Counter", "reserve": "-1"})
    assert "Reserve: -1 is not a number of pieces from 0 to 99999" in read(answer, 422)


def test_a_change_of_it_makes_listings_due(store: Engine, visitor: Sign) -> None:
    ada = visitor(Role.EDITOR)
    on = {"sync_out_of_stock": "true"}
    stored(ada, "inventory", {"title": "Counter", **on})
    store.template(replace(TEMPLATE, inventory_policy="Counter"))
    store.save()
    store.put_on_tiktok()
    same = fill_in(ada, "inventory", change(ada, "inventory", "Counter", **on))
    assert "Nothing would change" in read(same)
    review = fill_in(ada, "inventory", change(ada, "inventory", "Counter", **on, reserve="3"))
    assert "1 of 1 listing will be checked again." in read(review)
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert store.pending(SKU) is not None


def test_a_switch_of_the_synchronization_policy_is_stated_in_words(
    store: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.EDITOR)
    form = {"title": "Quiet", "rest_on_holidays": "true"}
    assert "Rest on holidays: on." in read(
        ada.get("/policies/synchronization/explanation", query_string=form)
    )
    assert "Rest on holidays: on" in stored(ada, "synchronization", form)
    assert in_file(database, "synchronization_policies", "Quiet")["rest_on_holidays"] is True
    whole = read(ada.get("/policies/synchronization/history?title=Quiet"))
    assert "Rest on holidays on" in whole


def test_pausing_and_other_forms_leave_it_as_it_is(store: Engine, visitor: Sign, database: Database) -> None:
    ada = visitor(Role.EDITOR)
    stored(ada, "synchronization", {"title": "Quiet", "rest_on_holidays": "true"})
    ada.post("/policies/synchronization/pause", {"title": "Quiet", "paused": "true"})
    newest, *_ = history(database, "Quiet")
    assert (newest.document["paused"], newest.document["rest_on_holidays"]) == (True, True)


def test_the_set_up_offers_the_switch_and_stores_it(visitor: Sign, database: Database) -> None:
    ada = visitor()
    ada.post("/setup/magento", dict(MAGENTO))
    page = ada.get("/setup/policies").get_data(as_text=True)
    assert 'name="rest_on_holidays"' in page
    title = hidden(page, ("policy",))["policy"]
    ada.post("/setup/policies", {"policy": title, "switches": "1", "rest_on_holidays": "true"})
    assert in_file(database, "synchronization_policies", title)["rest_on_holidays"] is True
