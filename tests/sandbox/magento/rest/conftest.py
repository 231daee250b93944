"""Where a recording of a real Magento stands beside the project, the store's answers are compared with it."""

from __future__ import annotations

from pathlib import Path

ANSWERS = next(
    (
        folder
        for parent in Path(__file__).parents
        if (folder := parent / "shared/samples/magento-real/rest").is_dir()
    ),
    None,
)
"""The folder with the recorded answers, None where there is none."""

collect_ignore = [] if ANSWERS else ["test_captured_answers.py"]
