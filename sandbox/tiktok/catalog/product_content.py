"""The fields of versions as text for people, and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.tiktok.catalog.product import Sku, Version
from sandbox.tiktok.shops import Shop


@dataclass(frozen=True, slots=True)
class Row:
    """A field and its text in each version; None in a version without it."""

    field: str
    values: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        """Whether the versions differ in it."""
        return len(set(self.values)) > 1


def compare_versions(versions: Sequence[Version], shop: Shop | None) -> list[Row]:
    """Return a row for each field in any of the versions, in order of appearance."""
    fields = [dict(_fields(version, shop)) for version in versions]
    names = dict.fromkeys(name for entry in fields for name in entry)
    skus = [{sku.id: sku for sku in version.skus} for version in versions]
    newest = {sku_id: sku for entry in skus for sku_id, sku in entry.items()}
    return [
        *(Row(name, tuple(entry.get(name) for entry in fields)) for name in names),
        *(
            Row(
                f"SKU {sku.seller_sku or sku_id}",
                tuple(_sku(entry.get(sku_id)) for entry in skus),
            )
            for sku_id, sku in newest.items()
        ),
    ]


def _fields(version: Version, shop: Shop | None) -> Iterator[tuple[str, str]]:
    for name, value in version.content.items():
        if name == "product_attributes":
            yield from ((entry["name"], _names(entry["values"])) for entry in value or ())
        elif name == "category_id":
            yield _label(name), _category(str(value), shop)
        elif name == "main_images":
            yield _label(name), "\n".join(entry["uri"] for entry in value or ())
        else:
            yield _label(name), _text(value)


def _category(category_id: str, shop: Shop | None) -> str:
    chain = shop.chain(category_id) if shop else []
    return " › ".join([*(entry.name for entry in chain), category_id])


def _sku(sku: Sku | None) -> str | None:
    if sku is None:
        return None
    axes = [f"{entry['name']}: {entry['value_name']}" for entry in sku.fields.get("sales_attributes") or ()]
    others = {name: value for name, value in sku.fields.items() if name != "sales_attributes"}
    return "\n".join(line for line in (*axes, _text(others)) if line) or "no seller SKU"


def _names(values: Sequence[Mapping[str, object]]) -> str:
    return ", ".join(str(entry["name"]) for entry in values)


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case {"value": amount, "unit": unit}:
            return f"{amount} {unit}"
        case dict():
            return "\n".join(f"{_label(name)}: {_text(inner)}" for name, inner in value.items())
        case list():
            return "\n".join(_text(inner) for inner in value)
    return str(value)


def _label(name: str) -> str:
    """`seller_sku` as "Seller SKU"."""
    return name.replace("_", " ").capitalize().replace(" sku", " SKU")
