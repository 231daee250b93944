"""The data folder: one SQLite file, and a lock that admits one store at a time.

Commits survive a kill and a power cut (`synchronous=FULL`), because tests compare the ledger with what others received.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from sandbox.magento.errors import DataInUse, StoreClosed

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    entity_id INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    event TEXT NOT NULL,
    products TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS webhooks_due ON webhooks (due_at) WHERE state = 'due';
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL,
    url TEXT NOT NULL,
    event TEXT NOT NULL,
    products TEXT NOT NULL,
    try INTEGER NOT NULL,
    status INTEGER,
    outcome TEXT NOT NULL,
    answer TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    increment_id TEXT NOT NULL UNIQUE,
    items TEXT NOT NULL,
    shipped INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Database:
    """One SQLite connection for one user at a time, through `transaction()`."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, creating it if missing. Raises `DataInUse` if another store has it open."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock_file = (folder / "store.lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock_file.close()
            raise DataInUse(
                f"{folder} is in use by another store: stop it, or choose another folder."
            ) from None
        self._turn = RLock()
        self._closed = False
        self._connection = sqlite3.connect(
            folder / "store.sqlite3", check_same_thread=False, isolation_level=None
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a transaction, committed at the end. Raises `StoreClosed` after `close`."""
        with self._turn:
            if self._closed:
                raise StoreClosed
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file and release the folder's lock."""
        with self._turn:
            self._closed = True
            self._connection.close()
        self._lock_file.close()
