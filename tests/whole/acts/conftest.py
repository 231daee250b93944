"""Where the captures of a real Magento stand beside the project, they are sent; the store's own acts need none."""

from __future__ import annotations

from pathlib import Path

CAPTURES = next(
    (
        folder
        for parent in Path(__file__).parents
        if (folder := parent / "shared/samples/magento-real") and (folder / "events").is_dir()
    ),
    None,
)
"""The folder with the captures, None where there is none."""

collect_ignore = [] if CAPTURES else ["test_captured_acts.py", "test_captured_table.py"]
