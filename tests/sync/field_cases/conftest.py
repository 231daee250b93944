"""Where the cases from the field stand beside the project, each is run; the tests of their kinds need none of them.

`docs/field-cases.md` lists the kinds.
"""

from __future__ import annotations

from pathlib import Path

CASES = next(
    (folder for parent in Path(__file__).parents if (folder := parent / "shared/cases/magento").is_dir()),
    None,
)
"""The folder with the cases, None where there is none."""

collect_ignore = [] if CASES else ["test_field_cases.py"]
