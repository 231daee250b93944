"""The catalog of a new store: drawn from a seed, so that each machine has the same store.

Simple products first, then two configurables with their children. A few are hidden, disabled, out of stock, in no
website or on special price; one SKU has a slash and a space, to test URL encoding.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import product as combinations

from sandbox.magento.catalog.attribute_values import StoredValue, to_stored
from sandbox.magento.catalog.attributes import option_id
from sandbox.magento.catalog.categories import with_ancestors
from sandbox.magento.catalog.product import Product, Stock
from sandbox.magento.catalog.sample_families import BRANDS, COLORS, FAMILIES, NAMES, Family

SEED = "magento"
OPENED = datetime(2025, 3, 3, 8, 0, 0, tzinfo=UTC)
AWKWARD_SKU = "24-MB/02 navy"
CONFIGURABLES = (
    ("MH71", "Chaz Kangaroo Hoodie", FAMILIES[5], ("Black", "Gray", "Orange"), ("S", "M", "L"), 52),
    ("MT72", "Atlas Everyday Tee", FAMILIES[3], ("White", "Blue"), ("S", "M", "L"), 24),
)


def first_products(count: int) -> Iterator[Product]:
    """Yield `count` simple products, then the configurables, each after its children; entity ids run from 1."""
    entity_id = 0
    for index in range(count):
        entity_id += 1
        yield _simple(entity_id, index)
    for sku, name, family, colors, sizes, dollars in CONFIGURABLES:
        children = []
        for color, size in combinations(colors, sizes):
            entity_id += 1
            children.append(entity_id)
            yield _child(entity_id, sku, name, family, color, size, dollars)
        entity_id += 1
        axes = {"color": _ids("color", colors), "size": _ids("size", sizes)}
        yield _configurable(entity_id, sku, name, family, axes, tuple(children))


def _simple(entity_id: int, index: int) -> Product:
    generator = random.Random(f"{SEED}/{index}")  # noqa: S311  # repeatable on purpose
    family = FAMILIES[index % len(FAMILIES)]
    number = index // len(FAMILIES) + 1
    color, size = generator.choice(COLORS), generator.choice(family.sizes)
    name = f"{generator.choice(NAMES)} {generator.choice(family.nouns)}"
    sku = AWKWARD_SKU if (family.code, number) == ("MB", 2) else f"24-{family.code}{number:02d}"
    dollars = generator.randint(*family.price)
    values = _values(generator, family, name, sku, color, size) | _prices(generator, index, dollars)
    values["visibility"] = (
        "1" if index % 25 == 24 else "3" if index % 40 == 13 else "2" if index % 30 == 7 else "4"
    )
    values["status"] = "2" if index % 50 == 37 else "1"
    qty = 0 if index % 20 == 11 else generator.randint(3, 240)
    websites = () if index % 100 == 66 else (1,)
    return _product(entity_id, sku, "simple", family, values, Stock(str(qty), qty > 0), websites)


def _child(
    entity_id: int, parent: str, name: str, family: Family, color: str, size: str, dollars: int
) -> Product:
    sku = f"{parent}-{size}-{color}"
    generator = random.Random(f"{SEED}/{sku}")  # noqa: S311
    values = _values(generator, family, f"{name}-{size}-{color}", sku, color, size)
    values |= {"price": to_stored("price", dollars), "visibility": "1", "status": "1"}
    return _product(
        entity_id, sku, "simple", family, values, Stock(str(generator.randint(5, 60)), True), (1,)
    )


def _ids(code: str, labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(option_id(code, label) for label in labels)


def _configurable(
    entity_id: int,
    sku: str,
    name: str,
    family: Family,
    axes: dict[str, tuple[str, ...]],
    children: tuple[int, ...],
) -> Product:
    generator = random.Random(f"{SEED}/{sku}")  # noqa: S311
    values = _values(generator, family, name, sku, "Black", family.sizes[0])
    parent_values = {code: value for code, value in values.items() if code not in ("color", "size", "ean")}
    parent_values |= {"visibility": "4", "status": "1"}
    product = _product(entity_id, sku, "configurable", family, parent_values, Stock("0", True), (1,))
    return replace(product, axes=axes, child_ids=children)


def _values(
    generator: random.Random, family: Family, name: str, sku: str, color: str, size: str
) -> dict[str, StoredValue]:
    image = f"/{sku[0].lower()}/{sku[1].lower()}/{url_key(sku)}.png"
    activities = generator.sample(family.activities, k=min(2, len(family.activities)))
    points = "".join(f"<li>{escape(text)}</li>" for text in family.texts)
    return {
        "name": name,
        "description": f"<p>The {escape(name)} in {color.lower()}: made to be used every day.</p>\n<ul>{points}</ul>",
        "short_description": f"<p>{escape(family.texts[0])}.</p>",
        "weight": to_stored("weight", family.weight),
        "manufacturer": option_id("manufacturer", generator.choice(BRANDS)),
        "meta_title": name,
        "image": image,
        "small_image": image,
        "thumbnail": image,
        "color": option_id("color", color),
        "url_key": url_key(f"{name} {sku}"),
        "tax_class_id": "2",
        "size": option_id("size", size),
        "material": option_id("material", generator.choice(family.materials)),
        "activity": to_stored("activity", activities),
        "eco_collection": generator.choice("0001"),
        "ean": _ean(generator),
    }


def _prices(generator: random.Random, index: int, dollars: int) -> dict[str, StoredValue]:
    cents = generator.choice(("0.00", "0.50", "0.99"))
    prices = {"price": to_stored("price", f"{dollars}{cents[1:]}")}
    if index % 10 == 3:
        prices["special_price"] = to_stored("special_price", f"{dollars * 0.8:.2f}")
        prices["special_from_date"] = "2025-04-01 00:00:00"
    return prices


def _product(
    entity_id: int,
    sku: str,
    type_id: str,
    family: Family,
    values: dict[str, StoredValue],
    stock: Stock,
    websites: tuple[int, ...],
) -> Product:
    opened_at = (OPENED + timedelta(minutes=7 * entity_id)).strftime("%Y-%m-%d %H:%M:%S")
    categories = with_ancestors(family.category_id)
    return Product(
        entity_id, sku, type_id, family.attribute_set_id, opened_at, opened_at, 1, websites, categories, stock, values
    )  # fmt: skip


def _ean(generator: random.Random) -> str:
    digits = [2, *(generator.randint(0, 9) for _ in range(11))]
    check = -sum(digit * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10
    return "".join(map(str, [*digits, check]))


def url_key(text: str) -> str:
    """Return Magento's url_key: lower-case letters and digits separated by dashes."""
    ascii_text = text.lower().replace("é", "e")
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
