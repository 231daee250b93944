"""The source files of the product, as syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, cast

ROOT: Final = Path(__file__).parents[3]
NOT_PRODUCT: Final = frozenset({"tests", "bench", "docs", "sandbox"})
CODE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@cache
def product_modules() -> Mapping[Path, Sequence[ast.AST]]:
    """Return module -> its syntax nodes, for the product without sandboxes, tests and benchmarks."""
    packages = sorted(
        path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in NOT_PRODUCT
    )
    return {
        module: list(ast.walk(ast.parse(module.read_bytes())))
        for package in packages
        for module in sorted(package.rglob("*.py"))
    }


def is_code(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value) is not None
    )


def literal(node: ast.AST) -> str:
    return str(cast(ast.Constant, node).value)
