"""A real Chromium for the tests of this session, and axe over a page of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

WHERE = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium() -> str:
    """The browser of this machine: `M2T_CHROMIUM`, else the installed one (`make test` installs it)."""
    found = os.environ.get("M2T_CHROMIUM") or next(
        (path for name in WHERE if (path := shutil.which(name))), None
    )
    if found is None:
        raise RuntimeError("no Chromium: run make browser, or set M2T_CHROMIUM to its path")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Started at the first test that wants it; each page is in a context of its own, with nothing remembered."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=flags)
        yield started
        started.close()


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds on the page as it is: the rule and where; an empty list is what is wanted."""
    from axe_playwright_python.base import AXE_SCRIPT

    # Once for each document, and only the violations come back: what passes is most of the answer, and of the time.
    if page.evaluate("typeof window.axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate("axe.run({resultTypes: ['violations']}).then(results => results.violations)")
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '').splitlines()[-1:]}"
        for violation in violations
        for node in violation["nodes"]
    ]
