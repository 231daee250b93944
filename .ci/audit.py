"""Look for known vulnerabilities of the pinned packages in OSV's advisories, with pip-audit. `make audit`

Exits with 0 if there is none, 1 if there is one, and 3 if the advisories were not reached or did not answer for every
package. (make turns both into 2; it prints which.)
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
    """Audit every lock file and return the worst result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("locks", nargs="+", type=Path, metavar="LOCK")
    parser.add_argument("--pip-audit", type=Path, default=Path(sys.executable).with_name("pip-audit"))
    parser.add_argument("--osv-url", default=OSV, help="URL of the advisories, or of a mirror.")
    arguments = parser.parse_args()
    codes = {audit(lock, arguments.pip_audit, arguments.osv_url) for lock in arguments.locks}
    return next(code for code in (FOUND, NOT_KNOWN, NONE_KNOWN) if code in codes)


def audit(lock: Path, program: Path, osv: str) -> int:
    """Print the vulnerabilities of a lock file's packages and return the result."""
    answers, why = advisories(lock, program, osv)
    faults = [(package, fault) for package in answers for fault in package["vulns"]]
    for package, fault in faults:
        others, fixed = ", ".join(fault["aliases"]) or "no other name", ", ".join(fault["fix_versions"])
        what = f"update it to {fixed}" if fixed else "no fixed version is known"
        print(f"FOUND  {lock}: {package['name']} {package['version']} has {fault['id']} ({others}): {what}")
    required = {(package.name, package.version) for package in pinned(lock) if package.everywhere}
    silent = required - {(canonical(package["name"]), package["version"]) for package in answers}
    if silent:
        why = why or f"no answer for {', '.join(sorted(name for name, _ in silent))}"
        print(
            f"NOT AUDITED  {lock}: its {len(required)} packages could not all be checked ({why}). "
            f"Run this where {osv} can be reached, or name a mirror with --osv-url.",
            file=sys.stderr,
        )
    elif not faults:
        print(f"none known  {lock}: {len(answers)} packages")
    return FOUND if faults else NOT_KNOWN if silent else NONE_KNOWN


def advisories(lock: Path, program: Path, osv: str) -> tuple[list[dict[str, Any]], str]:
    """Return the advisories for each package, and the reason if there are none."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "advisories.json"
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
            return [package for package in document["dependencies"] if "vulns" in package], ""
    last = (done.stderr.strip().splitlines() or ["no output"])[-1]
    return [], f"pip-audit ended with {done.returncode}: {last}"


if __name__ == "__main__":
    sys.exit(main())
