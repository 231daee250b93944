"""Audit: is a fault known of a package that is pinned here? Asks OSV's advisories, by pip-audit. `make audit`

Exits with 0 where none is known, 1 where one is, and 3 where that can't be said: the advisories were not reached, or
did not answer for each package. (make itself turns either into a 2; it prints which.)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pinned import canonical, pinned

NONE_KNOWN, FOUND, NOT_KNOWN = 0, 1, 3
OSV = "https://api.osv.dev/v1/query"
SECONDS = "20"


def main() -> int:
    """Every lock file, and the worst that was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("locks", nargs="+", type=Path, metavar="LOCK")
    parser.add_argument("--pip-audit", type=Path, default=Path(sys.executable).with_name("pip-audit"))
    parser.add_argument("--osv-url", default=OSV, help="Where the advisories are, or a mirror of them.")
    asked = parser.parse_args()
    codes = {audited(lock, asked.pip_audit, asked.osv_url) for lock in asked.locks}
    return next(code for code in (FOUND, NOT_KNOWN, NONE_KNOWN) if code in codes)


def audited(lock: Path, program: Path, osv: str) -> int:
    """One lock file, told line by line."""
    answers, why = advisories(lock, program, osv)
    faults = [(one, fault) for one in answers for fault in one["vulns"]]
    for one, fault in faults:
        others, mended = ", ".join(fault["aliases"]) or "no other name", ", ".join(fault["fix_versions"])
        what = f"update it to {mended}" if mended else "no version without it is known"
        print(f"FOUND  {lock}: {one['name']} {one['version']} has {fault['id']} ({others}): {what}")
    asked = {(one.name, one.version) for one in pinned(lock) if one.everywhere}
    silent = asked - {(canonical(one["name"]), one["version"]) for one in answers}
    if silent:
        why = why or f"no answer for {', '.join(sorted(name for name, _ in silent))}"
        print(
            f"NOT AUDITED  {lock}: whether a fault is known of its {len(asked)} packages can't be said here ({why}). "
            f"Run it where {osv} can be reached, or give a mirror with --osv-url.",
            file=sys.stderr,
        )
    elif not faults:
        print(f"none known  {lock}: {len(answers)} packages")
    return FOUND if faults else NOT_KNOWN if silent else NONE_KNOWN


def advisories(lock: Path, program: Path, osv: str) -> tuple[list[dict[str, Any]], str]:
    """What the advisories say of each package; and, where they say nothing, why not."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "told.json"
        done = subprocess.run(
            [
                *(program, "--requirement", lock, "--require-hashes", "--disable-pip", "--strict"),
                *("--vulnerability-service", "osv", "--osv-url", osv, "--timeout", SECONDS),
                *("--progress-spinner", "off", "--format", "json", "--output", text),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if text.is_file() and done.returncode in (0, 1):
            document = json.loads(text.read_text(encoding="utf-8"))
            return [one for one in document["dependencies"] if "vulns" in one], ""
    last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return [], f"pip-audit ended with {done.returncode}: {last}"


if __name__ == "__main__":
    sys.exit(main())
