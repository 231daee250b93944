"""Plain names: no name in the code is made of a word that docs/contributing.md rules out. `make check`

Exits with 1 and lists each such name with its place. Migrations keep the names that they were written with.
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
"""Words of which no name is made, for each hides who did what: *received*, *stored*, *due*, *missing* say it."""
NOT_YET: Final = frozenset(
    {
        "HELD",
        "Told",
        "_HELD",
        "_Told",
        "_held",
        "_lacking",
        "_never_held",
        "_said",
        "_told",
        "first_told",
        "held",
        "held_back",
        "held_seconds",
        "held_shop",
        "held_until",
        "lacking",
        "lacks",
        "secrets_said",
        "told",
        "told_products",
        "told_then",
        "wait_for_held_call",
    }
)
"""Names that are still to be changed: the list only shrinks, and a name that is gone from the code is gone from it."""
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


def main() -> int:
    """List what is wrong."""
    found = [
        (name, f"{path.relative_to(ROOT)}:{line}")
        for path in sorted(ROOT.rglob("*.py"))
        if not ASIDE & set(path.relative_to(ROOT).parts)
        for name, line in names(ast.parse(path.read_bytes()))
        if words(name) & RULED_OUT
    ]
    wrong = [
        f"{place}: {name}: say what it is; see docs/contributing.md"
        for name, place in found
        if name not in NOT_YET
    ]
    wrong += [
        f"{name} is gone from the code: take it off NOT_YET"
        for name in sorted(NOT_YET - {name for name, _ in found})
    ]
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
