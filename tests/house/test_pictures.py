"""Pictures that documents link exist, and no other pictures are in the repository."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "screens"
"""`make screens` writes every picture to its folder `all`, which Git ignores."""
PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+\.png)\)")


def test_the_pictures_are_those_that_documents_link() -> None:
    linked = {
        (document.parent / target).resolve()
        for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for target in PICTURE.findall(document.read_text())
    }
    assert set(SCREENS.glob("*.png")) == linked
