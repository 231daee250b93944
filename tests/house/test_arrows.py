"""The house: imports run one way, and each room's name is ours alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
DISTRIBUTION = "magento-tiktok-sync"

MAY_OPEN_ONTO: Mapping[str, frozenset[str]] = {
    "schemas": frozenset(),
    "sandbox": frozenset(),
    "config": frozenset({"schemas"}),
    "policies": frozenset({"schemas"}),
    "tiktok": frozenset({"schemas", "policies"}),
    "magento": frozenset({"schemas"}),
    "records": frozenset({"schemas", "policies"}),
    "topics": frozenset({"schemas", "magento"}),
    "webhooks": frozenset({"schemas", "magento", "topics", "records"}),
    "sync": frozenset({"schemas", "policies", "tiktok", "records"}),
    "consumer": frozenset({"schemas", "policies", "tiktok", "magento", "records", "sync", "topics"}),
    "operations": frozenset(
        {"schemas", "policies", "tiktok", "magento", "records", "sync", "topics", "consumer", "webhooks"}
    ),
    "console": frozenset(
        {"schemas", "policies", "tiktok", "magento", "records", "sync", "topics", "consumer", "operations"}
    ),
    "commands": frozenset(
        {
            "schemas",
            "policies",
            "tiktok",
            "magento",
            "records",
            "webhooks",
            "sync",
            "topics",
            "consumer",
            "operations",
            "config",
        }
    ),
}
"""A room -> the rooms that it may import; the drawing of the design, as a table."""

ENTRY_POINTS = frozenset({"__main__", "serve"})
"""Modules that may open `config` in a room that otherwise may not: settings are read there, and handed in."""


LOOK_AT_ALL = frozenset({"bench", "tests"})
"""They may open onto every room, and no room onto them."""


PURE_IN_WEBHOOKS = frozenset({"magento.payloads.delivery"})
"""All that operations may open of the door: what judges a body, which opens nothing itself."""


def rooms() -> set[str]:
    return {file.parent.name for file in HOUSE.glob("*/__init__.py")} - LOOK_AT_ALL


def modules(room: str) -> Iterator[Path]:
    return (HOUSE / room).rglob("*.py")


def imports(module: Path) -> Iterator[str]:
    """The modules that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def opens_onto(module: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(module)} & (rooms() | LOOK_AT_ALL)


def may_open_onto(room: str, module: Path) -> set[str]:
    config = {"config"} if module.stem in ENTRY_POINTS and room != "sandbox" else set()
    return {room} | MAY_OPEN_ONTO[room] | config


def test_every_room_is_in_the_drawing() -> None:
    assert rooms() <= set(MAY_OPEN_ONTO)


@pytest.mark.parametrize("room", sorted(MAY_OPEN_ONTO))
def test_a_room_opens_only_onto_the_rooms_it_may(room: str) -> None:
    wrong = {
        str(module.relative_to(HOUSE)): sorted(strangers)
        for module in modules(room)
        if (strangers := opens_onto(module) - may_open_onto(room, module))
    }
    assert wrong == {}


def test_the_arrows_run_one_way() -> None:
    below: set[str] = set()
    while ready := {room for room, opens in MAY_OPEN_ONTO.items() if opens <= below} - below:
        below |= ready
    assert below == set(MAY_OPEN_ONTO)


def test_operations_open_onto_what_is_pure_at_the_door() -> None:
    opened = {name for module in modules("operations") for name in modules_imported(module)}
    assert {name for name in opened if name.startswith("webhooks")} <= PURE_IN_WEBHOOKS
    pending, seen = {*PURE_IN_WEBHOOKS}, set[str]()
    while pending:
        seen.add(name := pending.pop())
        imported = modules_imported(HOUSE / f"{name.replace('.', '/')}.py")
        assert not {target.partition(".")[0] for target in imported} & {
            "flask",
            "kafka",
            "sqlalchemy",
            "records",
        }
        pending |= {target for target in imported if target.startswith(("webhooks.", "magento."))} - seen
    assert "magento.payloads.product_payload" in seen


def is_package(name: str | None) -> bool:
    return name is not None and (HOUSE / name.replace(".", "/")).is_dir()


def modules_imported(module: Path) -> set[str]:
    """As `imports`, with ``from room import module`` as the module itself."""
    return {
        f"{node.module}.{alias.name}" if is_package(node.module) else node.module or ""
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {name for name in imports(module) if not is_package(name)}


def names_imported(module: Path) -> set[str]:
    """As `imports`, with what comes out of each module behind its name."""
    return {
        f"{node.module or ''}.{alias.name}"
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | set(imports(module))


def is_of_a_test(name: str) -> bool:
    return any(part.startswith("test_") for part in name.split("."))


@pytest.mark.parametrize("room", sorted(LOOK_AT_ALL))
def test_what_several_tests_use_stands_in_no_test_of_them(room: str) -> None:
    wrong = {
        str(module.relative_to(HOUSE)): sorted(tests)
        for module in modules(room)
        if (tests := set(filter(is_of_a_test, names_imported(module))))
    }
    assert wrong == {}


@pytest.mark.parametrize("room", sorted(MAY_OPEN_ONTO))
def test_imports_name_their_room_in_full(room: str) -> None:
    relative = [
        str(module.relative_to(HOUSE))
        for module in modules(room)
        for node in ast.walk(ast.parse(module.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


@pytest.mark.parametrize("room", sorted(MAY_OPEN_ONTO))
def test_a_rooms_name_is_ours_alone(room: str) -> None:
    if room in rooms():
        assert set(packages_distributions()[room]) == {DISTRIBUTION}
    assert room not in sys.stdlib_module_names
