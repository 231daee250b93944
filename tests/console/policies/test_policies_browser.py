"""Policies in a browser: created, saved and restored by mouse and by keyboard; the form reacts to input."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from records.db.database import Database
from records.rules import template_policies
from schemas.template_policies import KINDS
from tests.browser import axe_faults
from tests.console.looks import LOOKS, looks
from tests.console.policy_pages import history
from tests.consumer.engine import TEMPLATE, Engine
from tests.records.examples import WHOLE

QUANTITY = "Quantity is not observed: stock changes alone will not reach TikTok"
MOST_TABS = 120


class Mouse:
    """Does everything by clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, words: str) -> None:
        field.click()
        field.press_sequentially(words)


class Keyboard:
    """Does everything by Tab, Space and Enter."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        for _ in range(MOST_TABS):
            if control.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{control} is not reached by Tab")

    def press(self, control: Locator) -> None:
        self.reach(control)
        box = control.evaluate("one => one.matches('input[type=checkbox], input[type=radio]')")
        self.page.keyboard.press("Space" if box else "Enter")

    def write(self, field: Locator, words: str) -> None:
        self.reach(field)
        self.page.keyboard.type(words)


@pytest.mark.parametrize("hand", [Mouse, Keyboard])
def test_a_policy_is_made_observes_color_is_saved_and_an_old_version_is_restored(
    engine: Engine, page: Page, database: Database, hand: type[Mouse] | type[Keyboard]
) -> None:
    engine.save()
    by = hand(page)
    page.goto("/policies")
    by.press(page.locator(".add-policy summary"))
    by.press(page.get_by_role("link", name="Synchronization", exact=True))
    by.write(page.get_by_label("Title"), "Picky")
    by.press(page.get_by_label("Product Update", exact=True))
    by.press(page.get_by_label("Only Specific Attributes Syncing"))
    by.write(page.get_by_label("Search the attributes"), "colo")
    expect(page.get_by_label("Size size")).to_be_hidden()
    by.press(page.get_by_label("Color color"))
    expect(page.locator("#explanation")).to_contain_text("if color changed, all attributes go to TikTok")
    expect(page.locator("#explanation")).to_contain_text(QUANTITY)
    by.press(page.get_by_role("button", name="Review changes"))
    expect(page.locator("h1")).to_have_text("Synchronization policy Picky: what changes")
    by.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("'Picky' is saved")

    by.press(page.get_by_role("link", name="Picky"))
    by.press(page.get_by_role("button", name="Observe Price and Quantity"))
    expect(page.locator("#explanation")).not_to_contain_text(QUANTITY)
    by.press(page.get_by_role("button", name="Review changes"))
    expect(page.get_by_role("row", name="Observed attributes")).to_contain_text("color")
    by.press(page.get_by_role("button", name="Save"))

    by.press(page.get_by_label("Actions for Picky"))
    by.press(page.locator("tr", has_text="Picky").get_by_role("link", name="History"))
    expect(page.get_by_role("row").nth(1)).to_contain_text("Ada (console)")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Observed attributes: color")
    by.press(page.get_by_role("button", name="Restore version 1"))
    expect(page.get_by_role("row", name="Observed attributes")).to_contain_text("price, quantity")
    by.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("'Picky' is saved")
    newest, *_ = history(database, "Picky")
    assert (newest.version, newest.document["observed_attributes"]) == (3, ["color"])


def test_the_dependent_switch_follows_product_update_and_the_focus_stays(engine: Engine, page: Page) -> None:
    page.goto("/policies/synchronization/new")
    update = page.get_by_label("Product Update", exact=True)
    follows = page.get_by_label("Inventory/Price Sync")
    expect(follows).to_be_disabled()
    expect(page.locator("#inventory_price_sync-field")).to_contain_text(
        "Inventory/Price Sync needs Product Update"
    )
    update.focus()
    page.keyboard.press("Space")
    expect(follows).to_be_enabled()
    expect(update).to_be_focused()
    page.keyboard.press("Tab")
    expect(follows).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#explanation")).to_contain_text("Price and stock go with them.")
    expect(follows).to_be_checked()
    expect(follows).to_be_focused()
    update.uncheck()
    expect(follows).to_be_disabled()
    expect(follows).not_to_be_checked()


def test_the_worked_example_follows_the_fields(engine: Engine, page: Page) -> None:
    page.goto("/policies/inventory/new")
    expect(page.get_by_role("row", name="18 in stock")).to_contain_text("sends 18")
    page.get_by_label("Buffer").fill("5")
    expect(page.get_by_role("row", name="18 in stock")).to_contain_text("sends 13")


def test_the_preview_of_the_last_7_days_loads_beside_the_form(engine: Engine, page: Page) -> None:
    page.goto("/policies/synchronization/edit?title=Default")
    expect(page.locator("#replay")).to_contain_text("You can save without it.")
    page.goto("/policies/synchronization/new")
    expect(page.locator("#replay")).to_contain_text("Which of the saves recorded in Kafka")
    page.get_by_label("Title").fill("Kept")
    page.get_by_role("button", name="Preview on the last 7 days").click()
    expect(page.locator("#replay")).to_contain_text("You can save without it.")
    expect(page.get_by_label("Title")).to_have_value("Kept")


def test_an_invalid_form_moves_the_focus_to_the_errors(engine: Engine, page: Page) -> None:
    page.goto("/policies/synchronization/new")
    page.get_by_role("button", name="Review changes").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("Title")).to_be_focused()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_screen_can_be_read_and_used_by_everybody(
    engine: Engine, page: Page, database: Database, scheme: str, width: int
) -> None:
    engine.save()
    with database.write() as connection:
        for kind, policy in zip(KINDS, WHOLE, strict=True):
            template_policies.save(connection, kind, policy, now=engine.clock(), author="Ada (console)")
    engine.template(replace(TEMPLATE, pricing_policy="Plus ten"))
    engine.policy(paused=True, activity_log=False)
    engine.policy(
        "A title with " + "averyverylongword" * 5,
        only_specific_attributes=True,
        observed_attributes=("color",),
    )
    looks(page, scheme, width)
    page.emulate_media(reduced_motion="reduce")
    for path in (
        "/policies",
        "/policies?type=order",
        "/policies/synchronization/new",
        "/policies/synchronization/edit?title=Default",
        "/policies/inventory/edit?title=Careful",
        "/policies/pricing/edit?title=Plus ten",
        "/policies/image/new",
        "/policies/synchronization/history?title=Default",
        "/policies/synchronization/delete?title=Default",
        "/policies/inventory/delete?title=Careful",
    ):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        read_well(page, path, width)
    page.goto("/policies")
    page.locator(".add-policy summary").click()
    read_well(page, "Add Policy", width)
    page.keyboard.press("Escape")
    page.get_by_label("Actions for Default").click()
    read_well(page, "a row's menu", width)
    page.goto("/policies/synchronization/history?title=Default")
    page.get_by_text("As it is now").click()
    read_well(page, "as it is now", width)
    page.get_by_role("button", name="Restore version 1").click()
    read_well(page, "the review", width)
    page.goto("/policies/pricing/new")
    page.get_by_label("Floor").fill("cheap")
    page.get_by_role("button", name="Review changes").click()
    read_well(page, "a refused form", width)


def read_well(page: Page, where: str, width: int) -> None:
    """Assert that axe finds nothing, and that the page isn't wider than the screen."""
    assert axe_faults(page) == [], where
    assert page.evaluate("document.documentElement.scrollWidth") <= width, where


def test_with_nothing_there_the_list_is_well_too(page: Page) -> None:
    page.goto("/policies")
    expect(page.locator(".empty")).to_contain_text("There is no policy yet.")
    assert axe_faults(page) == []
