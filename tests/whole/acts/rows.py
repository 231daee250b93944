"""The rows of a table of acts: what each act changes of a product, in Magento and on TikTok."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

Fields = Mapping[str, object]
NOT_LISTED: Fields = {"listed": False}
OFF_SALE: Fields = {"on_sale": False}
"""A listing that is off sale: what else TikTok has of it does not matter until it is on sale again."""


@dataclass(frozen=True, slots=True)
class Within:
    """A price on TikTok: `special` from `first` to `last`, and `regular` on other days, in the store's time zone."""

    special: str
    first: date
    last: date
    regular: str

    def on(self, day: date) -> str:
        """Return the price of this day."""
        return self.special if self.first <= day <= self.last else self.regular


@dataclass(frozen=True, slots=True)
class Row:
    """What an act changes of the product with this entity id; a field that is not named stays as it was.

    `store` is what is known of the product in the shop's store view, `tiktok` what TikTok has. Where the act's events
    do not say enough, `truth` is what Magento committed, and `gap` names the row of `docs/field-cases.md`.
    """

    act: str
    product: str
    store: Fields = field(default_factory=dict)
    tiktok: Fields = field(default_factory=dict)
    gap: str = ""
    truth: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """All that is known of a product after an act, what TikTok has of it, and what the act's events do not say."""

    store: Fields
    tiktok: Fields
    truth: Fields


def new(sku: str, name: str, price: str, quantity: str, **more: object) -> Fields:
    """Return what is known of an enabled and visible product in website 1 and category 3."""
    return {
        "sku": sku,
        "name": name,
        "price": price,
        "special": None,
        "quantity": quantity,
        "in_stock": True,
        "status": "enabled",
        "visibility": 4,
        "websites": (1,),
        "categories": (3,),
        "type": "simple",
        "deleted": False,
        "child": False,
        **more,
    }


def listed(sku: str, title: str, price: str, quantity: int, **more: object) -> Fields:
    """Return a listing that is on sale."""
    return {"on_sale": True, "sku": sku, "title": title, "price": price, "quantity": quantity, **more}


def states(rows: Sequence[Row]) -> dict[tuple[str, str], Expected]:
    """Return what each row leads to, by act and product: the rows of a product build on one another."""
    found: dict[tuple[str, str], Expected] = {}
    last: dict[str, Expected] = {}
    for row in rows:
        before = last.get(row.product, Expected({}, NOT_LISTED, {}))
        tiktok = row.tiktok if row.tiktok == NOT_LISTED else {**before.tiktok, "listed": True, **row.tiktok}
        if not row.tiktok:
            tiktok = before.tiktok
        after = Expected({**before.store, **row.store}, tiktok, row.truth)
        found[row.act, row.product] = last[row.product] = after
    return found


def differences(expected: Expected, store: Fields | None, tiktok: Fields | None, today: date) -> list[str]:
    """Return in what the product that is known, and its listing, differ from what is expected."""
    found = [*_differences("known", expected.store, store or {})]
    if not expected.tiktok.get("listed"):
        return [*found, *([] if tiktok is None else [f"on TikTok: {tiktok}"])]
    if tiktok is None:
        return [*found, "not on TikTok"]
    wanted = expected.tiktok if expected.tiktok.get("on_sale") else OFF_SALE
    prices = {name: value.on(today) if isinstance(value, Within) else value for name, value in wanted.items()}
    return [*found, *_differences("on TikTok", prices, {**tiktok, "listed": True})]


def _differences(where: str, expected: Fields, seen: Fields) -> Iterator[str]:
    for name, value in expected.items():
        if seen.get(name) != value:
            yield f"{where}: {name} is {seen.get(name)!r}, not {value!r}"
