"""The layout: imports go in one direction, and no other distribution has our package names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
DISTRIBUTION: Final = "magento-tiktok-sync"

MAY_IMPORT: Final[Mapping[str, frozenset[str]]] = {
    package: frozenset(imports.split())
    for package, imports in {
        "schemas": "",
        "background": "",
        "sandbox": "",
        "config": "schemas",
        "policies": "schemas",
        "magento": "schemas",
        "topics": "schemas",
        "tiktok": "schemas policies",
        "records": "schemas policies",
        "sync": "schemas policies tiktok records",
        "webhooks": "schemas magento topics records background",
        "consumer": "schemas policies tiktok magento records sync topics background",
        "operations": "schemas policies tiktok magento records sync topics",
        "console": "schemas policies tiktok magento records sync topics operations background",
        "commands": "schemas policies tiktok magento records sync topics operations config",
    }.items()
}
"""A package -> the packages that it may import; docs/architecture.md draws it."""

ENTRY_POINTS: Final = frozenset({"__main__", "serve"})
"""Modules that may import `config` even if their package may not: they read the settings and pass them on."""

IMPORT_ALL: Final = frozenset({"bench", "tests"})
"""Packages that may import every package, and that none may import."""


def packages() -> set[str]:
    return {file.parent.name for file in ROOT.glob("*/__init__.py")} - IMPORT_ALL


def modules(package: str) -> Iterator[Path]:
    return (ROOT / package).rglob("*.py")


def imports(module: Path) -> Iterator[str]:
    """Yield the modules that a module imports anywhere, with the imported names."""
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def forbidden_imports(package: str) -> set[tuple[str, str]]:
    """Return (module, imported package) for each import that the table does not allow."""
    found: set[tuple[str, str]] = set()
    for module in modules(package):
        allowed = {package} | MAY_IMPORT[package]
        if module.stem in ENTRY_POINTS and package != "sandbox":
            allowed |= {"config"}
        names = {name.partition(".")[0] for name in imports(module)} & (packages() | IMPORT_ALL)
        found |= {(str(module.relative_to(ROOT)), name) for name in names - allowed}
    return found


def test_every_package_is_in_the_table() -> None:
    assert packages() == set(MAY_IMPORT)


def test_a_package_imports_only_what_it_may() -> None:
    assert {wrong for package in MAY_IMPORT for wrong in forbidden_imports(package)} == set()


def test_the_table_has_no_cycle() -> None:
    below: set[str] = set()
    while ready := {package for package, names in MAY_IMPORT.items() if names <= below} - below:
        below |= ready
    assert below == set(MAY_IMPORT)


def test_import_linter_finds_no_cycle_and_no_import_of_a_higher_layer() -> None:
    """Check the contracts in pyproject.toml, which cover sub-packages and modules too."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def is_test(name: str) -> bool:
    return any(part.startswith("test_") for part in name.split("."))


@pytest.mark.parametrize("package", sorted(IMPORT_ALL))
def test_no_module_imports_a_test_module(package: str) -> None:
    wrong = {
        str(module.relative_to(ROOT)): sorted(tests)
        for module in modules(package)
        if (tests := set(filter(is_test, imports(module))))
    }
    assert wrong == {}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_imports_name_their_package_in_full(package: str) -> None:
    relative = [
        str(module.relative_to(ROOT))
        for module in modules(package)
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_no_other_distribution_has_a_package_name(package: str) -> None:
    """After adding a package, run `make install`: an editable installation does not notice it by itself."""
    assert set(packages_distributions().get(package, ())) <= {DISTRIBUTION}
    assert package not in sys.stdlib_module_names


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_every_package_is_in_the_wheel(package: str) -> None:
    config = ConfigParser()
    config.read_string((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    assert {package, f"{package}.*"} <= set(config["options.packages.find"]["include"].split())
