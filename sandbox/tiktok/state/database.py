"""The data folder: one SQLite file, and a lock that admits one sandbox at a time.

What `wait_until_written` returned for survives a kill and a power cut (`synchronous=FULL`). Calls that wait at the same
time share one write: otherwise a disk that syncs 300 times a second would limit the whole shop.
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
_UPSERT: Final = (
    "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"
)
_DELETE_ALL: Final = "DELETE FROM kept"


class UnusableFolder(Exception):
    """The data folder can't be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} {reason}")


class DatabaseClosed(Exception):
    """The sandbox is stopping: this call was not saved and must not be answered."""


class Database:
    """Rows on disk. `enqueue` is quick and keeps the order; `wait_until_written` returns once they are on disk."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, creating it if missing. Raises `UnusableFolder`."""
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
            raise UnusableFolder(
                f"{folder}: {error}. Repair it, or choose another folder with --data."
            ) from error
        self._write_lock = threading.Lock()
        self._queue_lock = threading.Lock()
        self._queue: list[tuple[str, Row | tuple[()]]] = []
        self._enqueued = self._written = 0
        self._closed = False

    def rows(self) -> list[Row]:
        """Return all rows, in the order in which their keys were first written."""
        return self._connection.execute("SELECT kind, key, value FROM kept ORDER BY rowid").fetchall()

    def enqueue(self, rows: Iterable[Row]) -> int:
        """Enqueue rows to be written; return the number to wait for, which also covers everything before."""
        return self._add([(_UPSERT, row) for row in rows])

    def enqueue_clear(self) -> int:
        """Enqueue the deletion of all rows; return the number to wait for."""
        return self._add([(_DELETE_ALL, ())])

    def wait_until_written(self, number: int) -> None:
        """Return once everything up to this number is on disk. Raises `DatabaseClosed` if it never will be.

        The first caller writes for all; if a write fails, its caller gets the error and the rows stay in the queue.
        """
        if self._written >= number:
            return
        with self._write_lock:
            if self._written < number:
                if self._closed:
                    raise DatabaseClosed
                self._write()

    def close(self) -> None:
        """Write what is queued and release the folder."""
        with self._write_lock:
            self._write()
            self._closed = True
            self._connection.close()
        self._lock_file.close()

    def _add(self, statements: list[tuple[str, Row | tuple[()]]]) -> int:
        with self._queue_lock:
            self._queue += statements
            self._enqueued += len(statements)
            return self._enqueued

    def _write(self) -> None:
        with self._queue_lock:
            statements = tuple(self._queue)
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, parameters in statements:
                self._connection.execute(statement, parameters)
        with self._queue_lock:
            del self._queue[: len(statements)]
            self._written += len(statements)


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(_SCHEMA)
    return connection
