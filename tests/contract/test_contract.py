"""The external contract is as in the snapshot files of version 0.1.0.

A difference is either a defect or a decision. For a decision, regenerate the files with
`python -m tests.contract.snapshot`, review the difference, and add a line to CHANGELOG.md.
"""

from __future__ import annotations

import json
import logging
import os
import runpy
import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect
from werkzeug.wrappers import Response

from console.web.context import ConsoleContext, Kafka
from records.db.database import Database
from records.db.secret_box import SecretBox
from records.rules.load_rulebook import RulebookReader
from schemas.event_signature import EventSignatures
from schemas.secret import Secret
from tests.broker import NO_BROKER
from tests.contract.gather import SNAPSHOTS
from tests.contract.gather.database_schema import migrations
from tests.contract.gather.http_addresses import console_app, routes
from tests.contract.snapshot import FOLDER, SAMPLES, differences, file_of, report, text_of

MOVED = (301, 308)
EXIT_CODES_WITHOUT_SETTINGS = {"consumer": 78, "webhooks": 3, "console": 3}
PROBES = {"int": "1", "path": "x/y"}


def promised(name: str) -> Any:
    return json.loads(file_of(name).read_text(encoding="utf-8"))


def as_read_back(value: Any) -> Any:
    return json.loads(text_of(value))


@pytest.mark.parametrize("name", sorted(set(SNAPSHOTS) - {"addresses", "migrations"}))
def test_the_contract_is_as_in_its_snapshot(name: str) -> None:
    found = differences(name, promised(name), as_read_back(SNAPSHOTS[name]()))
    assert not found, report(found)


def test_every_snapshot_file_is_compared() -> None:
    assert set(FOLDER.glob("*.json")) == {*map(file_of, SNAPSHOTS), SAMPLES}


def test_released_revisions_keep_their_order() -> None:
    before, now = promised("migrations"), migrations()
    assert now[: len(before)] == before
    found = differences("migrations", before, now)
    assert not found, report(found)


# Differences


@pytest.mark.parametrize(
    ("before", "after", "begins"),
    [
        ({"a": {"b": 1}}, {"a": {}}, "removed: a > b (was 1)"),
        ({"a": ["x", "y"]}, {"a": ["y"]}, "removed: a > x"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "changed: a > b was 1, is 2"),
        ({"a": ["x"]}, {"a": ["x", "y"]}, "added: a > y: add it to tests/contract/snapshots/name.json"),
    ],
)
def test_a_difference_is_reported_with_what_to_do(before: Any, after: Any, begins: str) -> None:
    assert any(line.startswith(begins) for line in differences("name", before, after))


def test_equal_values_have_no_differences() -> None:
    assert differences("name", {"a": {}, "b": [2, 1]}, {"b": [1, 2], "a": {}}) == []


# Addresses


def example_of(address: str) -> str:
    """Return an address with values for its parameters."""
    parts = [part.partition("<") for part in address.split("/")]
    return "/".join(
        f"{text}{PROBES.get(parameter.rstrip('>'), 'x')}" if parameter else text
        for text, _, parameter in parts
    )


def lost_addresses(app: Flask, expected: dict[str, list[str]]) -> list[str]:
    """Return each address and method that neither exists nor is permanently redirected."""
    found, client = routes(app), app.test_client()
    return [
        f"{method} {address}"
        for address, methods in expected.items()
        for method in methods
        if method not in found.get(address, ())
        and client.open(example_of(address), method=method).status_code not in MOVED
    ]


@pytest.fixture
def console(sqlite: Database) -> Flask:
    """Return the console with an empty database."""
    key = Secret("the key of the contract's console, 40 signs")
    box = SecretBox(key)
    closed_port = {"bootstrap_servers": ["127.0.0.1:9"], **NO_BROKER}
    nowhere = Kafka(closed_port, "events", "dead_letters", "outcomes", "group")
    context = ConsoleContext(
        database=sqlite,
        box=box,
        rulebooks=RulebookReader(box),
        kafka=nowhere,
        signatures=EventSignatures([key]),
        webhooks_url="http://127.0.0.1:9",
        consumer_url="http://127.0.0.1:9",
    )
    return console_app(context)


def test_an_address_of_the_console_exists_or_is_redirected(console: Flask) -> None:
    assert lost_addresses(console, promised("addresses")["console"]) == []


def test_new_addresses_are_in_the_snapshot() -> None:
    before, now = promised("addresses"), as_read_back(SNAPSHOTS["addresses"]())
    found = differences("addresses", before, now)
    # A removed address of the console may be redirected, which another test checks.
    wrong = [line for line in found if not line.startswith("removed: console > ")]
    assert not wrong, report(wrong)


def test_a_removed_address_is_lost_unless_it_is_permanently_redirected() -> None:
    app = Flask("example", static_folder=None)

    @app.errorhandler(404)
    def moved(_: Exception) -> Response:
        return redirect("/new/1", 308)

    assert lost_addresses(app, {"/old/<int>": ["GET", "POST"]}) == []
    assert lost_addresses(Flask("empty", static_folder=None), {"/old/<int>": ["GET"]}) == ["GET /old/<int>"]


# Processes


@pytest.mark.parametrize("package", sorted(EXIT_CODES_WITHOUT_SETTINGS))
def test_a_process_is_started_as_a_module_and_names_a_missing_setting(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("M2T_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "_exit", sys.exit)
    monkeypatch.setattr(logging, "shutdown", lambda: None)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    assert ended.value.code == EXIT_CODES_WITHOUT_SETTINGS[package]
    assert "M2T_SECRET_KEY" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["console.serve", "webhooks.serve"])
def test_an_app_is_importable_by_the_name_in_server_configurations(module: str) -> None:
    assert callable(import_module(module).app)


def test_m2t_is_the_installed_command() -> None:
    (command,) = entry_points(group="console_scripts", name="m2t")
    assert callable(command.load())
