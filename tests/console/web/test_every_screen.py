"""Every screen: accessible in both themes and widths, complete without JavaScript, and safe from hostile texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

import console
from console.web.access import COOKIE
from records.accounts.users import Role
from tests.browser import axe_faults
from tests.console.conftest import Visitor
from tests.console.every_screen import NO_SCREENS, PATHS, Words, furnish
from tests.console.looks import faults_of
from tests.consumer.engine import Engine

SCREENS = [path for paths in PATHS.values() for path in paths]
WAYS_IN = ["/sign-in", "/setup/register"]


def test_no_screen_is_left_out(app: Flask) -> None:
    there = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert there == PATHS.keys() | NO_SCREENS


@pytest.fixture
def looking(
    browser: Browser, served: str, enrolled: Callable[[Role, str], str]
) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an admin's browser with a theme and width, with or without JavaScript."""
    opened: list[BrowserContext] = []
    token = enrolled(Role.ADMIN, "Ada")

    def look(scheme: str = "light", width: int = 1280, *, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=served,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": COOKIE, "value": token, "url": served}])
        opened.append(context)
        return context.new_page()

    yield look
    for context in opened:
        context.close()


DARK: Final = re.compile(r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]*\{[^{}]*\})*)")
COLOURS: Final = ("--", "color-scheme", "filter")
"""Starts of the properties that change colours; a custom property gives no length in these style sheets."""


@pytest.mark.parametrize("sheet", ["console.css", "pico.min.css"])
def test_the_dark_theme_changes_colours_only(sheet: str) -> None:
    blocks = DARK.findall((Path(console.__file__).parent / "static" / sheet).read_text())
    assert blocks
    rules = re.findall(r"\{([^{}]*)\}", re.sub(r"url\([^)]*\)", "url()", "".join(blocks)))
    changes = [change.strip() for rule in rules for change in rule.split(";") if change.strip()]
    assert [change for change in changes if not change.startswith(COLOURS)] == []
    lengths = re.compile(r":\s*[\d.]+(px|r?em|%|ch|v[wh])?$")
    assert [c for c in changes if lengths.search(c) and "opacity" not in c] == []


PARTS: Final = 5
"""The screens are split into this many tests, so that none ends long after the others."""


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_and_nothing_is_cut(
    engine: Engine, looking: Callable[..., Page], part: int
) -> None:
    furnish(engine)
    page = looking()
    faults = []
    for path in SCREENS[part::PARTS]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"
        faults += list(faults_of(page, path))
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_while_there_is_nothing_yet_and_nothing_is_cut(
    engine: Engine, looking: Callable[..., Page], part: int
) -> None:
    page = looking()
    faults = []
    for path in [paths[0] for paths in PATHS.values()][part::PARTS]:
        answer = page.goto(path)
        assert answer is not None
        if answer.status == 404:
            continue
        assert answer.status == 200, f"{path} answered {answer.status}"
        faults += list(faults_of(page, path))
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_ways_in(browser: Browser, served: str, scheme: str) -> None:
    context = browser.new_context(base_url=served, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    faults = []
    for path in WAYS_IN:
        page.goto(path)
        faults += [f"{path}: {fault}" for fault in axe_faults(page)]
    context.close()
    assert faults == []


def test_every_screen_is_whole_without_javascript(
    engine: Engine, visitor: Callable[..., Visitor], looking: Callable[..., Page]
) -> None:
    """Without JavaScript every text is there, and nothing that needs a script stays on the screen."""
    furnish(engine)
    page = looking(javascript=False)
    for path in SCREENS:
        page.goto(path)
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").inner_text().strip(), path
        assert page.title().endswith(" - m2t"), path
        assert page.locator("form[method=post] button, form[method=get] button").count() >= 0, path
        assert page.locator("button[type=button]:visible").count() == 0, (
            f"{path}: a button that only a script presses"
        )


PAYLOADS = [
    "<script>window.hit=1</script>", "<img src=x onerror=window.hit=1>", "\"><svg onload=window.hit=1>",
    "'><script>window.hit=1</script>", "<body onload=window.hit=1>", "<iframe src=javascript:window.hit=1>",
    "<a href=javascript:window.hit=1>x</a>", "javascript:window.hit=1", "<details open ontoggle=window.hit=1>",
    "<input autofocus onfocus=window.hit=1>", "<select autofocus onfocus=window.hit=1>",
    "<video src=x onerror=window.hit=1>", "<math><mtext></mtext><script>window.hit=1</script></math>",
    "</title><script>window.hit=1</script>", "</textarea><script>window.hit=1</script>",
    "</script><script>window.hit=1</script>", "--><script>window.hit=1</script>",
    "]]><script>window.hit=1</script>", "{{7*7}}", "${7*7}", "{% raw %}", "<%= 7*7 %>",
    "\" onmouseover=window.hit=1 x=\"", "' onmouseover=window.hit=1 x='", "` onmouseover=window.hit=1",
    "<style>*{background:url(/hit)}</style>", "<link rel=stylesheet href=/hit>",
    "<meta http-equiv=refresh content=0;url=/hit>", "<base href=//evil.example/>",
    "<form action=/hit><button autofocus>x</button></form>", "<object data=/hit>", "<embed src=/hit>",
    "<div hx-get=/hit hx-trigger=load>", "<div data-hx-get=/hit data-hx-trigger=load>", "<p data-live=/hit>",
    "<svg><use href=/hit#x></svg>", "<svg><script>window.hit=1</script></svg>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;", "\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e",
    "<scr\u0000ipt>window.hit=1</scr\u0000ipt>",
]  # fmt: skip


def test_forty_hostile_words_run_nowhere(engine: Engine, looking: Callable[..., Page]) -> None:
    assert len(PAYLOADS) == 40
    everything = " ".join(PAYLOADS).replace("\x00", "")
    furnish(engine, Words(name=everything, message=everything))
    for number, payload in enumerate(PAYLOADS):
        engine.save(f"HOSTILE-{number}", name=payload.replace("\x00", ""))
    page = looking()
    opened: list[str] = []
    page.on("request", lambda request: opened.append(request.url))
    page.on("dialog", lambda dialog: opened.append(f"dialog {dialog.message}"))
    for path in SCREENS:
        page.goto(path)
        assert page.evaluate("window.hit") is None, path
        assert "evil.example" not in page.evaluate("document.baseURI"), path
    assert [
        url for url in opened if url.endswith("/hit") or "evil.example" in url or url.startswith("dialog")
    ] == []


def test_hostile_texts_are_escaped(engine: Engine, visitor: Callable[..., Visitor]) -> None:
    furnish(engine, Words(name="<script>window.hit=1</script>", message="<b>no</b>"))
    ada = visitor()
    for path in ("/products", "/products/1", "/activity", "/feed/1", "/dead-letters/1", "/jobs/2"):
        page = ada.get(path).get_data(as_text=True)
        assert "<script>window.hit" not in page and "<b>no" not in page, path
        assert escape("<script>window.hit=1</script>") in page or escape("<b>no</b>") in page, path
