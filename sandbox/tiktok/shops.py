"""Shops: what the stand-in is told of each TikTok shop, its app and what its category tree and warehouses are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

CURRENCIES: Final = frozenset(
    ["BRL", "CZK", "EUR", "GBP", "HUF", "IDR", "JPY", "MXN", "MYR", "PHP", "PLN", "SGD", "THB", "USD", "VND"]
)
_ROOT: Final = "0"


class BadShops(Exception):
    """The file of shops can't be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} {reason}")


class Need(StrEnum):
    """What a category may demand beside attributes; CERTIFICATION is followed by the certification's id."""

    SIZE_CHART = "size_chart"
    PACKAGE_DIMENSIONS = "package_dimensions"
    RESPONSIBLE_PERSON = "responsible_person"
    MANUFACTURER = "manufacturer"
    CERTIFICATION = "certification:"


@dataclass(frozen=True, slots=True)
class Category:
    """A node of TikTok's category tree; `required_attributes` are the ids that a product must carry."""

    id: str
    name: str
    parent_id: str = _ROOT
    is_leaf: bool = True
    required_attributes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


SCOPES: Final = ("seller.product.basic", "seller.product.write", "seller.shop.info", "seller.logistics")
"""What a seller may grant to an app; that each call needs the one of its area is inferred, and so are their names."""
APPAREL: Final = (
    Category("600000", "Apparel", is_leaf=False),
    Category("600001", "T-shirts", "600000"),
    Category("600002", "Hoodies", "600000"),
    Category("600003", "Trousers", "600000"),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop, the app that may call it, and what it knows. Several shops may share an app."""

    app_key: str = "sandboxapp"
    app_secret: str = field(default="sandbox-app-secret-0123456789", repr=False)
    access_token: str = field(default="TTP_sandbox_access", repr=False)
    refresh_token: str = field(default="TTP_sandbox_refresh", repr=False)
    shop_cipher: str = "GCP_sandbox_demo"
    id: str = "7000714532876273420"
    name: str = "Sandbox shop"
    region: str = "US"
    currency: str = "USD"
    warehouses: tuple[str, ...] = ("7068517275539719942",)
    image_uris: tuple[str, ...] = tuple(f"tos-sandbox/main-{number}" for number in range(1, 21))
    brands: tuple[str, ...] = ("7082427311584347905",)
    category_versions: tuple[str, ...] = ("v1", "v2")
    categories: tuple[Category, ...] = APPAREL
    scopes: tuple[str, ...] = SCOPES

    def category(self, category_id: str) -> Category | None:
        """The category of this id, if there is one."""
        return next((one for one in self.categories if one.id == category_id), None)

    def chain(self, category_id: str) -> list[Category]:
        """From the root down to this category."""
        found: list[Category] = []
        while (one := self.category(category_id)) is not None and one not in found:
            found.insert(0, one)
            category_id = one.parent_id
        return found


def read_shops(path: Path) -> tuple[Shop, ...]:
    """The shops of a JSON file: a list of objects with the fields of `Shop`; what is left out is the default's.

    Raises `BadShops`, saying which entry and field is wrong.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadShops(f"{path}: {error}.") from error
    if not isinstance(told, list) or not told:
        raise BadShops(f"{path}: a list with at least one shop is wanted.")
    shops = tuple(_shop(one, f"{path}: shop {place}") for place, one in enumerate(told, start=1))
    _check_together(shops)
    return shops


def _shop(told: Any, where: str) -> Shop:
    values = _values(Shop, told, where)
    if values.get("currency", "USD") not in CURRENCIES:
        raise BadShops(f"{where}: TikTok has no currency {values['currency']!r}.")
    if "categories" in values:
        values["categories"] = tuple(
            _category(one, f"{where}, category {place}")
            for place, one in enumerate(values["categories"], start=1)
        )
    return Shop(**values)


def _category(told: Any, where: str) -> Category:
    category = Category(**_values(Category, told, where))
    for need in category.needs:
        if need not in set(Need) and not need.startswith(Need.CERTIFICATION):
            raise BadShops(f"{where}: no need is called {need!r}; known are {', '.join(Need)}.")
    return category


def _values(kind: type, told: Any, where: str) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        raise BadShops(f"{where}: an object is wanted.")
    known = {one.name: one for one in fields(kind)}
    if unknown := sorted(told.keys() - known.keys()):
        raise BadShops(f"{where}: {', '.join(unknown)} is not known; known are {', '.join(known)}.")
    if missing := [name for name, one in known.items() if one.default is MISSING and name not in told]:
        raise BadShops(f"{where}: {', '.join(missing)} is missing.")
    return {name: _value(known[name].default, value, f"{where}: {name}") for name, value in told.items()}


def _value(default: Any, value: Any, where: str) -> Any:
    if isinstance(default, tuple):
        if not isinstance(value, list):
            raise BadShops(f"{where} must be a list.")
        return tuple(value)
    wanted = bool if isinstance(default, bool) else str
    if not isinstance(value, wanted) or value == "":
        raise BadShops(
            f"{where} must be {'true or false' if wanted is bool else 'a text that is not empty'}."
        )
    return value


def _check_together(shops: tuple[Shop, ...]) -> None:
    if len({shop.shop_cipher for shop in shops}) != len(shops):
        raise BadShops("Two shops have the same shop_cipher.")
    if len({(shop.app_key, shop.app_secret) for shop in shops}) != len({shop.app_key for shop in shops}):
        raise BadShops("Two shops of one app_key have different app_secrets.")
