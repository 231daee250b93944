"""The data folder: one SQLite file, and a lock that lets only one stand-in work on it.

What was waited for survives a kill and a power cut (`synchronous=FULL`). Calls that wait at the same time share one
write: a disk that syncs 300 times a second would else be the pace of the whole shop.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

Row = tuple[str, str, str]
"""Kind, key and value; key and value are JSON."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kept (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
)
"""
_KEEP: Final = (
    "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"
)
_FORGET: Final = "DELETE FROM kept"


class UnusableFolder(Exception):
    """The data folder can't be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} {reason}")


class Closed(Exception):
    """The stand-in is stopping: this call was not kept, and must not be answered."""


class Database:
    """Rows on the disk. `put` is quick and keeps the order; `wait` returns when what was put is on the disk."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, made if missing. Raises `UnusableFolder`."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock_file = (folder / "tiktok.lock").open("w")
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._connection = _open(folder / "tiktok.sqlite3")
        except BlockingIOError:
            self._lock_file.close()
            raise UnusableFolder(
                f"{folder} is in use by another sandbox: stop it, or choose another folder with --data."
            ) from None
        except (OSError, sqlite3.Error) as error:
            raise UnusableFolder(f"{folder}: {error}. Mend it, or choose another with --data.") from error
        self._writing = threading.Lock()
        self._putting = threading.Lock()
        self._waiting: list[tuple[str, Row | tuple[()]]] = []
        self._put = self._written = 0
        self._closed = False

    def rows(self) -> list[Row]:
        """All that is kept, in the order in which each key came first."""
        return self._connection.execute("SELECT kind, key, value FROM kept ORDER BY rowid").fetchall()

    def put(self, rows: Iterable[Row]) -> int:
        """Take rows to be kept; the number to wait for, which covers all that was put before too."""
        return self._add([(_KEEP, row) for row in rows])

    def forget(self) -> int:
        """Take it that all is to be forgotten; the number to wait for."""
        return self._add([(_FORGET, ())])

    def wait(self, number: int) -> None:
        """Return when all up to this number is on the disk. Raises `Closed` where it never will be.

        Whoever comes first writes for all; a write that fails stays to be written, and is its caller's error.
        """
        if self._written >= number:
            return
        with self._writing:
            if self._written < number:
                if self._closed:
                    raise Closed
                self._write()

    def close(self) -> None:
        """Write what is left, and let the next one have the folder."""
        with self._writing:
            self._write()
            self._closed = True
            self._connection.close()
        self._lock_file.close()

    def _add(self, statements: list[tuple[str, Row | tuple[()]]]) -> int:
        with self._putting:
            self._waiting += statements
            self._put += len(statements)
            return self._put

    def _write(self) -> None:
        with self._putting:
            statements = tuple(self._waiting)
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, parameters in statements:
                self._connection.execute(statement, parameters)
        with self._putting:
            del self._waiting[: len(statements)]
            self._written += len(statements)


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_SCHEMA)
    return connection
