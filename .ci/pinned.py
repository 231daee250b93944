"""The packages that a lock file pins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class Pinned:
    """A pinned package: installed `everywhere`, or only where its marker is true."""

    name: str
    version: str
    everywhere: bool


def pinned(lock: Path) -> list[Pinned]:
    """Return the packages of the lock file, with canonical names."""
    found = map(_LINE.match, lock.read_text(encoding="utf-8").splitlines())
    return [
        Pinned(canonical(match["name"]), match["version"], ";" not in match["rest"])
        for match in found
        if match
    ]


def canonical(name: str) -> str:
    """Return the canonical name of PEP 503: lower case, single dashes."""
    return re.sub(r"[-_.]+", "-", name).lower()
