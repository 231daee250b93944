"""Each rule in docs/tiktok.md has tests that exist, and each case that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "tiktok.md"
_ROW = re.compile(
    r"^\| (?P<rule>[^|]+) \| (?P<source>[^|]+) \| (?P<tests>`[\w/]*test_[^|]+) \|$", re.MULTILINE
)
_TEST = re.compile(r"`(?P<file>[\w/]*test_\w+\.py)::(?P<name>test_\w+)(?:\[(?P<case>[^\]]+)\])?`")
ROWS = {row["rule"]: row for row in _ROW.finditer(DOCUMENT.read_text(encoding="utf-8"))}


@cache
def functions_and_strings(file: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the functions of a test module and its strings: a case of a table is named by a string."""
    tree = ast.parse((HERE / file).read_bytes())
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    strings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(functions), frozenset(strings)


def test_every_row_of_the_tables_is_parsed() -> None:
    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "::test_" in line]
    assert len(lines) == len(ROWS) > 40


@pytest.mark.parametrize("rule", ROWS)
def test_every_rule_has_a_source_and_existing_tests(rule: str) -> None:
    assert ROWS[rule]["source"].strip()
    tests = list(_TEST.finditer(ROWS[rule]["tests"]))
    assert len(tests) == ROWS[rule]["tests"].count("`") // 2
    for test in tests:
        functions, strings = functions_and_strings(test["file"])
        assert test["name"] in functions
        assert test["case"] is None or test["case"] in strings
