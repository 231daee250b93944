"""`python -m tests.contract.snapshot` writes the snapshots anew.

A person reads the difference before it is committed; each has a line in CHANGELOG.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from tests.contract.gather import SNAPSHOTS

FOLDER: Final = Path(__file__).parent / "snapshots"


def text_of(gathered: Any) -> str:
    """The value as a snapshot file has it."""
    return json.dumps(gathered, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every snapshot."""
    for name, gather in SNAPSHOTS.items():
        (FOLDER / f"{name}.json").write_text(text_of(gather()), encoding="utf-8")


if __name__ == "__main__":
    main()
