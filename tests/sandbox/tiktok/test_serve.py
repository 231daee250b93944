"""Serve: the stand-in as a process, and what it needs of the rest of the house: nothing."""

from __future__ import annotations

import ast
import json
import signal
from pathlib import Path

import pytest
import requests

import sandbox.tiktok
from sandbox.tiktok.shops import BadShops, Shop, read_shops
from tests.sandbox.tiktok.tiktok_process import serving

ROOM = Path(sandbox.tiktok.__file__).parent
HOUSE = ROOM.parents[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_in_one_line_where_it_is_and_stops_when_told(number: signal.Signals) -> None:
    with serving("--audit-seconds", "0.5") as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            assert told["sandbox"] == "tiktok"
            settings = requests.get(f"{told['url']}/_sandbox/settings", timeout=20).json()
            assert settings["audit_seconds"] == 0.5
            process.send_signal(number)
            rest, complaints = process.communicate(timeout=20)
            assert (process.returncode, rest, complaints) == (0, "", "")
        finally:
            process.kill()


def test_it_serves_the_shops_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shops.json"
    file.write_text(json.dumps([{"app_key": "mine", "shop_cipher": "GCP_mine", "warehouses": ["1", "2"]}]))
    (shop,) = read_shops(file)
    assert (shop.app_key, shop.shop_cipher, shop.warehouses) == ("mine", "GCP_mine", ("1", "2"))
    assert shop.region == "US"


def test_a_bad_file_of_shops_stops_it_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "shops.json"
    file.write_text('[{"app_kee": "x"}]')
    with serving("--config", str(file)) as process:
        out, complaints = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "shop 1: app_kee is not known" in complaints


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("{}", "a list with at least one shop"),
        ("[]", "a list with at least one shop"),
        ("[1]", "shop 1: an object is wanted"),
        ('[{"currency": "DOLLAR"}]', "no currency 'DOLLAR'"),
        ('[{"warehouses": "1"}]', "warehouses must be a list"),
        ('[{"app_key": ""}]', "app_key must be a text"),
        ('[{"categories": [{"name": "Mugs"}]}]', "shop 1, category 1: id is missing"),
        ('[{"categories": [{"id": "1", "name": "Mugs", "needs": ["love"]}]}]', "no need is called 'love'"),
        ("[{}, {}]", "Two shops have the same shop_cipher"),
        ('[{}, {"shop_cipher": "b", "app_secret": "c"}]', "different app_secrets"),
    ],
)
def test_a_file_of_shops_is_judged_with_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "shops.json"
    file.write_text(text)
    with pytest.raises(BadShops, match=words):
        read_shops(file)


def test_a_shop_shows_no_secret() -> None:
    shop = Shop()
    for secret in (shop.app_secret, shop.access_token, shop.refresh_token):
        assert secret not in repr(shop)


def imported(module: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(module.read_bytes())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("module", sorted(ROOM.rglob("*.py")), ids=lambda module: module.stem)
def test_it_imports_nothing_of_the_project(module: Path) -> None:
    rooms = {file.parent.name for file in HOUSE.glob("*/__init__.py")} - {"sandbox"}
    assert not {name.partition(".")[0] for name in imported(module)} & rooms
    assert all(name.startswith("sandbox.tiktok") for name in imported(module) if name.startswith("sandbox"))
