"""Users: invited by a link, given roles, disabled; and there is always an admin."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from console.accounts.passwords import hashed
from records.accounts import audit, users
from records.accounts.audit import AuditRow
from records.accounts.users import Role, User
from records.db.database import Database
from tests.console.conftest import Visitor

pytestmark = pytest.mark.both_databases

Sign = Callable[..., Visitor]


def person(database: Database, name: str) -> User:
    with database.read() as connection:
        found = users.by_name(connection, name)
    assert found is not None
    return found


def link_in(page: str) -> str:
    found = re.search(r'<code id="link">http://localhost(/enter/[^<]+)</code>', page)
    assert found is not None, page
    return html.unescape(found[1])


def test_someone_is_let_in_by_a_link_that_is_shown_once(
    app: Flask, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    shown = ada.post("/people", {"name": "Vera", "role": "viewer"}, page="/people")
    link = link_in(shown.get_data(as_text=True))
    vera = app.test_client()
    assert vera.get(link).headers["Location"] == "/"
    assert "Vera" in vera.get("/me").get_data(as_text=True)
    assert app.test_client().get(link).headers["Location"] == "/sign-in", "it lets in once"
    assert vera.get("/people").status_code == 403
    for page in ("/people", f"/people/{person(database, 'Vera').id}", "/people/audit"):
        assert link not in ada.get(page).get_data(as_text=True)


def test_who_has_lost_the_password_chooses_another_one_behind_a_link(
    app: Flask, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    visitor(Role.EDITOR, "Eddy")
    there = f"/people/{person(database, 'Eddy').id}/link"
    with database.write() as connection:
        users.set_password(connection, person(database, "Eddy").id, hashed("the one that was lost"))
    client = app.test_client()
    client.get(link_in(ada.post(there).get_data(as_text=True)))
    eddy = Visitor(client, "")
    assert 'name="old"' not in eddy.get("/me").get_data(as_text=True), "nobody is asked for what is lost"
    assert eddy.post("/me", {"new": "another horse battery staple"}).status_code == 303
    again = eddy.post("/me", {"new": "one more horse battery staple"})
    assert again.status_code == 422, "once: the session that follows is one of the password"


def test_who_came_in_by_a_link_is_written_down_without_the_link(
    app: Flask, visitor: Sign, database: Database
) -> None:
    shown = visitor(Role.ADMIN, "Ada").post("/people", {"name": "Vera", "role": "viewer"}, page="/people")
    link = link_in(shown.get_data(as_text=True))
    app.test_client().get(link)
    with database.read() as connection:
        row = next(iter(audit.page(connection, 1).values()))
    assert (row.author, row.action, row.target) == ("Vera", "sign_in.once", "")
    assert link.rpartition("/")[2] not in repr(row)


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("Ada", "viewer", "the name Ada is taken"),
        ("", "viewer", "enter a name of 1 to 100 printable characters"),
        ("Vera", "owner", "choose one of viewer, editor, admin"),
    ],
)
def test_what_cant_be_is_stated_at_its_field_and_nothing_typed_is_lost(
    visitor: Sign, name: str, role: str, words: str
) -> None:
    answer = visitor(Role.ADMIN, "Ada").post("/people", {"name": name, "role": role}, page="/people")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert f'value="{name}"' in page


def test_another_role_holds_from_the_next_request_on(visitor: Sign, database: Database) -> None:
    ada, vera = visitor(Role.ADMIN, "Ada"), visitor(Role.VIEWER, "Vera")
    ada.post(f"/people/{person(database, 'Vera').id}/role", {"role": "admin"})
    assert vera.get("/people").status_code == 200
    ada.post(f"/people/{person(database, 'Vera').id}/role", {"role": "editor"})
    assert vera.get("/people").status_code == 403


def test_who_is_disabled_is_out_at_once_and_in_again_when_enabled(
    app: Flask, visitor: Sign, database: Database
) -> None:
    ada, vera = visitor(Role.ADMIN, "Ada"), visitor(Role.VIEWER, "Vera")
    there = f"/people/{person(database, 'Vera').id}"
    ada.post(f"{there}/disable")
    assert vera.get("/me").status_code == 303
    assert ada.post(f"{there}/link").status_code == 409
    ada.post(f"{there}/enable")
    link = link_in(ada.post(f"{there}/link").get_data(as_text=True))
    assert app.test_client().get(link).headers["Location"] == "/"


@pytest.mark.parametrize(("change", "data"), [("disable", {}), ("role", {"role": "editor"})])
def test_the_last_admin_stays_one(
    visitor: Sign, database: Database, change: str, data: dict[str, object]
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    there = f"/people/{person(database, 'Ada').id}"
    assert "Disable access" not in ada.get(there).get_data(as_text=True), (
        "what is not possible is not offered"
    )
    response = ada.post(f"{there}/{change}", data)
    assert response.status_code == 303
    assert "This is the last admin" in ada.get(there).get_data(as_text=True)
    assert (person(database, "Ada").role, person(database, "Ada").disabled_at) == (Role.ADMIN, None)


def test_a_disabled_admin_is_not_counted(visitor: Sign, database: Database) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    visitor(Role.ADMIN, "Bea")
    ada.post(f"/people/{person(database, 'Bea').id}/disable")
    ada.post(f"/people/{person(database, 'Ada').id}/role", {"role": "viewer"})
    assert person(database, "Ada").role is Role.ADMIN


def test_an_admin_who_is_no_longer_the_last_may_step_down(visitor: Sign, database: Database) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    visitor(Role.ADMIN, "Bea")
    response = ada.post(f"/people/{person(database, 'Ada').id}/role", {"role": "viewer"})
    assert response.headers["Location"] == "/"
    assert ada.get("/people").status_code == 403


def test_what_people_changed_is_listed_newest_first_page_by_page(visitor: Sign, database: Database) -> None:
    began = datetime.now(UTC)
    with database.write() as connection:
        for number in range(60):
            at = began + timedelta(seconds=number)
            audit.put(connection, AuditRow(at, "Ada", "127.0.0.1", "policies.save", f"n{number}.", 303))
    bea = visitor(Role.ADMIN, "Bea")
    first = bea.get("/people/audit").get_data(as_text=True)
    assert "n59." in first and "n10." in first and "n9." not in first
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    assert "n9." in bea.get(html.unescape(older[1])).get_data(as_text=True)
    assert bea.get("/people/audit?format=csv").get_data(as_text=True).count("policies.save") == 60


def test_a_name_is_never_markup(visitor: Sign) -> None:
    eve = "<script>alert(1)</script>"
    page = visitor(Role.ADMIN, "Ada").post("/people", {"name": eve, "role": "viewer"}, page="/people")
    assert eve not in page.get_data(as_text=True)
