"""Event ids that were read before, kept on disk."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from types import TracebackType


class SeenEvents(AbstractContextManager["SeenEvents"]):
    """Remember event ids in a temporary SQLite database, which ends with the `with` block.

    A set in memory would grow with the number of events. The database has a page cache of a fixed size (2 MB by
    default) and keeps the rest in a temporary file.
    """

    def __init__(self) -> None:
        # The empty name is SQLite's for a private database in a temporary file, deleted when it is closed.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(
            "CREATE TABLE seen (shop TEXT, event_id TEXT, PRIMARY KEY (shop, event_id)) WITHOUT ROWID"
        )

    def add(self, shop: str, event_id: str) -> bool:
        """Remember the id. Return whether it is new for this shop."""
        found = self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (shop, event_id))
        return found.rowcount == 1

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()
