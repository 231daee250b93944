"""No shop of the tests has TikTok's own address, so that no test can call it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schemas.shop import Shop

ROOT = Path(__file__).parents[2]
HERE = frozenset({"127.0.0.1", "localhost"})
EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "tests").rglob("examples.py")
)


@pytest.mark.parametrize("module", EXAMPLES)
def test_the_shops_of_the_examples_call_this_machine(module: str) -> None:
    shops = [value for value in vars(import_module(module)).values() if isinstance(value, Shop)]
    called = {
        url for shop in shops if shop.tiktok.connected for url in (shop.tiktok.api_url, shop.tiktok.auth_url)
    }
    assert {url for url in called if urlsplit(url).hostname not in HERE} == set()
