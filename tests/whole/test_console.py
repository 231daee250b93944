"""With Color observed, a merchant saves Color and Size and reads the results on the product page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from commands.console import link_of
from commands.demo_world.processes import Child
from commands.demo_world.rule import SHIRT
from sandbox.kafka import Broker
from tests.ports import free_port
from tests.whole.system import System, eventually, running

SKU = "SHIRT-1"


@pytest.fixture
def system(broker: Broker, tmp_path: Path, topic_prefix: str) -> Iterator[System]:
    port = free_port()
    with running(broker, tmp_path, topic_prefix, variables={"M2T_CONSOLE_PORT": str(port)}) as made:
        made.start("webhooks")
        made.start("consumer")
        console = Child("console", ["console"], made.environment, tmp_path / "console.log")
        console.start()
        made.children.append(console)
        console.wait_until_ready(f"http://127.0.0.1:{port}")
        yield made


@pytest.fixture
def page(browser: Browser, system: System) -> Iterator[Page]:
    context = browser.new_context(base_url=f"http://127.0.0.1:{system.settings.console_port}")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    opened.goto(link_of(system.database, system.settings, "Ada", create=True))
    yield opened
    context.close()


def wait_until_live(system: System, sku: str, title: str) -> None:
    """Wait until the product is live with this title."""

    def holds() -> bool:
        listing = system.listing(sku)
        return listing is not None and listing["status"] == "ACTIVATE" and listing["title"] == title

    eventually(f"{sku} is live as {title}", holds)


def look_up(page: Page, sku: str) -> None:
    page.get_by_label("Find a product by its SKU").fill(sku)
    page.get_by_role("button", name="Find SKU").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sku)


def expect_status(page: Page, words: str) -> None:
    """Reload until the page shows these words."""
    place = page.get_by_role("region", name="Sync status")
    for _ in range(50):
        if words in place.inner_text():
            return
        page.wait_for_timeout(200)
        page.reload()
    expect(place).to_contain_text(words)


def test_a_color_save_is_synced_and_a_size_save_is_not(system: System, page: Page) -> None:
    system.store.create(SKU, {**SHIRT, "name": "Linen shirt"})
    wait_until_live(system, SKU, "Linen shirt")

    page.goto("/policies/synchronization/edit?title=Default")
    page.get_by_label("Only Specific Attributes Syncing").check()
    page.get_by_role("checkbox", name="Color color").check()
    expect(page.get_by_text("if color changed, all attributes go to TikTok")).to_be_visible()
    page.get_by_role("button", name="Review changes").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved")).to_be_visible()

    system.store.save(SKU, {"size": "L", "name": "Linen shirt, washed"})
    look_up(page, SKU)
    expect_status(page, "None of the observed attributes changed")
    expect(page.get_by_text("no observed attribute changed").first).to_be_visible()
    listing = system.listing(SKU)
    assert listing is not None and listing["title"] == "Linen shirt"

    system.store.save(SKU, {"color": "Blue"})
    wait_until_live(system, SKU, "Linen shirt, washed")
    look_up(page, SKU)
    expect_status(page, "Synced")
    expect(page.get_by_text("An observed attribute changed").first).to_be_visible()
