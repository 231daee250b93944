"""The shapes of all bodies, as a table that is committed: `python -m tests.sandbox.magento.events.shapes` writes it.

The shapes were compared with a recording of a real Magento by `test_captured_events.py`, which not everybody has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.magento.events.event import Event
from tests.sandbox.magento.events.acts import ACTS
from tests.sandbox.magento.events.json_shape import shape

TABLE = Path(__file__).with_name("shapes.json")
TWINS = {Event.PRODUCT_SAVE, Event.PRODUCT_SAVE_CONTROLLER, Event.STOCK_ITEM_SAVE, Event.PRODUCT_DELETE}
"""Events whose bodies equal those of the same event after the commit, except for the name."""

Row = dict[str, str] | str


def table() -> dict[str, Row]:
    """Return "act / event / key of the body" -> type -> paths of that type; or the earlier row with the same shape."""
    rows: dict[str, Row] = {}
    first: dict[str, str] = {}
    for act, perform in ACTS.items():
        for fired in perform():
            if fired.event in TWINS:
                continue
            for key, value in fired.body.items():
                name = f"{act} / {fired.event.value} / {key}"
                row = _by_type(shape(value))
                text = json.dumps(row)
                if key not in ("event", "name") and name not in rows:
                    rows[name] = first.get(text, row)
                    first.setdefault(text, name)
    return rows


def _by_type(found: Any) -> dict[str, str]:
    paths: dict[str, list[str]] = {}
    for path, kind in _leaves(found, ""):
        paths.setdefault(kind, []).append(path)
    return {kind: " ".join(names) for kind, names in sorted(paths.items())}


def _leaves(found: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict) and found:
        for key, inner in found.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(found, list) and found:
        yield from _leaves(found[0], f"{path}[]")
    else:
        yield path, {"{}": "empty object", "[]": "empty list"}.get(str(found), str(found))


if __name__ == "__main__":
    TABLE.write_text(json.dumps(table(), indent=1) + "\n")
