"""The console on a database of its own: with a test client, and served for a browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from console.accounts import passwords
from console.app import create_app
from console.web.access import COOKIE
from console.web.context import ConsoleContext, Kafka
from console.web.job_runner import NAME as JOB_RUNNER
from records.accounts import users
from records.accounts.users import Role
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.secret import Secret
from tests.broker import NO_BROKER
from tests.consumer.engine import Engine
from tests.records.examples import BOX, SIGNATURES

NOWHERE = Kafka(
    {"bootstrap_servers": ["127.0.0.1:9"], **NO_BROKER},
    "magento.product.events",
    "magento.product.events.dlq",
    "tiktok.sync.outcomes",
    "m2t.consumer",
)


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use Argon2 at its least cost: at the product's cost each password takes a quarter of a second of both cores."""
    least = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", least)
    monkeypatch.setattr(passwords, "_DUMMY_HASH", least.hash("of nobody"))


@pytest.fixture
def box() -> SecretBox:
    return BOX


@pytest.fixture
def engine(database: Database, box: SecretBox) -> Engine:
    """A shop `demo` with everything switched on, one template, and intake: `engine.save(sku, ...)`."""
    made = Engine(database, box)
    made.connect()
    made.policy()
    made.template()
    return made


@pytest.fixture
def kafka() -> Kafka:
    """The settings of a Kafka that doesn't answer; a test that needs a real broker overrides them."""
    return NOWHERE


@pytest.fixture
def console_context(database: Database, box: SecretBox, kafka: Kafka) -> ConsoleContext:
    return ConsoleContext(
        database=database,
        box=box,
        rulebooks=RulebookReader(box),
        kafka=kafka,
        signatures=SIGNATURES,
        webhooks_url="http://127.0.0.1:9",
        consumer_url="http://127.0.0.1:9",
    )


@pytest.fixture
def app(console_context: ConsoleContext) -> Iterator[Flask]:
    key = Secret("a key of the tests alone, 32 signs")
    made = create_app(console_context, key, trusted_hosts=("localhost", "127.0.0.1", "console.example"))
    made.testing = False
    yield made
    made.extensions[JOB_RUNNER].request_stop()


@dataclass
class Visitor:
    """A signed-in user with a test client: opens pages, and sends forms with the page's CSRF token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: Mapping[str, object] | None = None, *, page: str = "/me") -> TestResponse:
        """Send a form with the CSRF token of `page`."""
        csrf = csrf_of(self.client.get(page).get_data(as_text=True))
        return self.client.post(path, data={**(data or {}), "csrf_token": csrf})


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found is not None, "the page has no form"
    return found[1]


@pytest.fixture
def enrolled(database: Database) -> Callable[[Role, str], str]:
    """Return a function that creates a user of a role and name, and returns the token of a session."""

    def enrol(role: Role, name: str) -> str:
        now = datetime.now(UTC)
        with database.write() as connection:
            user_id = users.add(connection, name, role, None, now=now)
            return users.open_session(connection, user_id, now=now)

    return enrol


@pytest.fixture
def visitor(app: Flask, enrolled: Callable[[Role, str], str]) -> Callable[..., Visitor]:
    """Return a function that signs in a user of a role: `visitor(Role.VIEWER)`."""

    def sign_in(role: Role = Role.ADMIN, name: str = "") -> Visitor:
        token = enrolled(role, name or f"An {role.value}")
        client = app.test_client()
        client.set_cookie(COOKIE, token)
        return Visitor(client, token)

    return sign_in


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """Serve the console, and return its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(browser: Browser, served: str, enrolled: Callable[[Role, str], str]) -> Iterator[BrowserContext]:
    """A browser in which an admin is signed in."""
    opened = browser.new_context(base_url=served)
    opened.set_default_timeout(10_000)
    opened.add_cookies([{"name": COOKIE, "value": enrolled(Role.ADMIN, "Ada"), "url": served}])
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
