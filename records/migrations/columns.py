"""Column types as the migrations know them, frozen: a migration must not change when the code's own types do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""How keys and indexes are named that a migration leaves without a name."""


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC and returned aware."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC without its offset. Raises `ValueError` for a naive datetime, whose moment nobody knows."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same moment, aware."""
        return None if value is None else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A JSON document in UTF-8."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> bytes | None:
        """As orjson writes it; None stays NULL."""
        return None if value is None else orjson.dumps(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> object:
        """As orjson reads it."""
        return None if value is None else orjson.loads(value)


class Moments(TypeDecorator[Mapping[str, datetime]]):
    """Aware datetimes by name, as a JSON document; no names at all are NULL."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, datetime] | None, dialect: Dialect) -> bytes | None:
        """RFC 3339, as orjson writes it."""
        return orjson.dumps(dict(value)) if value else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Mapping[str, datetime]:
        """The same moments, aware."""
        if value is None:
            return {}
        return {name: datetime.fromisoformat(text) for name, text in orjson.loads(value).items()}
