"""`fields=` of a REST request: which parts of the response the client wants, as `items[id,sku],total_count`."""

from __future__ import annotations

import re

from sandbox.magento.errors import InvalidChange

Tree = dict[str, "Tree"]
_PART = re.compile(r"[A-Za-z0-9_]+|[\[\],]")


def only(document: object, wanted: str) -> object:
    """Return the parts of the document that `wanted` names. Magento writes an empty list of parts as null."""
    return _pick(document, _parse(_PART.findall(wanted)))


def _parse(parts: list[str]) -> Tree:
    tree: Tree = {}
    levels = [tree]
    name = ""
    for part in parts:
        if part == "[":
            levels.append(levels[-1].setdefault(name, {}))
        elif part == "]" and len(levels) > 1:
            levels.pop()
        elif part == "]":
            raise InvalidChange("fields: a ] closes nothing.")
        elif part != ",":
            name = part
            levels[-1].setdefault(name, {})
    return tree


def _pick(document: object, tree: Tree) -> object:
    if not tree:
        return document
    if isinstance(document, list):
        return [_pick(item, tree) for item in document] or None
    if isinstance(document, dict):
        return {name: _pick(document[name], below) for name, below in tree.items() if name in document}
    return document
