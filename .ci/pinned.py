"""What a lock file pins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Pinned:
    """One package: `everywhere`, or only where its marker holds."""

    name: str
    version: str
    everywhere: bool


def pinned(lock: Path) -> list[Pinned]:
    """The packages of the lock file, by their names as registries compare them."""
    found = map(_LINE.match, lock.read_text(encoding="utf-8").splitlines())
    return [Pinned(canonical(one["name"]), one["version"], ";" not in one["rest"]) for one in found if one]


def canonical(name: str) -> str:
    """PEP 503: in lower case, with single dashes."""
    return re.sub(r"[-_.]+", "-", name).lower()
