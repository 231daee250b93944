"""Where a recording of a real Magento stands beside the project, the store is compared with it."""

from __future__ import annotations

from pathlib import Path

RECORDED = next(
    (
        folder
        for parent in Path(__file__).parents
        if (folder := parent / "shared/samples/magento-real/events").is_dir()
    ),
    None,
)
"""The folder with the recorded events, None where there is none."""

collect_ignore = [] if RECORDED else ["test_captured_events.py"]
