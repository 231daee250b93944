"""A PostgreSQL server for the session, with its own folder, user and port, and a database for each test.

It sorts text by a language's rules (ICU), as most servers do, so that no test depends on SQLite's byte order.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from records.db.database import Database
from records.every_table import metadata
from sandbox.parent import dies_with_parent
from tests.ports import free_port

USER: Final = "postgres"
"""The user to run the server as if we are root, which PostgreSQL refuses."""
READY_SECONDS: Final = 30
INITDB = ("--auth=trust", "--encoding=UTF8", "--no-sync", "--locale=C.UTF-8", "--locale-provider=icu")
FAST = (
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
    "-c",
    "autovacuum=off",
)
_numbers = itertools.count(1)
_TERMINATE: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"


class NoPostgres(Exception):
    """No PostgreSQL found: run make postgres, or set M2T_TEST_POSTGRES to a server's URL or a folder of programs."""


def programs() -> Path:
    """Return the folder with `postgres` and `initdb`: `M2T_TEST_POSTGRES`, else Debian's newest.

    If that is a server's URL, the programs are still needed for the server that a test kills.
    """
    value = "" if _names_a_server() else os.environ.get("M2T_TEST_POSTGRES", "")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = [Path(found).parent] if (found := shutil.which("initdb")) else []
    for folder in [Path(value)] if value else [*reversed(debian), *on_path]:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise NoPostgres(f"{NoPostgres.__doc__}" + (f" (there is no initdb in {value})" if value else ""))


class Server:
    """A server on a folder. With `fast`, data would not survive a power cut, which is enough for tests."""

    def __init__(self, folder: Path, *, fast: bool = True) -> None:
        self._folder = folder
        self._fast = fast
        self._programs = programs()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            shutil.chown(self._folder, USER, USER)
        rows = ["initdb", "-D", f"{self._folder}/data", "-U", "test", "--icu-locale=en-US", *INITDB]
        done = self._run(rows, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        found, _ = done.communicate()
        if done.returncode:
            raise NoPostgres(f"initdb ended with {done.returncode}:\n{found.decode()}")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of its database `postgres`."""
        return f"postgresql+psycopg://test@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        rows = ["postgres", "-D", f"{self._folder}/data", "-p", str(self.port), "-k", str(self._folder)]
        rows += ["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=32MB", "-c", "max_connections=200"]
        with (self._folder / "log").open("ab") as log:
            self._process = self._run([*rows, *(FAST if self._fast else ())], stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                psycopg.connect(_plain(self.url)).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    found = (self._folder / "log").read_text(errors="replace")
                    raise NoPostgres(f"the server did not start:\n{found}") from error
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server cleanly, disconnecting clients."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop the server at once; connections and uncommitted changes are lost."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(READY_SECONDS)
            self._process = None

    def _run(self, values: list[str], **streams: Any) -> subprocess.Popen[bytes]:
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(USER)
            owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return subprocess.Popen(
            [str(self._programs / values[0]), *values[1:]],
            stdin=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
            preexec_fn=dies_with_parent,
            **owner,
            **streams,
        )


@contextmanager
def server(*, fast: bool = True) -> Iterator[Server]:
    """Start a server in a folder that its user can access, unlike the folders of pytest."""
    with tempfile.TemporaryDirectory(prefix="m2t-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Server(Path(folder), fast=fast) as started:
            yield started


class Databases:
    """Databases on a server: copies of a migrated template, and one that is emptied after each test."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._prefix = f"m2t_test_{os.getpid()}"
        self._template = f"{self._prefix}_upgraded"
        self._admin = psycopg.connect(_plain(url), autocommit=True)
        database = Database(self._create(self._template, None))
        database.upgrade()
        database.close()

    @contextmanager
    def new(self, *, upgraded: bool = True) -> Iterator[str]:
        """Yield the URL of a new database, with the current tables or without tables."""
        name = f"{self._prefix}_{next(_numbers)}"
        yield self._create(name, self._template if upgraded else None)
        self._drop(name)

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """Yield the URL of a shared database, emptied afterwards: a tenth of the time of creating one.

        Clients that are still connected then are disconnected.
        """
        url, eraser = self._shared
        erasing = self._erasing
        yield url
        eraser.execute(f"{_TERMINATE} datname = current_database() AND application_name = 'm2t'")
        eraser.execute(erasing)

    def shut(self, url: str) -> None:
        """Refuse connections to this database and end the existing ones."""
        name = str(make_url(url).database)
        self._admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        self._admin.execute(f"{_TERMINATE} datname = %s AND application_name = 'm2t'", (name,))

    def open(self, url: str) -> None:
        """Accept connections to this database again."""
        name = str(make_url(url).database)
        self._admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))

    def close(self) -> None:
        """Drop all databases that were created here."""
        if "_shared" in self.__dict__:
            self._shared[1].close()
            self._drop(f"{self._prefix}_shared")
        self._drop(self._template)
        self._admin.close()

    @cached_property
    def _shared(self) -> tuple[str, psycopg.Connection[Any]]:
        url = self._create(f"{self._prefix}_shared", self._template)
        return url, psycopg.connect(_plain(url), autocommit=True)

    @cached_property
    def _erasing(self) -> sql.Composed:
        """Return the statements that delete every row, restart every id at 1, and keep the schema version."""
        delete, restart = sql.SQL("DELETE FROM {}"), sql.SQL("SELECT setval({}::regclass, 1, false)")
        tables = [delete.format(sql.Identifier(table.name)) for table in reversed(metadata.sorted_tables)]
        sequences = self._shared[1].execute("SELECT sequencename FROM pg_sequences").fetchall()
        (version,) = self._shared[1].execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        tables.append(sql.SQL("UPDATE alembic_version SET version_num = {}").format(sql.Literal(version)))
        return sql.SQL("; ").join([*tables, *(restart.format(sql.Literal(name)) for (name,) in sequences)])

    def _create(self, name: str, template: str | None) -> str:
        like = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._admin.execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), like))
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _drop(self, name: str) -> None:
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """Start a server for the first test that uses it, or use the running server that `M2T_TEST_POSTGRES` names."""
    if _names_a_server():
        url = make_url(os.environ["M2T_TEST_POSTGRES"]).set(drivername="postgresql+psycopg")
        opened = Databases(url.render_as_string(hide_password=False))
        yield opened
        opened.close()
        return
    with server() as started:
        yield Databases(started.url)


def _names_a_server() -> bool:
    return "://" in os.environ.get("M2T_TEST_POSTGRES", "")


def _plain(url: str) -> str:
    """Return the URL in psycopg's form."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
