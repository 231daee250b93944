"""Write a CycloneDX SBOM of the pinned packages with their hashes, with cyclonedx-bom. `make sbom`

The same lock file gives the same bytes on any machine. Exits with 1 if a pinned package is missing from the list.
"""

from __future__ import annotations

import argparse
import configparser
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pinned import canonical, pinned


def main() -> int:
    """Write the SBOM if it has every package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lock", type=Path)
    parser.add_argument("setup_cfg", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--cyclonedx-py", type=Path, default=Path(sys.executable).with_name("cyclonedx-py"))
    arguments = parser.parse_args()
    document = listed(arguments.lock, arguments.cyclonedx_py)
    document["metadata"]["component"] = project(arguments.setup_cfg)
    named = {(canonical(part["name"]), part["version"]) for part in document["components"]}
    missing = sorted(
        package.name for package in pinned(arguments.lock) if (package.name, package.version) not in named
    )
    if missing:
        print(f"{arguments.to} was not written: it would lack {', '.join(missing)}", file=sys.stderr)
        return 1
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    arguments.to.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{arguments.to}: {len(named)} packages")
    return 0


def listed(lock: Path, program: Path) -> dict[str, Any]:
    """Return what cyclonedx-bom writes for the lock file, validated against CycloneDX's schema."""
    done = subprocess.run(
        [program, "requirements", lock, "--output-reproducible", "--of", "JSON"],
        stdout=subprocess.PIPE,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def project(setup_cfg: Path) -> dict[str, str]:
    """Return the component that the packages are for: this project."""
    found = configparser.ConfigParser()
    found.read(setup_cfg, encoding="utf-8")
    name, version = found["metadata"]["name"], found["metadata"]["version"]
    return {"type": "application", "bom-ref": name, "name": name, "version": version}


if __name__ == "__main__":
    sys.exit(main())
