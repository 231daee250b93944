"""`python -m tests.contract.snapshot`: regenerate the snapshot files, for a person to review the difference.

The files are the contract of version 0.1.0. Two of them only grow. Missing samples are added to `sample_records.json`:
records on a topic never change, so rename the earlier sample of a changed format in the file, as in `saved_0_1_0`, and
readers are tested with both. `addresses.json` keeps addresses of the console that no longer exist, because each must be
redirected; remove one by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.contract.gather import SNAPSHOTS
from tests.contract.gather.sample_records import sample_records

FOLDER: Final = Path(__file__).parent / "snapshots"
SAMPLES: Final = FOLDER / "sample_records.json"


def file_of(name: str) -> Path:
    """Return the file of a snapshot."""
    return FOLDER / f"{name}.json"


def text_of(gathered: Any) -> str:
    """Return a value in the form of a snapshot file: sorted, with a line for each entry."""
    return json.dumps(gathered, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def differences(name: str, promised: Any, found: Any) -> list[str]:
    """Return a line for each entry that was removed, changed or added."""
    before, after = dict(_entries(promised)), dict(_entries(found))
    removed = [f"removed: {path} (was {before[path]!r})" for path in before.keys() - after.keys()]
    changed = [
        f"changed: {path} was {before[path]!r}, is {after[path]!r}"
        for path in before.keys() & after.keys()
        if before[path] != after[path]
    ]
    added = [
        f"added: {path}: add it to tests/contract/snapshots/{name}.json (python -m tests.contract.snapshot) "
        "and a line to CHANGELOG.md"
        for path in after.keys() - before.keys()
    ]
    return sorted(removed) + sorted(changed) + sorted(added)


def report(lines: list[str]) -> str:
    """Return the message of a failed comparison: what to do, then each difference."""
    return "\n".join(
        [
            "The code differs from the contract of version 0.1.0. Restore it; or regenerate the files",
            "(python -m tests.contract.snapshot), review the difference, and add a line to CHANGELOG.md:",
            *lines,
        ]
    )


def _entries(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, leaf) for each leaf of a value; the members of a list are leaves, in any order."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _entries(inner, f"{path} > {key}" if path else str(key))
    elif isinstance(value, list) and value:
        for member in value:
            yield f"{path} > {member}" if path else str(member), "present"
    else:
        yield path, value


def main() -> None:
    """Write every snapshot file."""
    for name, gather in SNAPSHOTS.items():
        gathered = gather()
        if name == "addresses" and file_of(name).exists():
            earlier = json.loads(file_of(name).read_text(encoding="utf-8"))
            gathered["console"] = earlier["console"] | gathered["console"]
        file_of(name).write_text(text_of(gathered), encoding="utf-8")
    samples = sample_records()
    if SAMPLES.exists():
        samples["records"] |= json.loads(SAMPLES.read_text(encoding="utf-8"))["records"]
    SAMPLES.write_text(text_of(samples), encoding="utf-8")


if __name__ == "__main__":
    main()
