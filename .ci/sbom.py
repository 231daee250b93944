"""SBOM: a CycloneDX list of every package that is pinned here, with its hashes, by cyclonedx-bom. `make sbom`

The same lock file makes the same bytes, on any machine and at any time. Exits with 1 where a pinned package is missing
from the list.
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
    """Write it, once every package is in it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lock", type=Path)
    parser.add_argument("setup_cfg", type=Path)
    parser.add_argument("to", type=Path)
    parser.add_argument("--cyclonedx-py", type=Path, default=Path(sys.executable).with_name("cyclonedx-py"))
    asked = parser.parse_args()
    document = listed(asked.lock, asked.cyclonedx_py)
    document["metadata"]["component"] = ourselves(asked.setup_cfg)
    named = {(canonical(one["name"]), one["version"]) for one in document["components"]}
    missing = sorted(one.name for one in pinned(asked.lock) if (one.name, one.version) not in named)
    if missing:
        print(f"{asked.to} was not written: it would lack {', '.join(missing)}", file=sys.stderr)
        return 1
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    asked.to.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{asked.to}: {len(named)} packages")
    return 0


def listed(lock: Path, program: Path) -> dict[str, Any]:
    """What cyclonedx-bom makes of the lock file; it checks it against CycloneDX's schema."""
    done = subprocess.run(
        [program, "requirements", lock, "--output-reproducible", "--of", "JSON"],
        stdout=subprocess.PIPE,
        check=True,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def ourselves(setup_cfg: Path) -> dict[str, str]:
    """The component that all of it is for."""
    found = configparser.ConfigParser()
    found.read(setup_cfg, encoding="utf-8")
    name, version = found["metadata"]["name"], found["metadata"]["version"]
    return {"type": "application", "bom-ref": name, "name": name, "version": version}


if __name__ == "__main__":
    sys.exit(main())
