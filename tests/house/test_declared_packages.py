"""Imported distributions are declared in setup.cfg, and declared ones are imported or listed here as tools."""

from __future__ import annotations

import ast
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
OURS: Final = frozenset({file.parent.name for file in ROOT.glob("*/__init__.py")})
NOT_PRODUCT: Final = frozenset({"tests", "bench"})
DISTRIBUTIONS: Final = packages_distributions()

STUBS: Final = frozenset({"_typeshed"})
"""Modules that exist for type checkers only."""
RUN_ONLY: Final = frozenset(
    {
        *("import-linter", "mypy", "ruff", "setuptools", "types-pyyaml", "types-requests"),
        *("pytest-cov", "pytest-timeout", "pytest-xdist", "vulture"),
    }
)
"""Distributions of the extra `dev` that are run and never imported."""


def declared() -> dict[str, set[str]]:
    """Return the distributions of each extra; those of the product itself under the empty name."""
    config = ConfigParser()
    config.read_string((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    lists = {"": config["options"]["install_requires"], **config["options.extras_require"]}
    return {
        extra: {canonicalize_name(Requirement(line).name) for line in text.splitlines() if line.strip()}
        for extra, text in lists.items()
    }


def imported(*packages: str) -> dict[str, str]:
    """Return the distributions that these packages import, each with a module that imports it."""
    found: dict[str, str] = {}
    for package in packages:
        for module in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_bytes())):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                else:
                    continue
                tops = {name.partition(".")[0] for name in names} - OURS - sys.stdlib_module_names - STUBS
                for top in tops:
                    for distribution in DISTRIBUTIONS.get(top, [f"{top}, which is not installed"]):
                        found[canonicalize_name(distribution)] = str(module.relative_to(ROOT))
    return found


PRODUCT: Final = sorted(OURS - NOT_PRODUCT)


def test_what_the_product_imports_is_declared() -> None:
    everything = declared()
    allowed = everything[""] | everything["local"] | everything["postgres"]
    assert {name: where for name, where in imported(*PRODUCT).items() if name not in allowed} == {}


def test_what_the_tests_import_is_declared() -> None:
    allowed = set().union(*declared().values())
    assert {name: where for name, where in imported("tests").items() if name not in allowed} == {}


def test_every_declared_distribution_is_used() -> None:
    everything = declared()
    used = imported(*PRODUCT).keys()
    unused = {extra: everything[extra] - used for extra in ("", "local", "postgres")}
    unused["dev"] = everything["dev"] - imported("tests", "docs").keys() - RUN_ONLY
    assert {extra: names for extra, names in unused.items() if names} == {}
