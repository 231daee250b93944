"""What people and other programs rely on stays as it is: a difference is either a defect, or a decision with a line in
CHANGELOG.md and a snapshot written anew by `python -m tests.contract.snapshot`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.gather import ROOT, SNAPSHOTS
from tests.contract.snapshot import FOLDER, text_of


@pytest.mark.parametrize("name", sorted(SNAPSHOTS))
def test_the_outside_is_what_the_snapshot_says(name: str) -> None:
    assert text_of(SNAPSHOTS[name]()) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def test_no_snapshot_is_without_a_test() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {*SNAPSHOTS, "records"}


@pytest.mark.parametrize("name", ["webhooks.serve", "console.serve"])
def test_an_app_is_opened_by_the_name_that_servers_are_configured_with(name: str) -> None:
    script = f"import {name}; assert callable({name}.app)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize("package", ["consumer", "webhooks", "console"])
def test_a_process_is_started_as_a_module(package: str) -> None:
    assert Path(ROOT, package, "__main__.py").is_file()
