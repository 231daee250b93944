"""Product content: a version's fields as text for people, and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.tiktok.products.product import Sku, Version
from sandbox.tiktok.shops import Shop


@dataclass(frozen=True, slots=True)
class Row:
    """A field, and its text in each version; None where the version does not have it."""

    field: str
    values: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        """Is it another in one of the versions?"""
        return len(set(self.values)) > 1


def compared(versions: Sequence[Version], shop: Shop | None) -> list[Row]:
    """A row for each field that one of these versions has, in the order in which they are met."""
    told = [dict(_fields(version, shop)) for version in versions]
    names = dict.fromkeys(name for one in told for name in one)
    skus = [{sku.id: sku for sku in version.skus} for version in versions]
    newest = {sku_id: sku for one in skus for sku_id, sku in one.items()}
    return [
        *(Row(name, tuple(one.get(name) for one in told)) for name in names),
        *(
            Row(f"SKU {sku.seller_sku or sku_id}", tuple(_sku(one.get(sku_id)) for one in skus))
            for sku_id, sku in newest.items()
        ),
    ]


def _fields(version: Version, shop: Shop | None) -> Iterator[tuple[str, str]]:
    for name, value in version.content.items():
        if name == "product_attributes":
            yield from ((one["name"], _names(one["values"])) for one in value or ())
        elif name == "category_id":
            yield _words(name), _category(str(value), shop)
        elif name == "main_images":
            yield _words(name), "\n".join(one["uri"] for one in value or ())
        else:
            yield _words(name), _text(value)


def _category(category_id: str, shop: Shop | None) -> str:
    chain = shop.chain(category_id) if shop else []
    return " › ".join([*(one.name for one in chain), category_id])


def _sku(sku: Sku | None) -> str | None:
    if sku is None:
        return None
    axes = [f"{one['name']}: {one['value_name']}" for one in sku.fields.get("sales_attributes") or ()]
    others = {name: value for name, value in sku.fields.items() if name != "sales_attributes"}
    return "\n".join(line for line in (*axes, _text(others)) if line) or "no seller SKU"


def _names(values: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(str(one["name"]) for one in values)


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case {"value": amount, "unit": unit}:
            return f"{amount} {unit}"
        case dict():
            return "\n".join(f"{_words(name)}: {_text(inner)}" for name, inner in value.items())
        case list():
            return "\n".join(_text(inner) for inner in value)
    return str(value)


def _words(name: str) -> str:
    """`seller_sku` as "Seller SKU"."""
    return name.replace("_", " ").capitalize().replace(" sku", " SKU")
