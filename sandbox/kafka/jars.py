"""The broker's jars, fetched by Maven's own client and checked against the lock file before Java loads them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.kafka import lock
from sandbox.kafka.lock import Jar

if TYPE_CHECKING:
    from jgo.maven import MavenContext

ATTEMPTS = 3
CACHE = "M2T_JARS"
"""The environment variable that names another folder for the jars."""


class JarNotFetched(Exception):
    """A jar of the broker could not be fetched intact."""

    def __init__(self, jar: Jar, reason: str) -> None:
        super().__init__(
            f"{jar.coordinates} could not be fetched ({reason}). Check that Maven Central or its mirror can be "
            "reached, then start again: fetched jars are kept."
        )


def folder() -> Path:
    """Return the folder for the jars, shared by all data folders."""
    configured = os.environ.get(CACHE)
    return Path(configured) if configured else Path.home() / ".cache" / "magento-tiktok-sync" / "jars"


def classpath(progress: Callable[[str], None]) -> list[Path]:
    """Return the path of every jar in the lock file. Fetches missing or damaged jars; raises `JarNotFetched`."""
    jars = lock.read(lock.LOCK.read_text())
    cache = folder()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock_file:
        # Two simultaneous first starts must not write the same file.
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        context = _context(cache)
        missing = [jar for jar in jars if not _is_whole(context, jar)]
        if missing:
            progress(f"fetching {len(missing)} jars of Apache Kafka (45 MB, once)")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda jar: _fetch(context, jar), missing))
        return [_path(context, jar) for jar in jars]


def _context(cache: Path) -> MavenContext:
    from jgo.maven import MavenContext

    return MavenContext(repo_cache=cache, timeout=30)


def _path(context: MavenContext, jar: Jar) -> Path:
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact(jar.classifier)
    return context.repo_cache / artifact.component.path_prefix / artifact.cached_filename


def _is_whole(context: MavenContext, jar: Jar) -> bool:
    # The resolver writes to the final name and accepts a half-written file: only the hash shows the difference.
    path = _path(context, jar)
    if not path.is_file():
        return False
    if lock.sha256_of(path) == jar.sha256:
        return True
    path.unlink()
    return False


def _why(error: Exception) -> str:
    """Return why a request failed; of a certificate that is not trusted, what to set."""
    from requests.exceptions import RequestException, SSLError

    if isinstance(error, SSLError):
        return (
            "its server's certificate is not trusted; where a proxy signs it, set REQUESTS_CA_BUNDLE and SSL_CERT_FILE "
            "to the file with the proxy's CA"
        )
    if isinstance(error, RequestException):
        return f"no answer: {type(error).__name__}"
    return str(error) or type(error).__name__


def _fetch(context: MavenContext, jar: Jar) -> None:
    reason = "its hash differs from the lock file's"
    for _ in range(ATTEMPTS):
        try:
            context.project(jar.group, jar.artifact).at_version(jar.version).artifact(
                jar.classifier
            ).resolve()
        except (OSError, RuntimeError) as error:
            reason = _why(error)
            continue
        if _is_whole(context, jar):
            return
    raise JarNotFetched(jar, reason)
