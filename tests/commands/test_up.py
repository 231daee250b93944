"""`m2t up --demo`: rules are tried in a separate world; the console shows only a healthy demo shop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests

from commands.console import link_of
from commands.demo_world.demo_life import demo_world
from commands.demo_world.rules import RULES
from commands.demo_world.world import World, WorldInUse, world_folder

TRIED = [
    next(rule for rule in RULES if rule.rule.startswith(beginning))
    for beginning in (
        "Product Upload on: a new",
        "… quantity_and",
        "Inventory policy, buffer 5",
        "A status that is not understood",
        "An imported product",
        "Stock that an ERP sends",
        "The seller revokes",
    )
]
"""Rules of each kind: plain, about a code of Magento's, with its own template, with a body of its own, with a further
hook, about REST, and one that leaves its shop stopped."""
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    progress: list[str] = []
    folder = tmp_path_factory.mktemp("demo")
    with demo_world(folder, progress.append, TRIED, any_ports=True) as opened:
        assert [line.strip() for line in progress if "ok  " in line] == [
            f"ok   {rule.rule}" for rule in TRIED
        ]
        yield opened


@pytest.fixture(scope="module")
def console(demo: World) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.get(link_of(demo.database, demo.settings, "demo", create=True), timeout=20).raise_for_status()
        yield session


def page(demo: World, console: requests.Session, path: str) -> str:
    answer = console.get(f"{demo.console_url}{path}", timeout=20)
    answer.raise_for_status()
    return answer.text


def rows(html: str) -> list[str]:
    """Return the first cell of each row of the page's lists."""
    cells = re.findall(r"<tr[^>]*>\s*<t[dh][^>]*>(.*?)</t[dh]>", html, re.DOTALL)
    texts = (unescape(re.sub(r"<[^>]+>", " ", cell)).split() for cell in cells)
    return [" ".join(words) for words in texts]


def test_the_overview_is_healthy(demo: World, console: requests.Session) -> None:
    html = page(demo, console, "/")
    assert "Demo shop" in html and "Up to date" in html
    assert "stopped" not in html
    assert 'class="message error"' not in html and 'class="message warning"' not in html


@pytest.mark.parametrize(
    ("path", "title", "heading"),
    [
        ("/policies", "Default", "Title"),
        ("/listing-templates", "Shirts", "Title"),
        ("/settings", "Demo shop demo", "Shop"),
    ],
)
def test_a_list_contains_only_what_belongs_to_the_demo_shop(
    demo: World, console: requests.Session, path: str, title: str, heading: str
) -> None:
    listed = rows(page(demo, console, path))
    assert listed[listed.index(heading) :][:2] == [heading, title]
    assert not [row for row in listed if "rule" in row.lower()]


def test_the_demo_shop_has_products_and_listings(demo: World, console: requests.Session) -> None:
    assert "DEMO-" not in page(demo, console, "/products?shop=demo")
    found = requests.get(f"{demo.tiktok_url}/_sandbox/products", timeout=20).json()["products"]
    assert found, "part of the catalogue is listed"


def test_a_world_in_use_is_refused(tmp_path: Path) -> None:
    with world_folder(tmp_path), pytest.raises(WorldInUse, match="in use by process"), world_folder(tmp_path):
        pass
