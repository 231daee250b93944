"""`.ci/plain_names.py` names what does not say what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.copied_check import run_check


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("shops_told = 1", "shops_told"),
        ("class HeldBody: pass", "HeldBody"),
        ("asked = ones = []", "ones"),
        ("_LATER, wish_ = 1, 2", "wish_"),
        ("def find_one(): pass", "find_one"),
        ("def first(one_of_them): pass", "one_of_them"),
        ("def test_what_is_owed(): pass", "test_what_is_owed"),
        ("import shop as tools_", "tools_"),
    ],
)
def test_a_name_with_a_ruled_out_word_is_red(tmp_path: Path, line: str, name: str) -> None:
    code, lines = run_check(tmp_path, "plain_names.py", {"shop/views.py": f"{line}\n"})
    assert code == 1
    assert f"shop/views.py:1: {name}: say what it is; see docs/contributing.md" in lines


@pytest.mark.parametrize(
    "line",
    [
        "known_hosts = unknown = []",
        "later_events = subject_line = 1",
        "def test_each_one_of_them_is_read_and_the_last_one(): pass",
        "is_one_of = untold = 1",
    ],
)
def test_a_plain_name_is_not(tmp_path: Path, line: str) -> None:
    assert run_check(tmp_path, "plain_names.py", {"shop/views.py": f"{line}\n"}) == (0, [])
