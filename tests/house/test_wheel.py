"""The wheel is complete: it is built, installed outside the checkout, and used there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

PAGE: Final = """
from pathlib import Path
import console.app, sys
assert Path(console.app.__file__).is_relative_to(sys.argv[1]), console.app.__file__
from console.serve import app
client = app().test_client()
page = client.get("/", headers={"Host": "localhost"}, follow_redirects=True)
assert page.status_code == 200, page.status
import re
(sheet, *_) = re.findall(r'href="([^"]+console\\.css[^"]*)"', page.get_data(as_text=True))
style = client.get(sheet, headers={"Host": "localhost"})
assert style.status_code == 200 and style.mimetype == "text/css" and len(style.data) > 1000, style.status
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder outside the checkout with the installed wheel."""
    built, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    source = tmp_path_factory.mktemp("source") / "checkout"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", built, source], check=True
    )
    (wheel,) = built.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", target, wheel], check=True)
    return target


def run(installed: Path, folder: Path, *arguments: object, **settings: str) -> str:
    """Return the output of a Python process that sees the installed wheel but not the checkout."""
    environment: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if not name.startswith("M2T_")},
        "PYTHONPATH": str(installed),
        "M2T_SECRET_KEY": "the secret key of the tests alone, 40 signs",
        "M2T_DATABASE_URL": f"sqlite:///{folder / 'm2t.db'}",
        **settings,
    }
    command = [sys.executable, "-P", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_installed_program_shows_help_upgrades_its_database_and_serves_a_page(
    installed: Path, tmp_path: Path
) -> None:
    assert "Commands" in run(installed, tmp_path, "-m", "commands.m2t", "--help")
    run(installed, tmp_path, "-m", "commands.m2t", "db", "upgrade")
    assert (tmp_path / "m2t.db").stat().st_size > 100_000
    run(installed, tmp_path, "-c", PAGE, installed)
