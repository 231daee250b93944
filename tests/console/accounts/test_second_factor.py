"""The second factor: switched on with a code, required after the password, each code valid once; and recovery."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from console.accounts import one_time_codes
from console.accounts.passwords import BRAKED, WRONG, hashed
from console.app import create_app
from console.web.access import COOKIE
from console.web.context import ConsoleContext
from records.accounts import audit, second_factors, users
from records.accounts.audit import Change
from records.accounts.users import Role
from records.db.database import Database
from schemas.secret import Secret
from tests.console.conftest import Visitor, csrf_of
from tests.console.looks import faults_of
from tests.consumer.engine import Clock
from tests.records.examples import BOX

PASSWORD = "correct horse battery staple"
STEP = 30.0
"""Seconds for which an app shows the same code."""


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.stand_still()
    return made


@pytest.fixture
def console_context(console_context: ConsoleContext, clock: Clock) -> ConsoleContext:
    return replace(console_context, clock=clock)


@dataclass
class Owner:
    """A user with a password and a browser; `key` is the authenticator app's key."""

    app: Flask
    clock: Clock
    user_id: int
    browser: Visitor
    key: str = ""
    recovery: tuple[str, ...] = ()

    def code(self, steps: int = 0) -> str:
        """Return the code that the app shows, `steps` time steps from now."""
        return pyotp.TOTP(self.key).at(self.clock(), counter_offset=steps)

    def typed(self, client: FlaskClient, path: str, page: str, **data: str) -> Any:
        token = csrf_of(client.get(page).get_data(as_text=True))
        return client.post(path, data={**data, "csrf_token": token})

    def offered(self) -> str:
        """Return the page with the key, and remember the key."""
        response = self.browser.post("/me/second-factor/offer", {"password": PASSWORD})
        page = response.get_data(as_text=True)
        found = re.search(r'<code id="second-factor-key">([A-Z2-7]{32})</code>', page)
        assert found is not None, page
        self.key = found[1]
        return page

    def switch_on(self) -> str:
        """Switch the second factor on, return the page with the recovery codes, and remember them."""
        self.offered()
        response = self.browser.post("/me/second-factor/confirm", {"code": self.code()})
        page = response.get_data(as_text=True)
        self.recovery = tuple(re.findall(r"<li><code>([A-Z2-7 ]+)</code></li>", page))
        assert len(self.recovery) == 10, page
        self.clock.pass_by(STEP)
        return page

    def password(self, next_: str = "/people") -> FlaskClient:
        """Return a new browser in which the right password was entered."""
        client = self.app.test_client()
        data = {"name": "Ada", "password": PASSWORD, "next": next_}
        assert self.typed(client, "/sign-in", "/sign-in", **data).status_code == 303
        return client

    def second(self, client: FlaskClient, code: str) -> Any:
        return self.typed(client, "/sign-in/code", "/sign-in/code", code=code, next="/people")

    def comes_in(self, code: str) -> bool:
        """Return whether the password and this code sign in, in a new browser."""
        client = self.password()
        answer = self.second(client, code)
        inside = client.get("/me").status_code == 200
        assert answer.status_code == (303 if inside else 401)
        return inside


@pytest.fixture
def ada(app: Flask, database: Database, clock: Clock) -> Owner:
    with database.write() as connection:
        user_id = users.add(connection, "Ada", Role.ADMIN, hashed(PASSWORD), now=clock())
        token = users.open_session(connection, user_id, now=clock())
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    return Owner(app, clock, user_id, Visitor(client, token))


def opens(app: Flask, token: str) -> bool:
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    return client.get("/me").status_code == 200


def newest_changes(database: Database) -> tuple[Change, ...]:
    with database.read() as connection:
        return next(iter(audit.page(connection, 1).values())).changes


class TestSwitchingItOn:
    def test_the_key_is_shown_once_as_a_picture_as_an_address_and_to_copy(self, ada: Owner) -> None:
        page = ada.offered()
        assert '<svg viewBox="0 0 ' in page and 'aria-label="QR code of the key below"' in page
        address = re.search(r'href="(otpauth://totp/[^"]+)"', page)
        assert address is not None
        found = pyotp.parse_uri(html.unescape(address[1]))
        assert (found.secret, found.issuer, found.name) == (ada.key, "m2t", "Ada at localhost")
        for path, data in (("/me", None), ("/me/second-factor/confirm", {"code": "000000"})):
            answer = ada.browser.get(path) if data is None else ada.browser.post(path, data)
            assert ada.key not in answer.get_data(as_text=True), path

    def test_no_colon_stands_in_the_name_that_the_app_shows(self) -> None:
        """A colon separates issuer and name, and apps would read a port as a name."""
        address = one_time_codes.uri(one_time_codes.new_key(), "A:B", "console.example:8090")
        assert pyotp.parse_uri(address.reveal()).name == "A B at console.example"

    def test_it_needs_the_password(self, ada: Owner) -> None:
        response = ada.browser.post("/me/second-factor/offer", {"password": "wrong"})
        assert response.status_code == 422
        assert "Wrong password. Try again." in html.unescape(response.get_data(as_text=True))

    def test_who_has_no_password_chooses_one_first(self, visitor: Callable[..., Visitor]) -> None:
        vera = visitor(Role.VIEWER)
        assert "Choose a password first" in vera.get("/me").get_data(as_text=True)
        response = vera.post("/me/second-factor/offer", {"password": ""})
        assert response.status_code == 422

    def test_a_viewer_has_one_as_well_as_an_admin(self, app: Flask, ada: Owner, database: Database) -> None:
        with database.write() as connection:
            users.set_role(connection, ada.user_id, Role.VIEWER)
        ada.switch_on()
        assert ada.comes_in(ada.code())

    def test_it_is_not_on_before_a_code_has_confirmed_it(self, ada: Owner) -> None:
        ada.offered()
        response = ada.browser.post("/me/second-factor/confirm", {"code": ada.code(5)})
        assert response.status_code == 422
        assert ada.password().get("/me").status_code == 200

    def test_an_offer_ends_after_a_quarter_of_an_hour(self, ada: Owner) -> None:
        ada.offered()
        ada.clock.pass_by(15 * 60)
        assert ada.browser.post("/me/second-factor/confirm", {"code": ada.code()}).status_code == 303
        assert "Start again" in ada.browser.get("/me").get_data(as_text=True)

    def test_every_other_session_ends_and_this_one_gets_another_token(self, app: Flask, ada: Owner) -> None:
        there = ada.password()
        ada.switch_on()
        assert there.get("/me").status_code == 303
        assert not opens(app, ada.browser.token), "what was seen before"
        assert ada.browser.get("/me").status_code == 200

    def test_what_is_on_is_not_offered_anew(self, ada: Owner) -> None:
        ada.switch_on()
        assert ada.browser.post("/me/second-factor/offer", {"password": PASSWORD}).status_code == 409

    def test_key_and_recovery_codes_are_shown_once_and_stored_in_no_clear_form(
        self, ada: Owner, database: Database, tmp_path: Path
    ) -> None:
        ada.switch_on()
        pages = "".join(
            ada.browser.get(path).get_data(as_text=True)
            for path in ("/me", "/people", f"/people/{ada.user_id}", "/people/audit", "/settings")
        )
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("m2t.sqlite*"))
        for secret in (ada.key, *ada.recovery):
            for form in (secret, secret.replace(" ", "")):
                assert form not in pages
                assert form.encode() not in stored
        with database.read() as connection:
            found = second_factors.load(connection, ada.user_id, BOX)
        assert found is not None and found.secret == Secret(ada.key)
        assert ada.key not in repr(found)

    def test_it_is_written_down(self, ada: Owner, database: Database) -> None:
        ada.switch_on()
        assert newest_changes(database) == (Change("second factor of Ada", "off", "on"),)


class TestSigningIn:
    def test_the_password_alone_lets_no_one_in(self, ada: Owner) -> None:
        ada.switch_on()
        client = ada.password()
        for path in ("/", "/me", "/people"):
            assert client.get(path).status_code == 303
        page = client.get("/sign-in/code").get_data(as_text=True)
        assert 'autocomplete="one-time-code"' in page
        assert "onpaste" not in page and "Ada" not in page

    def test_the_code_leads_on_to_the_page_that_was_wanted(self, ada: Owner) -> None:
        ada.switch_on()
        client = ada.password()
        answer = ada.second(client, ada.code())
        assert answer.headers["Location"] == "/people"
        assert client.get("/people").status_code == 200

    @pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_a_clock_may_be_wrong_by_one_step(self, ada: Owner, steps: int, fits: bool) -> None:
        ada.switch_on()
        ada.clock.pass_by(10 * STEP)
        assert ada.comes_in(ada.code(steps)) is fits

    def test_a_code_is_good_once(self, ada: Owner) -> None:
        ada.switch_on()
        assert ada.comes_in(ada.code())
        assert not ada.comes_in(ada.code()), "seen over the shoulder"
        ada.clock.pass_by(STEP)
        assert not ada.comes_in(ada.code(-1)), "nor in the step after, in which it would fit"
        assert ada.comes_in(ada.code())

    def test_a_code_that_is_sent_twice_at_the_same_moment_lets_in_once(
        self, ada: Owner, database: Database
    ) -> None:
        ada.switch_on()
        step = one_time_codes.step_of(Secret(ada.key), ada.code(), ada.clock())
        assert step is not None
        together, let_in = threading.Barrier(4), []

        def send() -> None:
            together.wait(10)
            with database.write() as connection:
                let_in.append(second_factors.accept(connection, ada.user_id, step))

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert sorted(let_in) == [False, False, False, True]

    def test_the_code_that_switched_it_on_is_used(self, ada: Owner) -> None:
        ada.switch_on()
        assert not ada.comes_in(ada.code(-1))

    def test_an_older_code_than_the_last_one_is_refused(self, ada: Owner) -> None:
        ada.switch_on()
        ada.clock.pass_by(10 * STEP)
        assert ada.comes_in(ada.code(1))
        assert not ada.comes_in(ada.code(0))

    @pytest.mark.parametrize("as_typed", ["{0}{1}", "{0} {1}", " {0}-{1} ", "{0}\t{1}\n"])
    def test_it_may_be_pasted_as_the_app_shows_it(self, ada: Owner, as_typed: str) -> None:
        ada.switch_on()
        code = ada.code()
        assert ada.comes_in(as_typed.format(code[:3], code[3:]))

    @pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "٠١٢٣٤٥", "x" * 5_000, "\x00"])
    def test_what_is_no_code_is_shown_in_the_words_of_a_wrong_password(self, ada: Owner, wrong: str) -> None:
        ada.switch_on()
        answer = ada.second(ada.password(), wrong)
        assert answer.status_code == 401
        assert WRONG in html.unescape(answer.get_data(as_text=True))

    def test_ten_wrong_ones_are_braked_as_wrong_passwords_are(self, ada: Owner) -> None:
        ada.switch_on()
        client = ada.password()
        for _ in range(10):
            assert ada.second(client, ada.code(5)).status_code == 401
        answer = ada.second(client, ada.code())
        assert answer.status_code == 429, "the right one is not tried either"
        assert BRAKED in answer.get_data(as_text=True)
        assert (
            ada.typed(
                ada.app.test_client(), "/sign-in", "/sign-in", name="Ada", password=PASSWORD
            ).status_code
            == 429
        )
        ada.clock.pass_by(61)
        assert ada.comes_in(ada.code())

    def test_five_minutes_after_the_password_it_is_asked_for_again(self, ada: Owner) -> None:
        ada.switch_on()
        client = ada.password()
        token = csrf_of(client.get("/sign-in/code").get_data(as_text=True))
        ada.clock.pass_by(5 * 60)
        answer = client.post(
            "/sign-in/code", data={"csrf_token": token, "code": ada.code(), "next": "/people"}
        )
        assert answer.headers["Location"] == "/sign-in?next=/people"
        assert client.get("/me").status_code == 303
        assert ada.app.test_client().get("/sign-in/code").headers["Location"] == "/sign-in"

    def test_half_a_session_becomes_one_session(self, ada: Owner) -> None:
        ada.switch_on()
        client = ada.password()
        half = client.get_cookie("m2t_console")
        assert half is not None
        assert ada.second(client, ada.code()).status_code == 303
        thief = ada.app.test_client()
        thief.set_cookie("m2t_console", half.value)
        assert thief.get("/sign-in/code").status_code == 303, "its half session is gone"

    def test_who_was_disabled_meanwhile_stays_out(self, ada: Owner, database: Database) -> None:
        ada.switch_on()
        client = ada.password()
        with database.write() as connection:
            users.disable(connection, ada.user_id, ada.clock())
        assert client.get("/sign-in/code").status_code == 303

    def test_behind_a_link_it_is_asked_for_too(self, ada: Owner, database: Database) -> None:
        ada.switch_on()
        with database.write() as connection:
            token = users.issue_ticket(connection, ada.user_id, until=ada.clock().replace(year=2999))
        client = ada.app.test_client()
        assert client.get(f"/enter/{token}").headers["Location"] == "/sign-in/code"
        assert client.get("/me").status_code == 303
        assert ada.second(client, ada.code()).status_code == 303
        assert client.get("/me").status_code == 200

    def test_after_a_hundred_wrong_ones_in_a_row_a_recovery_code_lets_in(
        self, ada: Owner, database: Database
    ) -> None:
        ada.switch_on()
        with database.write() as connection:
            for _ in range(100):
                second_factors.note_failure(connection, ada.user_id)
        assert not ada.comes_in(ada.code())
        assert ada.comes_in(ada.recovery[0])
        assert "Codes are blocked" in ada.browser.get("/me").get_data(as_text=True)


class TestRecoveryCodes:
    @pytest.mark.parametrize(
        "as_typed", [str, str.lower, lambda code: code.replace(" ", "-"), lambda code: code.replace(" ", "")]
    )
    def test_each_lets_in_once_however_it_was_copied(
        self, ada: Owner, as_typed: Callable[[str], str]
    ) -> None:
        ada.switch_on()
        assert ada.comes_in(as_typed(ada.recovery[3]))
        assert not ada.comes_in(ada.recovery[3])
        assert ada.comes_in(ada.recovery[4])
        assert "8 recovery codes left" in ada.browser.get("/me").get_data(as_text=True)

    def test_new_ones_take_the_place_of_the_old_ones(self, ada: Owner) -> None:
        ada.switch_on()
        response = ada.browser.post("/me/second-factor/codes", {"codes_code": ada.code()})
        assert response.status_code == 200
        assert not ada.comes_in(ada.recovery[0])
        assert ada.comes_in(
            re.findall(r"<li><code>([A-Z2-7 ]+)</code></li>", response.get_data(as_text=True))[0]
        )

    def test_anothers_lets_no_one_in(self, ada: Owner, database: Database) -> None:
        ada.switch_on()
        with database.write() as connection:
            bob = users.add(connection, "Bob", Role.VIEWER, None, now=ada.clock())
            second_factors.replace_codes(connection, bob, [one_time_codes.plain("AAAA BBBB CCCC DDDD")])
        assert not ada.comes_in("AAAA BBBB CCCC DDDD")


class TestSwitchingItOff:
    def test_its_owner_does_it_with_a_code(self, app: Flask, ada: Owner, database: Database) -> None:
        ada.switch_on()
        before = ada.browser.client.get_cookie(COOKIE)
        assert before is not None
        assert ada.browser.post("/me/second-factor/off", {"off_code": ada.code(5)}).status_code == 422
        assert ada.browser.post("/me/second-factor/off", {"off_code": ada.code()}).status_code == 303
        assert newest_changes(database) == (Change("second factor of Ada", "on", "off"),)
        assert not opens(app, before.value)
        assert ada.browser.get("/me").status_code == 200
        assert ada.password().get("/me").status_code == 200

    def test_no_one_does_it_at_an_open_window(self, ada: Owner) -> None:
        ada.switch_on()
        for path in (
            "/me/second-factor/off",
            "/me/second-factor/codes",
            f"/people/{ada.user_id}/second-factor/off",
        ):
            assert ada.browser.post(path).status_code in (409, 422)
        statuses = [
            ada.browser.post("/me/second-factor/off", {"off_code": "000000"}).status_code for _ in range(10)
        ]
        assert statuses[-1] == 429
        ada.clock.pass_by(61)
        assert ada.comes_in(ada.code())

    def test_an_admin_does_it_for_someone_else_and_it_is_written_down(
        self, app: Flask, ada: Owner, database: Database, visitor: Callable[..., Visitor]
    ) -> None:
        ada.switch_on()
        bea, there = visitor(Role.ADMIN, "Bea"), f"/people/{ada.user_id}"
        assert "on</span> since" in bea.get(there).get_data(as_text=True)
        assert bea.post(f"{there}/second-factor/off").status_code == 303
        with database.read() as connection:
            row = next(iter(audit.page(connection, 1).values()))
        assert (row.author, row.changes) == ("Bea", (Change("second factor of Ada", "on", "off"),))
        assert ada.browser.get("/me").status_code == 303, "their sessions have ended"
        assert ada.password().get("/me").status_code == 200

    def test_an_editor_does_not(self, ada: Owner, visitor: Callable[..., Visitor]) -> None:
        ada.switch_on()
        assert visitor(Role.EDITOR).post(f"/people/{ada.user_id}/second-factor/off").status_code == 403
        assert ada.password().get("/me").status_code != 200

    def test_off_there_is_nothing_to_ask_for(self, ada: Owner, visitor: Callable[..., Visitor]) -> None:
        assert ada.browser.post("/me/second-factor/off", {"off_code": "000000"}).status_code == 409
        bea = visitor(Role.ADMIN, "Bea")
        assert bea.post(f"/people/{ada.user_id}/second-factor/off").status_code == 303
        assert "has no second factor" in bea.get("/people").get_data(as_text=True)


def test_another_role_gives_the_session_another_token(
    app: Flask, database: Database, visitor: Callable[..., Visitor]
) -> None:
    vera = visitor(Role.VIEWER, "Vera")
    with database.write() as connection:
        user = users.by_name(connection, "Vera")
        assert user is not None
        users.set_role(connection, user.id, Role.ADMIN)
    assert vera.get("/people").status_code == 200
    cookie = vera.client.get_cookie(COOKIE)
    assert cookie is not None and cookie.value != vera.token
    assert opens(app, cookie.value) and not opens(app, vera.token)
    assert vera.get("/people").status_code == 200
    assert vera.client.get_cookie(COOKIE) == cookie, "once"


# In a browser


@pytest.fixture
def at_clock(console_context: ConsoleContext) -> Iterator[tuple[str, Clock]]:
    """Serve a console that uses the machine's clock."""
    clock = Clock()
    server_app = create_app(
        replace(console_context, clock=clock), Secret("a key of the tests alone, 32 signs")
    )
    server = make_server("127.0.0.1", 0, server_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", clock
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_whole_way_by_keyboard_and_axe_finds_nothing_on_it(
    browser: Browser, at_clock: tuple[str, Clock], ada: Owner, javascript: bool
) -> None:
    url, clock = at_clock
    context = browser.new_context(base_url=url, java_script_enabled=javascript)
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []

    def looked_at(name: str) -> None:
        expect(page.locator("h1")).to_have_count(1)
        if javascript:
            faults.extend(faults_of(page, name))
        page.set_viewport_size({"width": 1280, "height": 800})

    def enter() -> None:
        # The page before has a heading too: wait for the next page.
        with page.expect_navigation():
            page.keyboard.press("Enter")

    def fill(label: str, text: str) -> None:
        page.get_by_role("textbox", name=re.compile(f"^{label}")).focus()
        page.keyboard.insert_text(text)
        enter()

    page.goto("/sign-in?next=/me")
    page.get_by_label("Name").fill("Ada")
    fill("Password", PASSWORD)
    fill("Your password", PASSWORD)
    looked_at("the key")
    key = page.locator("#second-factor-key").inner_text()
    fill("Code", "000000")
    looked_at("a wrong code")
    fill("Code", pyotp.TOTP(key).at(clock()))
    looked_at("the recovery codes")
    recovery = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("button", name="I have stored them").focus()
    enter()
    looked_at("the account")
    context.clear_cookies()
    page.goto("/sign-in?next=/me")
    page.get_by_label("Name").fill("Ada")
    fill("Password", PASSWORD)
    looked_at("the second step")
    fill("Code", "000000")
    looked_at("the second step, refused")
    fill("Code", recovery)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    context.close()
    assert faults == [], "\n".join(faults)
