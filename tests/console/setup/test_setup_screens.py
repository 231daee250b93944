"""Screens of the set-up, settings and users that only a button shows, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, expect

from records.db.database import Database
from records.db.secret_box import SecretBox
from sandbox.tiktok import Sandbox
from tests.browser import axe_faults
from tests.consumer.engine import Engine
from topics import clients

LOOKS = [("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "REACH_MS", 300)


@pytest.fixture
def tiktok() -> Iterator[Sandbox]:
    with Sandbox(audit_seconds=0.1) as started:
        yield started


def faults(page: Page) -> list[str]:
    """Return what axe finds in both themes and widths, and whether the page is wider than the screen."""
    found = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{scheme} {width}: {fault}" for fault in axe_faults(page)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{scheme} {width}: is {wide} px wide")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_what_the_buttons_show_is_open_to_everybody(
    page: Page, tiktok: Sandbox, database: Database, box: SecretBox
) -> None:
    found: dict[str, list[str]] = {}
    page.goto("/setup/kafka")
    press(page, "Check Kafka")
    expect(page.get_by_text("needs attention").first).to_be_visible()
    found["what Kafka lacks"] = faults(page)

    page.goto("/setup/magento")
    page.get_by_label("Base URL").fill("shop.example")
    press(page, "Save and show the webhook secret")
    expect(page.locator("#error-summary")).to_be_focused()
    found["faults of a form"] = faults(page)
    page.get_by_label("Base URL").fill("")
    page.get_by_label("Title").fill("Main shop")
    press(page, "Save and show the webhook secret")
    found["a secret, once"] = faults(page)
    engine = Engine(database, box)
    engine.save("SHIRT-A", shop="main", attribute_set_id="9")
    expect(page.locator("#first-webhook")).to_contain_text("The first webhook has arrived")
    expect(page.get_by_label("Steps of the set-up")).to_contain_text("webhooks arrive")
    expect(page.get_by_role("button", name="Continue without waiting")).to_have_count(0)
    expect(page.locator("#webhook-secret")).to_be_visible()
    found["the first webhook"] = faults(page)

    authorize(page, tiktok)
    found["which TikTok shop"] = faults(page)

    page.goto("/setup/template")
    page.get_by_label("Value").fill("9")
    press(page, "Preview matching products")
    expect(page.get_by_text("1 product matches")).to_be_visible()
    found["which products match"] = faults(page)

    page.goto("/setup/summary")
    press(page, "Run all checks and a preview")
    expect(page.get_by_role("heading", name="Dry run", exact=True)).to_be_visible()
    found["summary and dry run"] = faults(page)

    page.goto("/settings/shops/main")
    press(page, "Add a secret")
    found["another secret"] = faults(page)
    page.goto("/people")
    page.get_by_label("Name").fill("Vera")
    press(page, "Invite user and show the link")
    found["a link, once"] = faults(page)
    assert {screen: faults for screen, faults in found.items() if faults} == {}


def authorize(page: Page, tiktok: Sandbox) -> None:
    page.goto("/setup/tiktok")
    app = page.get_by_role("region", name="The app")
    app.get_by_label("App key").fill("sandboxapp")
    app.get_by_label("App secret").fill("sandbox-app-secret-0123456789")
    app.get_by_text("TikTok addresses").click()
    app.get_by_label("API address").fill(tiktok.url)
    app.get_by_label("Authorization address").fill(f"{tiktok.url}/auth")
    app.get_by_role("button", name="Save app").click()
    href = page.get_by_role("button", name="Authorize on TikTok").get_attribute("href") or ""
    state = re.search(r"state=([^&]+)", href)
    assert state is not None
    response = requests.post(f"{tiktok.url}/_sandbox/consent", json={"shop": "GCP_sandbox_demo"}, timeout=10)
    page.goto(f"/setup/tiktok/callback?code={response.json()['code']}&state={state[1]}")


def test_the_set_up_is_done_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/setup/magento")
    page.get_by_label("Title").focus()
    page.keyboard.type("Main shop")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "submit":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#webhook-secret")).to_be_visible()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    wanted = {"Copy the address", "Copy the secret", "Refresh", "Continue without waiting", "4 TikTok Shop"}
    assert wanted <= reached
