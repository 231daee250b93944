"""Conformance: each rule in docs/tiktok.md is shown by tests that exist, and each limit in the tables stands there."""

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
def names_and_words(file: str) -> tuple[frozenset[str], frozenset[str]]:
    """The functions of a test module, and the texts in it: a case of a table is named by one."""
    tree = ast.parse((HERE / file).read_bytes())
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    words = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(functions), frozenset(words)


def test_there_is_a_table_and_each_of_its_rows_is_read() -> None:
    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "::test_" in line]
    assert len(lines) == len(ROWS) > 40


@pytest.mark.parametrize("rule", ROWS)
def test_a_rule_has_a_source_and_is_shown_by_tests_that_exist(rule: str) -> None:
    assert ROWS[rule]["source"].strip()
    shown = list(_TEST.finditer(ROWS[rule]["tests"]))
    assert len(shown) == ROWS[rule]["tests"].count("`") // 2
    for test in shown:
        functions, words = names_and_words(test["file"])
        assert test["name"] in functions
        assert test["case"] is None or test["case"] in words
