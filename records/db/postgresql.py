"""What PostgreSQL wants otherwise than SQLite: how its connections are made, what its error codes mean, and turns.

Codes: PostgreSQL's manual, appendix A. A session's settings are those of a writer that other processes wait for.
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
"""Connections of one process: the threads of a consumer that reach for one at the same time, and more for a rush."""
FROZEN_SECONDS: Final = 20
"""A transaction in which nothing happens for so long is ended: its process is frozen, or its machine is gone."""
WAIT_SECONDS: Final = 0.1
UNIQUE_VIOLATION: Final = "23505"
_PASSING: Final = ("08", "40", "53", "57", "58", "55P03", "25006", "25P03")
"""Connection, rollback (deadlock), resources, operator, system; a lock not had in time, a server that only reads, a
transaction that was frozen. Not 54: what is too big stays too big."""
_TAKE: Final = text("SELECT pg_try_advisory_lock(:number)")
_GIVE: Final = text("SELECT pg_advisory_unlock(:number)")
_KEEPALIVE: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}


def engine(url: URL, *, patience_milliseconds: int) -> Engine:
    """Connections that notice within half a minute that the other side is gone. What the URL says itself, holds.

    No error tells the values of its statement: they hold products, and sealed secrets.
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
        "lock_timeout": f"{patience_milliseconds}ms",
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
    """Text as PostgreSQL takes it: the sign NUL, which it refuses, is told by the sign for what can't be told.

    Such text comes from outside, in a form, an answer or a dead letter, and what says so must not fail by it.
    """
    from psycopg.types.string import StrDumperUnknown

    class Storable(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "\ufffd"))

    return Storable


def one_moment(connection: Connection) -> None:
    """All statements of this transaction see the state at its first one, and none writes."""
    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def turn(connection: Connection, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Hold the turn of this name while the block runs, unless another session holds it; it dies with the session."""
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
    """PostgreSQL's own five signs; None where the error is not PostgreSQL's, or says none."""
    code: str | None = getattr(error.orig, "sqlstate", None)
    return code


def passes(code: str) -> bool:
    """Time mends it: nothing is wrong with the statement."""
    return code.startswith(_PASSING)
