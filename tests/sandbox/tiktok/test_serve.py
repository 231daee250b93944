"""The sandbox as a process, and its independence from the rest of the project."""

from __future__ import annotations

import ast
import json
import signal
from pathlib import Path

import pytest
import requests

import sandbox.tiktok
from sandbox.tiktok.shops import InvalidShopsFile, Shop, read_shops
from tests.sandbox.tiktok.tiktok_process import start_sandbox

PACKAGE = Path(sandbox.tiktok.__file__).parent
PROJECT = PACKAGE.parents[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_url_and_stops_on_a_signal(number: signal.Signals) -> None:
    with start_sandbox("--audit-seconds", "0.5") as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert ready["sandbox"] == "tiktok"
            settings = requests.get(f"{ready['url']}/_sandbox/settings", timeout=20).json()
            assert settings["audit_seconds"] == 0.5
            process.send_signal(number)
            output, errors = process.communicate(timeout=20)
            assert (process.returncode, output, errors) == (0, "", "")
        finally:
            process.kill()


def test_shops_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shops.json"
    file.write_text(json.dumps([{"app_key": "mine", "shop_cipher": "GCP_mine", "warehouses": ["1", "2"]}]))
    (shop,) = read_shops(file)
    assert (shop.app_key, shop.shop_cipher, shop.warehouses) == ("mine", "GCP_mine", ("1", "2"))
    assert shop.region == "US"


def test_an_invalid_shops_file_stops_the_process_with_a_message(tmp_path: Path) -> None:
    file = tmp_path / "shops.json"
    file.write_text('[{"app_kee": "x"}]')
    with start_sandbox("--config", str(file)) as process:
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (2, "")
    assert "shop 1: unknown field app_kee" in errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("{}", "must be a list with at least one shop"),
        ("[]", "must be a list with at least one shop"),
        ("[1]", "shop 1: must be an object"),
        ('[{"currency": "DOLLAR"}]', "does not support the currency 'DOLLAR'"),
        ('[{"warehouses": "1"}]', "warehouses must be a list"),
        ('[{"app_key": ""}]', "app_key must be text"),
        ('[{"categories": [{"name": "Mugs"}]}]', "shop 1, category 1: id is missing"),
        ('[{"categories": [{"id": "1", "name": "Mugs", "needs": ["love"]}]}]', "unknown need 'love'"),
        ("[{}, {}]", "Two shops have the same shop_cipher"),
        ('[{}, {"shop_cipher": "b", "app_secret": "c"}]', "different app_secrets"),
    ],
)
def test_an_invalid_shops_file_is_rejected_with_a_message(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "shops.json"
    file.write_text(text)
    with pytest.raises(InvalidShopsFile, match=message):
        read_shops(file)


def test_the_repr_of_a_shop_has_no_secret() -> None:
    shop = Shop()
    for secret in (shop.app_secret, shop.access_token, shop.refresh_token):
        assert secret not in repr(shop)


def imported_modules(module: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(module.read_bytes())))
    direct = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return direct | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda module: module.stem)
def test_the_sandbox_imports_nothing_of_the_project(module: Path) -> None:
    packages = {file.parent.name for file in PROJECT.glob("*/__init__.py")} - {"sandbox"}
    assert not {name.partition(".")[0] for name in imported_modules(module)} & packages
    assert all(
        name.startswith("sandbox.tiktok") for name in imported_modules(module) if name.startswith("sandbox")
    )
