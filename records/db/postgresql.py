"""What PostgreSQL needs that SQLite does not: connection settings, the meaning of error codes, and turns.

Error codes: PostgreSQL's manual, appendix A. The session settings are chosen for writers that other processes wait for.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

CONNECT_SECONDS: Final = 5
POOL: Final = {"pool_size": 5, "max_overflow": 15}
"""Connections of a process: as many as threads of a consumer need at the same time, and more for peaks."""
FROZEN_SECONDS: Final = 20
"""A transaction that is idle for this long is ended: its process is frozen, or its machine is gone."""
WAIT_SECONDS: Final = 0.1
UNIQUE_VIOLATION: Final = "23505"
_PASSING: Final = ("08", "40", "53", "57", "58", "55P03", "25006", "25P03")
"""Codes of errors that pass: connection, rollback (deadlock), resources, operator intervention, system; lock timeout,
read-only server, idle transaction ended. Not 54 (limits exceeded): a retry would exceed them again."""
_TAKE: Final = text("SELECT pg_try_advisory_lock(:number)")
_GIVE: Final = text("SELECT pg_advisory_unlock(:number)")
_KEEPALIVE: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}


def engine(url: URL, *, lock_timeout_ms: int) -> Engine:
    """Return an engine whose connections notice within half a minute that the server is gone.

    Options in the URL override ours. Errors do not show the parameters of statements, which may be sealed secrets.
    """
    ours = {"connect_timeout": CONNECT_SECONDS, "application_name": "m2t", **_KEEPALIVE}
    fields = {name: value for name, value in ours.items() if name not in url.query}
    made = create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args=fields,
        **POOL,
    )
    settings = {
        "lock_timeout": f"{lock_timeout_ms}ms",
        "idle_in_transaction_session_timeout": f"{FROZEN_SECONDS}s",
        **{f"tcp_{name}": str(value) for name, value in _KEEPALIVE.items()},
    }

    def settle(connection: Any, _record: Any) -> None:
        connection.adapters.register_dumper(str, _storable())
        with connection.cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()

    event.listen(made, "connect", settle)
    return made


def _storable() -> type:
    """Return psycopg's dumper of text, which replaces NUL by U+FFFD because PostgreSQL rejects NUL.

    Such text comes from outside, in a form, an answer or a dead letter, and storing it must not fail.
    """
    from psycopg.types.string import StrDumperUnknown

    class Storable(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "\ufffd"))

    return Storable


def read_snapshot(connection: Connection) -> None:
    """Make the transaction read-only, with all statements seeing the snapshot of the first."""
    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def turn(connection: Connection, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Take the advisory lock of this name for the block; yield whether it was free. It ends with its session."""
    connection.execution_options(isolation_level="AUTOCOMMIT")
    number = {"number": zlib.crc32(f"m2t {name}".encode())}
    while not (ours := connection.execute(_TAKE, number).scalar_one()) and wait:
        time.sleep(WAIT_SECONDS)
    try:
        yield ours
    finally:
        if ours and not connection.invalidated:
            connection.execute(_GIVE, number)


def code_of(error: DBAPIError) -> str | None:
    """Return PostgreSQL's five-character error code; None if the error has none."""
    code: str | None = getattr(error.orig, "sqlstate", None)
    return code


def passes(code: str) -> bool:
    """Return whether an error with this code is transient: the same statement may succeed later."""
    return code.startswith(_PASSING)
