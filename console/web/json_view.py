"""A JSON text as a tree of nodes that a template draws foldable, bounded in depth and size. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

MOST_NODES: Final = 400
MOST_TEXT: Final = 8_000
"""Characters of all values together, which bounds the size of the page."""
DEEPEST: Final = 12
LONGEST: Final = 2_000


@dataclass(slots=True)
class Node:
    """A value. `name` is its key or index, `text` its JSON; the kinds object and list have children instead."""

    name: str
    kind: str
    text: str = ""
    children: list[Node] = field(default_factory=list)
    left_out: int = 0


def json_view(text: str) -> Node | None:
    """Return the text as a tree; None if it isn't a JSON object or list."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict | list):
        return None
    return _node("", document, 0, _Budget())


@dataclass(slots=True)
class _Budget:
    """How many nodes and characters may still be shown."""

    nodes: int = MOST_NODES
    text: int = MOST_TEXT

    def takes(self) -> bool:
        self.nodes -= 1
        return self.nodes >= 0 and self.text > 0

    def cut(self, text: str) -> str:
        room = max(0, min(LONGEST, self.text))
        self.text -= len(text)
        return text if len(text) <= room else f"{text[:room]}…"


def _node(name: str, value: object, depth: int, budget: _Budget) -> Node:
    name = budget.cut(name)
    if not isinstance(value, dict | list):
        return Node(name, _kind(value), budget.cut(json.dumps(value, ensure_ascii=False)))
    kind = "object" if isinstance(value, dict) else "list"
    items = (
        list(value.items())
        if isinstance(value, dict)
        else [(str(at), inner) for at, inner in enumerate(value)]
    )
    if depth >= DEEPEST:
        return Node(name, "text", budget.cut(json.dumps(value, ensure_ascii=False)))
    made = Node(name, kind)
    for key, inner in items:
        if not budget.takes():
            made.left_out = len(items) - len(made.children)
            break
        made.children.append(_node(key, inner, depth + 1, budget))
    return made


def _kind(value: object) -> str:
    return "text" if isinstance(value, str) else "word"
