"""Modules can be imported in any order: a new process imports each package alone, its modules in reverse order.

import-linter excludes cycles; this finds a package that works only after another was imported.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = sorted(
    file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name not in ("tests", "bench")
)
ALEMBIC_RUNS_IT: Final = "records.migrations.env"

IMPORT_EACH: Final = """
import importlib, sys
failed = []
for name in sys.stdin.read().split():
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
print("\\n".join(failed), end="")
"""


def modules(package: str) -> list[str]:
    """Return the modules of a package, except `__main__`, which is run and not imported."""
    paths = [file.relative_to(ROOT).with_suffix("") for file in (ROOT / package).rglob("*.py")]
    names = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    own = (name for name in names if not name.endswith("__main__") and name != ALEMBIC_RUNS_IT)
    return sorted(own, reverse=True)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_can_be_imported_alone_in_reverse_order(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH],
        cwd=ROOT,
        input="\n".join(modules(package)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
