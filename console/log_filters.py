"""The filters of both logs, as the address has them: what is asked for, and the chips that take each away again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import request

from console.desk import desk
from console.told import with_args
from records import products
from records.log_search import LogSearch


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; `faults` are what it says that can't be understood."""

    search: LogSearch
    chips: tuple[tuple[str, str], ...]
    faults: tuple[str, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)


def filters(
    shop: str,
    limit: int,
    *,
    equal: Mapping[str, str],
    any_of: Mapping[str, tuple[str, Any]] | None = None,
) -> Filters:
    """Read the address. `equal` gives the words of each column that may be asked for by its own name.

    `any_of` gives what a parameter of another name means: its column, and a function of its value to values (None:
    not understood).
    """
    told = {name: value.strip()[:200] for name, value in request.args.items() if value.strip()}
    faults: list[str] = []
    chips: list[tuple[str, str]] = []
    for name, words in {**equal, "sku": "SKU", "since": "since", "until": "until"}.items():
        if name in told:
            chips.append((f"{words}: {told[name]}", with_args(**{name: None, "before": None})))
    several: dict[str, list[Any]] = {}
    for name, (column, meaning) in (any_of or {}).items():
        if name in told and (values := meaning(told[name])) is not None:
            several[column] = values
            chips.append((f"{name}: {told[name]}", with_args(**{name: None, "before": None})))
    search = LogSearch(
        shop=shop,
        limit=limit,
        before=request.args.get("before", type=int),
        since=_moment("since", told, faults),
        until=_moment("until", told, faults),
        product_ids=_product_ids(shop, told["sku"]) if "sku" in told else None,
        equal={name: told[name] for name in equal if name in told},
        any_of=several,
    )
    return Filters(search, tuple(chips), tuple(faults), told)


def _moment(name: str, told: Mapping[str, str], faults: list[str]) -> datetime | None:
    if name not in told:
        return None
    try:
        moment = datetime.fromisoformat(told[name])
    except ValueError:
        faults.append(f"{name} is no moment: {told[name]!r}. Say it as 2026-11-27 or 2026-11-27T13:45.")
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=desk().zone)).astimezone(UTC)


def _product_ids(shop: str, sku: str) -> list[int]:
    with desk().database.read() as connection:
        return [one.id for one in products.by_sku(connection, shop, sku)]
