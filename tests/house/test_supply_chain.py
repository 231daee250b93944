"""Every package is pinned to a version with hashes, and `make audit` and `make sbom` cover all of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "bench/requirements.lock", ".ci/requirements.lock")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each requirement of a lock file with its options."""
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            found, *options = re.split(r"\s+(?=--)", line.strip())
            yield Requirement(found), options


def locked(lock: str) -> Mapping[str, str]:
    """Return package -> version."""
    return {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version
        for requirement, _ in entries(lock)
    }


def requested(source: str) -> list[Requirement]:
    """Return the requirements that a lock file was compiled from."""
    text = (ROOT / source).read_text(encoding="utf-8")
    if source.endswith(".in"):
        lines = text.splitlines()
    else:
        found = ConfigParser()
        found.read_string(text)
        of_extras = found["options.extras_require"].values()
        lines = "\n".join([found["options"]["install_requires"], *of_extras]).splitlines()
    return [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]


def test_no_lock_file_is_forgotten() -> None:
    found = [*ROOT.glob("*requirements*"), *ROOT.glob("*/*requirements*")]
    assert {str(path.relative_to(ROOT)) for path in found if path.suffix != ".in"} == set(LOCKS)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_file_is_a_version_with_hashes(lock: str) -> None:
    names = [canonicalize_name(requirement.name) for requirement, _ in entries(lock)]
    assert names and len(names) == len(set(names))
    for requirement, options in entries(lock):
        (specifier,) = requirement.specifier
        assert specifier.operator == "==" and "*" not in specifier.version, requirement
        assert requirement.url is None and not requirement.extras, requirement
        assert options and all(HASH.fullmatch(option) for option in options), requirement


@pytest.mark.parametrize(
    ("source", "lock"),
    [
        ("setup.cfg", "requirements.lock"),
        ("bench/requirements.in", "bench/requirements.lock"),
        (".ci/requirements.in", ".ci/requirements.lock"),
    ],
)
def test_every_requirement_is_locked_in_a_version_that_satisfies_it(source: str, lock: str) -> None:
    fields = {**locked("requirements.lock"), **locked(lock)}
    missing = [
        requirement.name
        for requirement in requested(source)
        if canonicalize_name(requirement.name) not in fields
    ]
    assert missing == []
    wrong = [
        str(requirement)
        for requirement in requested(source)
        if not requirement.specifier.contains(fields[canonicalize_name(requirement.name)], prereleases=True)
    ]
    assert wrong == []


# Audit and SBOM

LOCK = """\
certifi==2026.1 \\
    --hash=sha256:00
Flask_WTF==1.2 \\
    --hash=sha256:01
colorama==0.4 ; sys_platform == 'win32' \\
    --hash=sha256:02
"""
FAULT = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.3"], "description": "…"}
CERTIFI: Mapping[str, Any] = {"name": "certifi", "version": "2026.1", "vulns": []}
FORMS: Mapping[str, Any] = {"name": "flask-wtf", "version": "1.2", "vulns": []}


def run_script(folder: Path, script: str, tool: str, output: Any, code: int, *arguments: str) -> Any:
    """Run a script with a stub of its tool, which writes or prints `output` and exits with `code`."""
    lock, stub = folder / "some.lock", folder / tool
    lock.write_text(LOCK)
    stub.write_text(
        f"#!{sys.executable}\n"
        "import sys, pathlib\n"
        f"output = {json.dumps(output) if output is not None else None!r}\n"
        "to = sys.argv[sys.argv.index('--output') + 1] if '--output' in sys.argv else None\n"
        "if output is None: sys.exit('OSError: no route to the advisories')\n"
        "pathlib.Path(to).write_text(output) if to else print(output)\n"
        f"sys.exit({code})\n"
    )
    stub.chmod(0o700)
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / script, f"--{tool}", stub, lock, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("output", "tools_code", "code", "text"),
    [
        ({"dependencies": [CERTIFI, FORMS]}, 0, 0, "none known"),
        ({"dependencies": [CERTIFI, {**FORMS, "vulns": [FAULT]}]}, 1, 1, "flask-wtf 1.2 has PYSEC-2026-1"),
        ({"dependencies": [{**FORMS, "vulns": [FAULT]}]}, 1, 1, "no answer for certifi"),
        (None, 1, 3, "NOT AUDITED"),
        (None, 1, 3, "no route to the advisories"),
        ({"dependencies": [CERTIFI]}, 0, 3, "no answer for flask-wtf"),
        ({"dependencies": [CERTIFI, {**FORMS, "version": "1.1"}]}, 0, 3, "no answer for flask-wtf"),
        ({"dependencies": [CERTIFI, {"name": "flask-wtf", "skip_reason": "?"}]}, 0, 3, "no answer for flask-wtf"),
        ({"dependencies": []}, 0, 3, "no answer for certifi, flask-wtf"),
        ({"dependencies": [CERTIFI, FORMS]}, 2, 3, "pip-audit ended with 2"),
    ],
)  # fmt: skip
def test_an_audit_passes_only_if_every_package_has_an_answer(
    tmp_path: Path, output: Any, tools_code: int, code: int, text: str
) -> None:
    done = run_script(tmp_path, "audit.py", "pip-audit", output, tools_code)
    assert done.returncode == code, done
    assert text in done.stdout + done.stderr
    assert ("none known" in done.stdout) == (code == 0)


@pytest.mark.parametrize(("left_out", "code"), [(None, 0), ("certifi", 1), ("colorama", 1)])
def test_an_sbom_has_every_pinned_package_or_is_not_written(
    tmp_path: Path, left_out: str | None, code: int
) -> None:
    parts = [("certifi", "2026.1"), ("flask-wtf", "1.2"), ("colorama", "0.4")]
    named = [{"name": name, "version": version} for name, version in parts if name != left_out]
    output = {"metadata": {}, "components": named}
    to = tmp_path / "dist" / "sbom.json"
    done = run_script(tmp_path, "sbom.py", "cyclonedx-py", output, 0, str(ROOT / "setup.cfg"), str(to))
    assert (done.returncode, to.exists()) == (code, code == 0), done
    if code == 0:
        assert json.loads(to.read_text())["metadata"]["component"]["name"] == "magento-tiktok-sync"
    else:
        assert f"would lack {left_out}" in done.stderr


@pytest.mark.parametrize("lock", LOCKS)
def test_an_sbom_has_every_package_of_the_real_lock_files(lock: str, tmp_path: Path) -> None:
    found = locked(lock)
    named = [{"name": name, "version": version} for name, version in found.items()]
    stub = tmp_path / "cyclonedx-py"
    stub.write_text(f"#!/bin/sh\ncat <<'E'\n{json.dumps({'metadata': {}, 'components': named})}\nE\n")
    stub.chmod(0o700)
    rows = (ROOT / ".ci" / "sbom.py", "--cyclonedx-py", stub, ROOT / lock, ROOT / "setup.cfg")
    done = subprocess.run(
        [sys.executable, *rows, tmp_path / "sbom.json"], capture_output=True, text=True, check=False
    )
    assert done.stdout == f"{tmp_path / 'sbom.json'}: {len(found)} packages\n", done
