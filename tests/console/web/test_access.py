"""Access control: the tests find every route by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from werkzeug.routing import Rule

from console.accounts.passwords import hashed
from console.app import create_app
from console.web.access import COOKIE, needed
from console.web.audit import LOOKING
from console.web.context import ConsoleContext
from console.web.security_headers import HEADERS
from records.accounts import audit, users
from records.accounts.users import Role
from records.db.database import Database
from schemas.secret import Secret
from tests.console.conftest import Visitor, csrf_of

PUBLIC = {
    "static",
    "probes.livez",
    "probes.readyz",
    "sign_in.form",
    "sign_in.enter",
    "sign_in.once",
    "sign_in_code.form",
    "sign_in_code.enter",
    "setup.register",
    "setup.enrol",
}
PASSWORD = "correct horse battery staple"


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def path(rule: Rule) -> str:
    """Return the rule's path with 1 for every argument."""
    return re.sub(r"<[^>]*>", "1", rule.rule)


def test_every_route_but_the_ways_in_asks_for_a_role(app: Flask) -> None:
    open_to_all = {
        rule.endpoint
        for rule, method in rules(app)
        if needed(app.view_functions[rule.endpoint], method) is None
    }
    assert open_to_all <= PUBLIC


def test_every_page_requires_a_sign_in(app: Flask) -> None:
    client = app.test_client()
    for rule, method in rules(app):
        if rule.endpoint in PUBLIC:
            continue
        answer = client.open(path(rule), method=method)
        refused = answer.status_code == 400 or (
            answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
        )
        assert refused, f"{method} {rule.rule} answered {answer.status_code}"


def test_a_change_without_the_csrf_token_is_refused(app: Flask, visitor: Callable[..., Visitor]) -> None:
    ada = visitor(Role.ADMIN)
    changing = [(rule, method) for rule, method in rules(app) if method not in LOOKING]
    assert changing
    for rule, method in changing:
        answer = ada.client.open(path(rule), method=method, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 400, f"{method} {rule.rule}"


def test_a_token_of_another_session_is_refused(app: Flask, visitor: Callable[..., Visitor]) -> None:
    ada, eve = visitor(Role.ADMIN, "Ada"), visitor(Role.ADMIN, "Eve")
    stolen = csrf_of(eve.get("/me").get_data(as_text=True))
    ada.get("/me")
    assert ada.client.post("/me", data={"csrf_token": stolen, "new": PASSWORD}).status_code == 400


def test_a_viewer_changes_nothing(app: Flask, visitor: Callable[..., Visitor]) -> None:
    vera = visitor(Role.VIEWER)
    for rule, method in rules(app):
        role = needed(app.view_functions[rule.endpoint], method)
        if method in LOOKING or role in (None, Role.VIEWER):
            continue
        assert vera.post(path(rule)).status_code == 403, f"{method} {rule.rule}"


def test_a_read_only_console_changes_nothing(
    console_context: ConsoleContext, enrolled: Callable[[Role, str], str]
) -> None:
    app = create_app(replace(console_context, read_only=True), Secret("a key of the tests alone, 32 signs"))
    client = app.test_client()
    client.set_cookie(COOKIE, enrolled(Role.ADMIN, "Ada"))
    ada = Visitor(client, "")
    assert "Read-only" in ada.get("/me").get_data(as_text=True)
    for rule, method in rules(app):
        if method in LOOKING or rule.endpoint in {*PUBLIC, "sign_in.leave"}:
            continue
        assert ada.post(path(rule)).status_code == 403, f"{method} {rule.rule}"


@pytest.fixture
def ada(database: Database) -> int:
    with database.write() as connection:
        return users.add(connection, "Ada", Role.ADMIN, hashed(PASSWORD), now=datetime.now(UTC))


def sign_in(
    app: Flask, password: str = PASSWORD, name: str = "Ada", next_: str = "/me"
) -> tuple[Visitor, int, str]:
    client = app.test_client()
    token = csrf_of(client.get("/sign-in").get_data(as_text=True))
    answer = client.post(
        "/sign-in", data={"csrf_token": token, "name": name, "password": password, "next": next_}
    )
    return Visitor(client, ""), answer.status_code, answer.headers.get("Location", "")


def test_name_and_password_let_in(app: Flask, ada: int) -> None:
    person, status, there = sign_in(app)
    assert (status, there) == (303, "/me")
    assert person.get("/me").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil",
    ],
)
def test_signing_in_leads_nowhere_else(app: Flask, ada: int, elsewhere: str) -> None:
    assert sign_in(app, next_=elsewhere)[2] == "/"


@pytest.mark.both_databases
def test_signing_in_and_out_changes_the_session_and_ends_it_on_the_server(app: Flask, ada: int) -> None:
    person, _, _ = sign_in(app)
    first = person.client.get_cookie(COOKIE)
    assert first is not None
    person.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie(COOKIE, first.value)
    assert thief.get("/me").status_code == 303
    again, _, _ = sign_in(app)
    second = again.client.get_cookie(COOKIE)
    assert second is not None and second.value != first.value


def test_another_password_ends_every_other_session(app: Flask, ada: int) -> None:
    here, _, _ = sign_in(app)
    there, _, _ = sign_in(app)
    changed = here.post("/me", {"old": PASSWORD, "new": "another horse battery staple"})
    assert changed.status_code == 303
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 303


def test_at_an_open_window_the_old_password_is_not_guessed(app: Flask, ada: int) -> None:
    here, _, _ = sign_in(app)
    statuses = [
        here.post("/me", {"old": f"guess {number}", "new": PASSWORD[::-1]}).status_code
        for number in range(11)
    ]
    assert (statuses[0], statuses[-1]) == (422, 429)
    assert here.post("/me", {"old": PASSWORD, "new": PASSWORD[::-1]}).status_code == 429


def test_wrong_passwords_and_unknown_names_are_shown_the_same_and_braked(app: Flask, ada: int) -> None:
    names = {sign_in(app, "wrong password")[1], sign_in(app, "wrong password", "Nobody")[1]}
    assert names == {401}
    statuses = [sign_in(app, f"wrong password {number}")[1] for number in range(12)]
    assert statuses[-1] == 429
    assert sign_in(app)[1] == 429, "the right password is not tried either"


@pytest.mark.both_databases
def test_a_session_expires(app: Flask, database: Database, enrolled: Callable[[Role, str], str]) -> None:
    token = enrolled(Role.ADMIN, "Ada")
    with database.read() as connection:
        for elapsed, opens in ((timedelta(minutes=29), True), (timedelta(minutes=31), False)):
            found = users.of_session(connection, token, now=datetime.now(UTC) + elapsed)
            assert (found is not None) is opens


@pytest.mark.both_databases
def test_a_disabled_person_is_out_at_once(
    app: Flask, database: Database, visitor: Callable[..., Visitor]
) -> None:
    vera = visitor(Role.VIEWER, "Vera")
    with database.write() as connection:
        user = users.by_name(connection, "Vera")
        assert user is not None
        users.disable(connection, user.id, datetime.now(UTC))
    assert vera.get("/me").status_code == 303


@pytest.mark.both_databases
def test_a_sign_in_link_works_once(app: Flask, database: Database, ada: int) -> None:
    now = datetime.now(UTC)
    with database.write() as connection:
        token = users.issue_ticket(connection, ada, until=now + timedelta(minutes=5))
        late = users.issue_ticket(connection, ada, until=now - timedelta(minutes=5))
    first, second = app.test_client(), app.test_client()
    assert first.get(f"/enter/{token}").headers["Location"] == "/"
    assert first.get("/me").status_code == 200
    assert second.get(f"/enter/{token}").headers["Location"] == "/sign-in"
    assert second.get(f"/enter/{late}").headers["Location"] == "/sign-in"


@pytest.mark.both_databases
def test_every_change_is_recorded_with_its_user(database: Database, visitor: Callable[..., Visitor]) -> None:
    visitor(Role.ADMIN, "Ada").post("/me", {"new": "short"})
    with database.read() as connection:
        (row,) = audit.page(connection, 5).values()
    assert (row.author, row.action, row.status) == ("Ada", "account.change_password", 422)


def test_every_answer_carries_the_headers_that_protect_it(
    app: Flask, visitor: Callable[..., Visitor]
) -> None:
    for answer in (
        app.test_client().get("/sign-in"),
        visitor().get("/me"),
        app.test_client().get("/nowhere"),
    ):
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
    assert "'unsafe-inline'" not in HEADERS["Content-Security-Policy"]


@pytest.mark.both_databases
def test_it_is_alive_at_once_and_ready_once_the_tables_are_there(app: Flask, database: Database) -> None:
    client = app.test_client()
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz?verbose").get_data(as_text=True) == "[+]database ok\nready\n"
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "http://localhost"}, False),
        ({}, False),
    ],
)
def test_a_request_from_another_site_is_refused_even_with_the_token(
    visitor: Callable[..., Visitor], headers: dict[str, str], refused: bool
) -> None:
    ada = visitor()
    token = csrf_of(ada.get("/me").get_data(as_text=True))
    answer = ada.client.post("/me", data={"csrf_token": token, "new": "short"}, headers=headers)
    assert answer.status_code == (403 if refused else 422)


def test_over_tls_no_other_host_of_the_domain_can_set_the_session(app: Flask, ada: int) -> None:
    client = app.test_client()
    token = csrf_of(client.get("/sign-in", base_url="https://console.example").get_data(as_text=True))
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "name": "Ada", "password": PASSWORD},
        base_url="https://console.example",
        headers={"Referer": "https://console.example/sign-in"},
    )
    cookie = next(header for header in answer.headers.getlist("Set-Cookie") if "m2t_session" in header)
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
