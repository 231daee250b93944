"""A real Chromium for the session, and axe checks of its pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

WHERE = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Programs, best first. The headless shell is Chromium without windows: it takes about half of the CPU."""
FLAGS = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium() -> str:
    """Return the path of Chromium: `M2T_CHROMIUM`, else an installed one (`make test` installs the first)."""
    found = os.environ.get("M2T_CHROMIUM") or next(
        (path for name in WHERE if (path := shutil.which(name))), None
    )
    if found is None:
        raise RuntimeError("no Chromium: run make browser, or set M2T_CHROMIUM to its path")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium for the first test that uses it. Each test opens a context of its own."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=flags)
        yield started
        started.close()


COLOUR_RULES = ("color-contrast", "link-in-text-block")
"""The rules of axe whose result depends on colours."""


def axe_faults(page: Page, *rules: str) -> list[str]:
    """Return the violations that axe finds on the page, each with its rule and element: of these rules, or of all."""
    from axe_playwright_python.base import AXE_SCRIPT

    # Load axe once for each document, and return only violations: passing rules are most of the result and of the time.
    if page.evaluate("typeof window.axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    violations = page.evaluate("options => axe.run(options).then(results => results.violations)", options)
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '').splitlines()[-1:]}"
        for violation in violations
        for node in violation["nodes"]
    ]
