"""A person sets up a shop in a browser, from an empty database to the first synced product; every part is real."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from commands.console import registration_link
from commands.demo_world.processes import Child
from commands.demo_world.rule import SHIRT
from config.settings import Settings
from records.db.database import Database
from sandbox.kafka import Broker
from sandbox.magento import Store
from sandbox.tiktok import Sandbox
from tests.ports import free_port
from tests.whole.system import eventually

PASSWORD = "correct horse battery staple"
IMAGE = "tos-sandbox/main-1"


class Machine:
    """An installation with an empty database, beside Kafka and the TikTok sandbox."""

    def __init__(self, broker: Broker, folder: Path, prefix: str) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("M2T_")},
            "M2T_SECRET_KEY": secrets.token_urlsafe(48),
            "M2T_DATABASE_URL": f"sqlite:///{folder / 'm2t.db'}",
            "M2T_KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "M2T_TOPIC_PREFIX": prefix,
            "M2T_CONSUMER_GROUP": f"{prefix}consumer",
            "M2T_DOOR_PORT": str(free_port()),
            "M2T_DOOR_PROCESSES": "1",
            "M2T_CONSUMER_PORT": str(free_port()),
            "M2T_CONSOLE_PORT": str(free_port()),
            "M2T_CALLS_PER_SECOND": "0",
            "M2T_AUDIT_LOOK": "0.2",
        }
        self.settings = Settings.from_environ(self.environment, dotenv=None)
        self.database = Database(self.settings.database_url)
        self.children: list[Child] = []

    def start(self, name: str, port: int) -> None:
        """Start a process and wait until it is ready."""
        child = Child(name, [name], self.environment, self.folder / f"{name}.log")
        child.start()
        self.children.append(child)
        child.wait_until_ready(f"http://127.0.0.1:{port}")


@pytest.fixture
def machine(broker: Broker, tmp_path: Path, topic_prefix: str) -> Iterator[Machine]:
    empty = Machine(broker, tmp_path, topic_prefix)
    empty.database.upgrade()
    try:
        empty.start("console", empty.settings.console_port)
        yield empty
    finally:
        for child in reversed(empty.children):
            child.stop()
        empty.database.close()


@pytest.fixture
def tiktok() -> Iterator[Sandbox]:
    with Sandbox(audit_seconds=0.2) as sandbox:
        yield sandbox


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@contextmanager
def magento(machine: Machine, url: str, secret: str) -> Iterator[Store]:
    """Yield a Magento store with the webhook URL and secret from the page."""
    with Store(machine.folder / "magento", webhook_url=url, secret=secret) as store:
        yield store


def listing(tiktok: Sandbox, sku: str) -> dict[str, Any]:
    answer = requests.get(f"{tiktok.url}/_sandbox/products", params={"seller_sku": sku}, timeout=10)
    found: list[dict[str, Any]] = answer.json()["products"]
    return found[0] if found else {}


def register(page: Page, machine: Machine) -> None:
    link = registration_link(machine.database, machine.settings)
    assert link is not None
    page.goto(link)
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()


def check_kafka(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("2. Kafka")
    page.get_by_role("button", name="Check Kafka").click()
    expect(page.get_by_text("topics are missing")).to_be_visible()
    page.get_by_role("button", name="Create the topics").click()
    expect(page.get_by_text("came back within")).to_be_visible()
    page.get_by_role("button", name="Continue").click()


def connect_magento(page: Page) -> tuple[str, str]:
    """Fill in step 3. Return the webhook URL and secret that the page shows."""
    expect(page.get_by_role("heading", level=1)).to_have_text("3. Magento")
    page.get_by_label("Title").fill("Main shop")
    page.get_by_label("Website id").fill("1")
    page.get_by_role("button", name="Save and show the webhook secret").click()
    return page.locator("#webhook-url").inner_text(), page.locator("#webhook-secret").inner_text()


def connect_tiktok(page: Page, tiktok: Sandbox) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("4. TikTok Shop")
    app = page.get_by_role("region", name="The app")
    app.get_by_label("App key").fill("sandboxapp")
    app.get_by_label("App secret").fill("sandbox-app-secret-0123456789")
    app.get_by_text("TikTok addresses").click()
    app.get_by_label("API address").fill(tiktok.url)
    app.get_by_label("Authorization address").fill(f"{tiktok.url}/auth")
    app.get_by_role("button", name="Save app").click()
    back = page.locator("#callback-url").inner_text()
    page.get_by_role("button", name="Authorize on TikTok").click()
    page.get_by_label("Redirect URL of the app").fill(back)
    page.get_by_role("button", name="Authorize").click()
    page.get_by_role("link", name="Return to the app").click()
    expect(page.get_by_text("seller.product.write")).to_be_visible()
    page.get_by_role("button", name="Connect this shop").click()


def make_template(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("6. First listing template")
    page.get_by_label("Title").fill("Shirts")
    page.get_by_label("TikTok category (its id)").fill("600001")
    page.get_by_label("Category tree").select_option("v1")
    page.get_by_label("Package weight").fill("0.3")
    page.get_by_label("Value").fill("9")
    page.get_by_label("Or an image already on TikTok").fill(IMAGE)
    page.get_by_role("button", name="Preview matching products").click()
    expect(page.get_by_text("1 product matches")).to_be_visible()
    expect(page.get_by_role("link", name="WALK-1")).to_be_visible()
    page.get_by_role("button", name="Save template").click()


def test_from_an_empty_database_to_the_first_synced_product(
    machine: Machine, tiktok: Sandbox, page: Page
) -> None:
    register(page, machine)
    check_kafka(page)
    url, secret = connect_magento(page)
    machine.start("consumer", machine.settings.consumer_port)
    machine.start("webhooks", machine.settings.door_port)
    with magento(machine, url, secret) as store:
        expect(page.get_by_text("Waiting for the first webhook")).to_be_visible()
        webhook = store.create("WALK-1", dict(SHIRT)).webhook
        assert webhook is not None and webhook["status"] == 202
        arrived = page.locator("#first-webhook")
        expect(arrived).to_contain_text("The first webhook has arrived: WALK-1", use_inner_text=True)
        arrived.get_by_role("button", name="Continue").click()
        connect_tiktok(page, tiktok)
        expect(page.get_by_role("heading", level=1)).to_have_text("5. Default policies")
        page.get_by_role("button", name="Use this policy").click()
        make_template(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("7. Summary and preview")
        page.get_by_role("button", name="Run all checks and a preview").click()
        expect(page.get_by_text("All checks passed.")).to_be_visible()
        expect(page.get_by_role("row", name="WALK-1")).to_contain_text("would be uploaded")
        assert listing(tiktok, "WALK-1") == {}, "nothing went to TikTok before the start"
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        eventually("it is live", lambda: listing(tiktok, "WALK-1").get("status") == "ACTIVATE")
        store.create("WALK-2", dict(SHIRT))
        eventually("the next one follows", lambda: listing(tiktok, "WALK-2").get("status") == "ACTIVATE")
    assert secret not in page.content()
