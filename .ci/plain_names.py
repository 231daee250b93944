"""Plain names: names in the code say what a thing is. `make check`

A name may not contain a word of `RULED_OUT`, be a word of `ALONE`, or contain a phrase of `PHRASES`. Exits with 1 and
lists each name that does, with its place. Migrations keep the names that they were written with.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
RULED_OUT: Final = frozenset({"told", "held", "said", "owed", "lacks", "lacking"})
"""Words that no name contains, because each hides who did what: *received*, *stored*, *due*, *missing* say it."""
ALONE: Final = frozenset(
    {
        *("asked", "asking", "either", "fall", "known", "later", "nobody", "one", "ones", "patience"),
        *("pieces", "somebody", "sought", "spared", "subject", "taken", "tools", "wish"),
    }
)
"""Words that are no name by themselves: `row`, `event` or `shop` for *one*, `known_skus` for *known*."""
PHRASES: Final = re.compile(
    r"^one_of_|(?:^|_)(?:come_to_be|go_on|is_no|lay_down|then_of|way_out)(?:_|$)|_one$"
)
"""Phrases in place of a noun or a verb. `is_one_of` stays: Magento names an operator so."""
ASIDE: Final = frozenset({".venv", "migrations", "build"})


def names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each name that the module gives to something, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr, node.lineno
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, node.lineno


def words(name: str) -> set[str]:
    """The words of a name, of its snake or camel case."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def is_ruled_out(name: str) -> bool:
    """Return whether a word or a phrase of the name is ruled out. Test functions are sentences: only words count."""
    if words(name) & RULED_OUT:
        return True
    plain = name.strip("_").lower()
    return plain in ALONE or (not name.startswith("test_") and PHRASES.search(plain) is not None)


def main() -> int:
    """List what is wrong."""
    found = [
        (name, f"{path.relative_to(ROOT)}:{line}")
        for path in sorted(ROOT.rglob("*.py"))
        if not ASIDE & set(path.relative_to(ROOT).parts)
        for name, line in [(path.stem, 1), *names(ast.parse(path.read_bytes()))]
        if is_ruled_out(name)
    ]
    for name, place in found:
        print(f"{place}: {name}: say what it is; see docs/contributing.md")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
