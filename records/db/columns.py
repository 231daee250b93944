"""Column types: times in UTC, and JSON documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def columns(row: DataclassInstance) -> dict[str, object]:
    """Return a dataclass as columns, without a copy of each value as `dataclasses.asdict` makes."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as UTC and returned aware."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC without its offset. Raises `ValueError` for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as an aware datetime."""
        return None if value is None else value.replace(tzinfo=UTC)


class Moments(TypeDecorator[Mapping[str, datetime]]):
    """Aware datetimes by name, as a JSON document; an empty mapping is NULL."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, datetime] | None, dialect: Dialect) -> bytes | None:
        """Return the document, with times in RFC 3339."""
        return orjson.dumps(dict(value)) if value else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Mapping[str, datetime]:
        """Return aware datetimes by name."""
        if value is None:
            return {}
        return {name: datetime.fromisoformat(item) for name, item in orjson.loads(value).items()}


class Json(TypeDecorator[Any]):
    """A JSON document in UTF-8."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> bytes | None:
        """Return the document as JSON; None is NULL."""
        return None if value is None else orjson.dumps(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> object:
        """Return the document."""
        return None if value is None else orjson.loads(value)
