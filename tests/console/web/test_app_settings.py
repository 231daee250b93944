"""The app's settings: trusted host names, session keys, and no debug mode."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.middleware.proxy_fix import ProxyFix

from console.app import DebugRefused, create_app
from console.web.access import COOKIE
from console.web.context import ConsoleContext
from records.accounts.users import Role
from schemas.secret import Secret
from tests.console.conftest import Visitor, csrf_of
from tests.console.looks import faults_of

OLD, NEW, OTHER = (
    Secret(f"the {which} key of the tests, 32 signs and more") for which in ("1st", "2nd", "3rd")
)


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("localhost", True),
        ("localhost:8090", True),
        ("127.0.0.1:8090", True),
        ("console.example", True),
        ("CONSOLE.example", False),
        ("evil.example", False),
        ("console.example.evil.example", False),
        ("localhost@evil.example", False),
        ("<script>alert(1)</script>", False),
        ("", False),
    ],
)
def test_it_answers_to_its_own_names_alone(app: Flask, host: str, answered: bool) -> None:
    status = app.test_client().get("/setup/register", headers={"Host": host}).status_code
    assert status == (200 if answered else 400)


def test_under_an_untrusted_host_name_the_page_says_what_to_set(
    app: Flask, visitor: Callable[..., Visitor]
) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    for path in ("/", "/people", "/nowhere"):
        page = ada.get(path, headers={"Host": "shop.internal:8090"}).get_data(as_text=True)
        assert "M2T_CONSOLE_TRUSTED_HOSTS=shop.internal</textarea>" in page
        assert "Ada" not in page
    hostile = ada.get("/", headers={"Host": "<script>alert(1)</script>"}).get_data(as_text=True)
    assert "<script>" not in hostile


def test_that_page_is_open_to_axe_and_narrow_enough(browser: Browser, served: str) -> None:
    page = browser.new_page()
    answer = page.goto(served.replace("127.0.0.1", f"{'a-long-name.' * 6}localhost"))
    assert answer is not None and answer.status == 400
    assert list(faults_of(page, "not our name")) == []
    page.close()


def test_nothing_is_changed_under_an_untrusted_host_name(app: Flask, visitor: Callable[..., Visitor]) -> None:
    ada = visitor(Role.ADMIN, "Ada")
    token = csrf_of(ada.get("/me").get_data(as_text=True))
    response = ada.client.post("/sign-out", data={"csrf_token": token}, headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert ada.get("/me").status_code == 200


@pytest.mark.parametrize(("host", "status"), [("console.example", 200), ("evil.example", 400)])
def test_behind_a_proxy_the_name_that_the_visitor_used_counts(app: Flask, host: str, status: int) -> None:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    fields = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https"}
    assert app.test_client().get("/setup/register", headers=fields).status_code == status


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_probe_is_answered_under_any_name(app: Flask, path: str) -> None:
    assert app.test_client().get(path, headers={"Host": "10.1.2.3:8090"}).status_code == 200


# The keys that sign


def half_filled(app: Flask, enrolled: Callable[[Role, str], str]) -> tuple[FlaskClient, str]:
    """Return a client that has a form open."""
    client = app.test_client()
    client.set_cookie(COOKIE, enrolled(Role.ADMIN, "Ada"))
    return client, csrf_of(client.get("/me").get_data(as_text=True))


def moved(client: FlaskClient, app: Flask) -> FlaskClient:
    """Return the same client at a restarted console."""
    anew = app.test_client()
    for name in (COOKIE, "m2t_console"):
        cookie = client.get_cookie(name)
        assert cookie is not None
        anew.set_cookie(name, cookie.value)
    return anew


@pytest.mark.parametrize(("keys", "status"), [((NEW, OLD), 422), ((NEW, OTHER, OLD), 422), ((NEW,), 400)])
def test_a_form_opened_before_a_key_change_can_be_sent(
    console_context: ConsoleContext,
    enrolled: Callable[[Role, str], str],
    keys: tuple[Secret, ...],
    status: int,
) -> None:
    client, token = half_filled(create_app(console_context, OLD), enrolled)
    anew = moved(client, create_app(console_context, *keys))
    assert anew.post("/me", data={"csrf_token": token, "new": "short"}).status_code == status


def test_new_sessions_are_signed_by_the_new_key(
    console_context: ConsoleContext, enrolled: Callable[[Role, str], str]
) -> None:
    client, token = half_filled(create_app(console_context, NEW, OLD), enrolled)
    anew = moved(client, create_app(console_context, NEW))
    assert anew.post("/me", data={"csrf_token": token, "new": "short"}).status_code == 422


# Debug mode


def test_debug_mode_is_refused(console_context: ConsoleContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(DebugRefused, match="Unset it"):
        create_app(console_context, NEW)


def test_the_process_ends_with_3_and_says_so() -> None:
    environ = {"M2T_SECRET_KEY": "kQ7-vR2_mX9zLw4TnB6yHc1JdF8sGp3A-eUiOtZq", "FLASK_DEBUG": "true"}
    ended = subprocess.run(
        [sys.executable, "-m", "console"], env=environ, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, "FLASK_DEBUG is set" in ended.stderr) == (3, True)


@pytest.mark.parametrize(("base", "secure"), [("https://console.example", True), ("http://localhost", False)])
def test_over_tls_the_cookie_of_forms_stays_on_tls(
    app: Flask, enrolled: Callable[[Role, str], str], base: str, secure: bool
) -> None:
    enrolled(Role.ADMIN, "Ada")
    found = app.test_client().get("/sign-in", base_url=base).headers.getlist("Set-Cookie")
    assert [("Secure" in header) for header in found] == [secure]
