"""The filters of both logs: read from the URL, with a chip that removes each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import request

from console.web.context import console_context
from console.web.template_filters import with_args
from console.web.url_ids import row_id
from records.catalog import products
from records.log.log_search import LogSearch

_Row = TypeVar("_Row", bound=Mapping[Any, Any])


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; `faults` are what it says that can't be understood.

    `fields` are the filters in use by parameter, and nothing else of the address.
    """

    search: LogSearch
    chips: tuple[tuple[str, str], ...]
    faults: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


def filters(
    shop: str,
    limit: int,
    *,
    equal: Mapping[str, str],
    any_of: Mapping[str, tuple[str, Callable[[str], Sequence[object] | None]]] | None = None,
) -> Filters:
    """Read the address. `equal` gives the words of each column that may be asked for by its own name.

    `any_of` gives what a parameter of another name means: its column, and a function of its value to values (None:
    not understood).
    """
    names = {*equal, *(any_of or {}), "sku", "since", "until"}
    fields = {
        name: found for name, value in request.args.items() if name in names and (found := _cleaned(value))
    }
    faults: list[str] = []
    chips: list[tuple[str, str]] = []
    for name, words in {**equal, "sku": "SKU", "since": "since", "until": "until"}.items():
        if name in fields:
            chips.append((f"{words}: {fields[name]}", with_args(**{name: None, "before": None})))
    several: dict[str, Sequence[object]] = {}
    for name, (column, meaning) in (any_of or {}).items():
        if name in fields and (values := meaning(fields[name])) is not None:
            several[column] = values
            chips.append((f"{name}: {fields[name]}", with_args(**{name: None, "before": None})))
    search = LogSearch(
        shop=shop,
        limit=limit,
        before=request.args.get("before", type=row_id),
        since=_moment("since", fields, faults),
        until=_moment("until", fields, faults),
        product_ids=_product_ids(shop, fields["sku"]) if "sku" in fields else None,
        equal={name: fields[name] for name in equal if name in fields},
        any_of=several,
    )
    return Filters(search, tuple(chips), tuple(faults), fields)


def by_time(rows: Iterable[_Row]) -> list[_Row]:
    """Return the rows of a page, newest first: a row may be recorded later than what it is about."""
    return sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)


def count_newer(number: int, most: int) -> dict[str, object]:
    """Return the number of new rows in the form that a live page reads."""
    words = f"{number}{'+' if number >= most else ''} new." if number else "Nothing new."
    return {"number": number, "words": words}


def _moment(name: str, fields: Mapping[str, str], faults: list[str]) -> datetime | None:
    if name not in fields:
        return None
    try:
        moment = datetime.fromisoformat(fields[name])
        return (moment if moment.tzinfo else moment.replace(tzinfo=console_context().zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append(
            f"{name} is not a date: {fields[name]!r}. Enter a date like 2026-11-27 or 2026-11-27T13:45."
        )
        return None


def _cleaned(value: str) -> str:
    return value.replace("\0", "").strip()[:200]


def _product_ids(shop: str, sku: str) -> list[int]:
    with console_context().database.read() as connection:
        return [product.id for product in products.by_sku(connection, shop, sku)]
