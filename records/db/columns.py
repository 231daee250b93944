"""Column types: times in UTC, and JSON documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from schemas.product import Mark

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def columns(row: DataclassInstance) -> dict[str, object]:
    """Return a dataclass as columns, without a copy of each value as `dataclasses.asdict` makes."""
    return {name: getattr(row, name) for name in _names(type(row))}


@lru_cache(maxsize=64)
def _names(row: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


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


class Marks(TypeDecorator[Mapping[str, Mark]]):
    """The marks of a product by key, as a JSON document; an empty mapping is NULL."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Mark] | None, dialect: Dialect) -> bytes | None:
        """Return the document: the parts of each mark in a list, times in RFC 3339."""
        return orjson.dumps({key: tuple(mark) for key, mark in value.items()}) if value else None

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Mapping[str, Mark]:
        """Return the marks by key, with aware times."""
        if value is None:
            return {}
        return {
            key: Mark(
                datetime.fromisoformat(received_at),
                None if updated_at is None else datetime.fromisoformat(updated_at),
                partition,
            )
            for key, (received_at, updated_at, partition) in orjson.loads(value).items()
        }


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
