"""JSON as a page folds it: bounded in depth and size, told as nodes that a template draws. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MOST_NODES: Final = 2_000
DEEPEST: Final = 12
LONGEST: Final = 4_000


@dataclass(slots=True)
class Node:
    """A value: `name` is its key or place, `text` its words; a `kind` of object or list has children instead."""

    name: str
    kind: str
    text: str = ""
    children: list[Node] = field(default_factory=list)
    left_out: int = 0


def json_view(text: str) -> Node | None:
    """The text as nodes; None where it is no JSON, and is shown as it is."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict | list):
        return None
    return _node("", told, 0, iter(range(MOST_NODES)))


def _node(name: str, value: Any, depth: int, budget: Iterator[int]) -> Node:
    if not isinstance(value, dict | list):
        return Node(name, _kind(value), _text(value))
    kind = "object" if isinstance(value, dict) else "list"
    items = (
        list(value.items()) if isinstance(value, dict) else [(str(at), one) for at, one in enumerate(value)]
    )
    if depth >= DEEPEST:
        return Node(name, "text", json.dumps(value, ensure_ascii=False)[:LONGEST])
    made = Node(name, kind)
    for key, one in items:
        if next(budget, None) is None:
            made.left_out = len(items) - len(made.children)
            break
        made.children.append(_node(key, one, depth + 1, budget))
    return made


def _kind(value: Any) -> str:
    return "text" if isinstance(value, str) else "word"


def _text(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"
