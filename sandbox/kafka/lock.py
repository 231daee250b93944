"""The lock file: the broker's jars with their hashes. Written at development time, read at run time.

python -m sandbox.kafka.lock        # resolves the broker's version again and writes jars.lock
"""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

WANTED = ("org.apache.kafka:kafka_2.13:4.4.0", "org.slf4j:slf4j-simple:1.7.36")
"""The broker, and the logging binding that its slf4j API (1.7) needs."""
LOCK = Path(__file__).with_name("jars.lock")


@dataclass(frozen=True, slots=True)
class Jar:
    """A line of the lock file: Maven's coordinates, and the SHA-256 of the file in hex."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """The coordinates as Maven writes them, for messages."""
        return f"{self.group}:{self.artifact}:{self.version}" + (
            f":{self.classifier}" if self.classifier else ""
        )


def read(text: str) -> tuple[Jar, ...]:
    """Parse a lock file: a jar a line, ``group:artifact:version:classifier sha256``."""
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinates, sha256 = line.split()
            group, artifact, version, classifier = coordinates.split(":")
            jars.append(Jar(group, artifact, version, classifier, sha256))
    return tuple(jars)


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolve(wanted: tuple[str, ...] = WANTED) -> str:
    """Return the lock file's text for these coordinates and all their runtime dependencies."""
    from jgo.maven import Dependency as Needed
    from jgo.maven import MavenContext, Model

    context = MavenContext(timeout=30)
    jars: dict[tuple[str, str, str], Needed] = {}
    for coordinates in wanted:
        group, artifact, version = coordinates.split(":")
        top = context.project(group, artifact).at_version(version)
        needed, _ = Model(top.pom(), context).dependencies()
        jars.setdefault((group, artifact, ""), Needed(top.artifact()))
        for dependency in needed:
            if (
                dependency.scope in ("compile", "runtime", None)
                and not dependency.optional
                and dependency.type == "jar"
            ):
                jars.setdefault(
                    (dependency.groupId, dependency.artifactId, dependency.classifier or ""), dependency
                )
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda dependency: dependency.artifact.resolve(), jars.values()))
    lines = sorted(
        f"{group}:{artifact}:{dependency.version}:{classifier} {sha256_of(file)}"
        for ((group, artifact, classifier), dependency), file in zip(jars.items(), files, strict=True)
    )
    return "\n".join([f"# {', '.join(wanted)} and their runtime dependencies", *lines, ""])


def main() -> int:
    """Write jars.lock again."""
    LOCK.write_text(resolve())
    print(f"{LOCK.name}: {len(read(LOCK.read_text()))} jars")
    return 0


if __name__ == "__main__":
    sys.exit(main())
