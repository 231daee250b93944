"""Policies in the console, without JavaScript: listed, paused, restored and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

from records.accounts.users import Role
from records.db.database import Database
from records.rules import policies, template_policies
from records.rules.tables import versions as versions_table
from schemas.template_policies import KINDS
from tests.console.conftest import Visitor
from tests.console.policy_pages import change, hidden, history, read, stored, text, titles
from tests.consumer.engine import SKU, TEMPLATE, Engine
from tests.policies.examples import NOON
from tests.records.examples import IMAGES, WHOLE

pytestmark = pytest.mark.both_databases

Sign = Callable[..., Visitor]
EVIL = "<script>alert(1)</script> \"'/../&?#%2F~"


@pytest.fixture
def every_kind(engine: Engine, database: Database) -> Engine:
    """One policy of each kind; the pricing policy is in a template's use."""
    with database.write() as connection:
        for kind, policy in zip(KINDS, WHOLE, strict=True):
            template_policies.save(connection, kind, policy, now=engine.clock(), author="Ada (console)")
    engine.template(replace(TEMPLATE, pricing_policy="Plus ten"))
    return engine


# the list


def test_all_four_kinds_are_listed_with_their_state_and_what_uses_them(
    every_kind: Engine, visitor: Sign
) -> None:
    rows = visitor().get("/policies?format=json").get_json()
    fields = {row["title"]: (row["type"], row["state"], row["used_by"]) for row in rows}
    assert fields == {
        "Default": ("synchronization", "active", "shop demo"),
        "Plus ten": ("pricing", "active", f"template {TEMPLATE.title!r}"),
        "Careful": ("inventory", "off", ""),
        "Own images": ("image", "off", ""),
    }
    page = read(visitor(name="Bea").get("/policies"))
    for word in ("Upload", "Update", "Inventory/Price", "Assign", "buffer 5", "nearest .99", "default image"):
        assert word in page


def test_the_list_is_narrowed_by_type_and_given_as_a_file(every_kind: Engine, visitor: Sign) -> None:
    ada = visitor()
    page = ada.get("/policies?type=inventory").get_data(as_text=True)
    assert "Careful" in page
    assert "Own images" not in page
    assert ada.get("/policies?type=inventory&format=csv").get_data(as_text=True).count("\r\n") == 2


def test_add_policy_offers_each_kind_and_says_why_orders_are_not_there(engine: Engine, visitor: Sign) -> None:
    page = visitor(Role.EDITOR).get("/policies").get_data(as_text=True)
    for kind in ("synchronization", "inventory", "pricing", "image"):
        assert f'href="/policies/{kind}/new"' in page
    assert "Order not built yet: orders are not read from TikTok" in text(page)
    assert "/policies/order" not in page


def test_the_observed_attributes_are_counted_where_they_count(engine: Engine, visitor: Sign) -> None:
    engine.policy("Picky", only_specific_attributes=True, observed_attributes=("color", "size"))
    engine.policy("Ready", observed_attributes=("color", "size"))
    rows = {row["title"]: row["observed"] for row in visitor().get("/policies?format=json").get_json()}
    assert rows == {"Default": None, "Picky": 2, "Ready": None}


def test_with_no_policy_the_list_says_what_to_do_next(visitor: Sign) -> None:
    page = visitor(Role.EDITOR).get("/policies").get_data(as_text=True)
    assert "There is no policy yet." in page
    assert 'href="/policies/synchronization/new"' in page


def test_a_viewer_is_offered_nothing_that_is_not_theirs(engine: Engine, visitor: Sign) -> None:
    vera = visitor(Role.VIEWER)
    page = vera.get("/policies").get_data(as_text=True)
    for word in ("Add Policy", "Edit", "Duplicate", "Pause", "Delete"):
        assert word not in page
    engine.policy(product_assign=False)
    past = vera.get("/policies/synchronization/history?title=Default").get_data(as_text=True)
    assert "is new" in past
    assert "Restore" not in past
    for path in ("new", "edit?title=Default", "delete?title=Default", "explanation", "replay"):
        assert vera.get(f"/policies/synchronization/{path}").status_code == 403, path


@pytest.mark.parametrize(
    "path",
    [
        "order/new",
        "listing/new",
        "listing/edit?title=Shirts",
        "synchronization/edit?title=None",
        "synchronization/history?title=None",
        "synchronization/delete?title=None",
        "inventory/replay",
        "nothing/history?title=Default",
    ],
)
def test_a_missing_policy_is_not_found(engine: Engine, visitor: Sign, path: str) -> None:
    assert visitor().get(f"/policies/{path}").status_code == 404


# pause


def test_a_paused_policy_says_so_and_touches_no_listing(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.save()
    engine.put_on_tiktok()
    ada = visitor(Role.EDITOR, "Ada")
    for paused, state in (("true", "paused"), ("false", "active")):
        ada.post("/policies/synchronization/pause", {"title": "Default", "paused": paused})
        (row,) = ada.get("/policies?format=json").get_json()
        assert row["state"] == state
        assert engine.pending(SKU) is None
    assert [(version.version, version.author) for version in history(database, "Default")] == [
        (3, "Ada (console)"),
        (2, "Ada (console)"),
        (1, "test"),
    ]


def test_a_policy_that_is_not_there_can_not_be_paused(engine: Engine, visitor: Sign) -> None:
    answer = visitor().post("/policies/synchronization/pause", {"title": "None", "paused": "true"})
    assert answer.status_code == 404


# history and restore


def test_the_history_says_who_when_and_what(engine: Engine, visitor: Sign) -> None:
    ada = visitor(Role.EDITOR, "Ada")
    stored(ada, "synchronization", change(ada, "synchronization", "Default", product_update="true"))
    page = read(ada.get("/policies/synchronization/history?title=Default"))
    assert "Ada (console)" in page
    assert "Product Upload: on becomes → off" in page
    assert "Product Update: " not in page, "it was on before"
    assert "is new" in page


def test_an_earlier_version_is_restored_after_its_review(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.save()
    engine.policy(inventory_price_sync=False)
    engine.put_on_tiktok()
    ada = visitor(Role.EDITOR, "Ada")
    review = ada.post("/policies/synchronization/restore", {"title": "Default", "version": "1"})
    page = read(review)
    assert "Inventory/Price Sync off on" in page
    assert "1 of 1 listing will be checked again." in page
    assert len(history(database, "Default")) == 2, "nothing is stored yet"
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    newest, *_ = history(database, "Default")
    assert (newest.version, newest.author, newest.document["inventory_price_sync"]) == (
        3,
        "Ada (console)",
        True,
    )
    assert engine.pending(SKU) is not None


def test_a_version_equal_to_the_current_one_is_not_restored(engine: Engine, visitor: Sign) -> None:
    answer = visitor().post("/policies/synchronization/restore", {"title": "Default", "version": "1"})
    assert "Nothing would change: this is the version in force." in read(answer)


def test_a_version_that_never_was_can_not_be_restored(engine: Engine, visitor: Sign) -> None:
    answer = visitor().post("/policies/synchronization/restore", {"title": "Default", "version": "7"})
    assert answer.status_code == 404


def test_a_version_that_is_not_read_any_more_can_not_be_restored(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    with database.write() as connection:
        old = {"kind": "synchronization_policies", "title": "Default", "version": 2, "author": "old"}
        document = {"title": "Default", "colour": 1}
        connection.execute(versions_table.insert().values(**old, at=NOON, document=document))
    answer = visitor().post("/policies/synchronization/restore", {"title": "Default", "version": "2"})
    page = read(visitor(name="Bea").get(answer.headers["Location"]))
    assert answer.status_code == 303
    assert "can't be compared, because this version of m2t can't read it" in page


# delete


def test_a_policy_in_use_is_not_deleted_and_what_uses_it_is_stated(
    every_kind: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.EDITOR)
    for kind, title, user in (
        ("synchronization", "Default", "shop demo"),
        ("pricing", "Plus ten", f"template {TEMPLATE.title!r}"),
    ):
        page = ada.get(f"/policies/{kind}/delete", query_string={"title": title})
        assert "It can't be deleted while it is in use." in read(page)
        assert user in read(page)
        answer = ada.post(f"/policies/{kind}/delete", {"title": title, "typed": title})
        assert user in read(answer, 422)
        assert title in titles(database, kind)


def test_only_the_typed_title_deletes(every_kind: Engine, visitor: Sign, database: Database) -> None:
    ada = visitor(Role.EDITOR)
    wrong = ada.post("/policies/image/delete", {"title": IMAGES.title, "typed": "own images"})
    assert "Type the title exactly as it is: Own images" in read(wrong, 422)
    assert titles(database, "image") == [IMAGES.title]
    assert (
        ada.post("/policies/image/delete", {"title": IMAGES.title, "typed": IMAGES.title}).status_code == 303
    )
    assert titles(database, "image") == []


def test_a_deleted_policy_keeps_its_history_and_its_numbers_go_on(
    every_kind: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.EDITOR, "Ada")
    ada.post("/policies/image/delete", {"title": IMAGES.title, "typed": IMAGES.title})
    assert "Deleted (1)" in read(ada.get("/policies"))
    past = ada.get("/policies/image/history", query_string={"title": IMAGES.title})
    assert "Deleted" in read(past)
    review = ada.post("/policies/image/restore", {"title": IMAGES.title, "version": "1"})
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert [version.version for version in history(database, IMAGES.title, "image")] == [2, 1]
    assert titles(database, "image") == [IMAGES.title]
    again = read(ada.get("/policies/image/history", query_string={"title": IMAGES.title}))
    assert "created again unchanged, after it was deleted" in again


# hostile titles


def test_a_title_is_escaped_everywhere(engine: Engine, visitor: Sign, database: Database) -> None:
    ada = visitor(Role.EDITOR)
    listed = stored(ada, "synchronization", {"title": EVIL, "product_upload": "true"})
    assert EVIL in listed
    query = {"title": EVIL}
    for path in ("edit", "history", "delete"):
        page = ada.get(f"/policies/synchronization/{path}", query_string=query).get_data(as_text=True)
        assert EVIL in text(page)
        assert "<script>alert" not in page
    liked = ada.get("/policies/synchronization/new", query_string={"like": EVIL}).get_data(as_text=True)
    assert "<script>alert" not in liked
    ada.post("/policies/synchronization/pause", {"title": EVIL, "paused": "true"})
    assert history(database, EVIL)[0].document["paused"]
    ada.post("/policies/synchronization/delete", {"title": EVIL, "typed": EVIL})
    assert titles(database) == ["Default"]


def test_every_link_of_the_list_leads_somewhere(
    every_kind: Engine, visitor: Sign, database: Database
) -> None:
    with database.write() as connection:
        policy = policies.load_all(connection)["Default"].policy
        policies.save(connection, replace(policy, title=EVIL), now=every_kind.clock(), author="test")
    ada = visitor(Role.ADMIN)
    page = ada.get("/policies").get_data(as_text=True)
    links = {unescape(link) for link in re.findall(r'href="(/policies/[^"]*)"', page)}
    assert len(links) > 15
    for link in sorted(links):
        assert ada.get(link).status_code == 200, link
