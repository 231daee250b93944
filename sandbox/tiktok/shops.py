"""The configuration of the sandbox's shops: app, tokens, warehouses, category tree."""

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


class InvalidShopsFile(Exception):
    """The shops file can't be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{self.__doc__} {reason}")


class Need(StrEnum):
    """What a category may require besides attributes; CERTIFICATION is followed by the certification's id."""

    SIZE_CHART = "size_chart"
    PACKAGE_DIMENSIONS = "package_dimensions"
    RESPONSIBLE_PERSON = "responsible_person"
    MANUFACTURER = "manufacturer"
    CERTIFICATION = "certification:"


@dataclass(frozen=True, slots=True)
class Category:
    """A node of TikTok's category tree; products must have the attributes in `required_attributes`."""

    id: str
    name: str
    parent_id: str = _ROOT
    is_leaf: bool = True
    required_attributes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


SCOPES: Final = ("seller.product.basic", "seller.product.write", "seller.shop.info", "seller.logistics")
"""The scopes that a seller may grant. Their names, and that each call needs the scope of its area, are inferred."""
APPAREL: Final = (
    Category("600000", "Apparel", is_leaf=False),
    Category("600001", "T-shirts", "600000"),
    Category("600002", "Hoodies", "600000"),
    Category("600003", "Trousers", "600000"),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop and the app that may call it. Several shops may share an app."""

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
        """Return the category with this id, None if there is none."""
        return next((category for category in self.categories if category.id == category_id), None)

    def chain(self, category_id: str) -> list[Category]:
        """Return the categories from the root down to this one."""
        found: list[Category] = []
        while (category := self.category(category_id)) is not None and category not in found:
            found.insert(0, category)
            category_id = category.parent_id
        return found


def read_shops(path: Path) -> tuple[Shop, ...]:
    """Read shops from a JSON file: a list of objects with the fields of `Shop`; missing fields have the default.

    Raises `InvalidShopsFile`, with the entry and the field that is wrong.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidShopsFile(f"{path}: {error}.") from error
    if not isinstance(value, list) or not value:
        raise InvalidShopsFile(f"{path}: must be a list with at least one shop.")
    shops = tuple(_shop(item, f"{path}: shop {number}") for number, item in enumerate(value, start=1))
    _check_together(shops)
    return shops


def _shop(value: Any, where: str) -> Shop:
    values = _values(Shop, value, where)
    if values.get("currency", "USD") not in CURRENCIES:
        raise InvalidShopsFile(f"{where}: TikTok does not support the currency {values['currency']!r}.")
    if "categories" in values:
        values["categories"] = tuple(
            _category(item, f"{where}, category {number}")
            for number, item in enumerate(values["categories"], start=1)
        )
    return Shop(**values)


def _category(value: Any, where: str) -> Category:
    category = Category(**_values(Category, value, where))
    for need in category.needs:
        if need not in set(Need) and not need.startswith(Need.CERTIFICATION):
            raise InvalidShopsFile(f"{where}: unknown need {need!r}. Choose from {', '.join(Need)}.")
    return category


def _values(kind: type, document: Any, where: str) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise InvalidShopsFile(f"{where}: must be an object.")
    allowed = {item.name: item for item in fields(kind)}
    if unknown := sorted(document.keys() - allowed.keys()):
        raise InvalidShopsFile(
            f"{where}: unknown field {', '.join(unknown)}. Choose from {', '.join(allowed)}."
        )
    if missing := [
        name for name, item in allowed.items() if item.default is MISSING and name not in document
    ]:
        raise InvalidShopsFile(f"{where}: {', '.join(missing)} is missing.")
    return {
        name: _value(allowed[name].default, value, f"{where}: {name}") for name, value in document.items()
    }


def _value(default: Any, value: Any, where: str) -> Any:
    if isinstance(default, tuple):
        if not isinstance(value, list):
            raise InvalidShopsFile(f"{where} must be a list.")
        return tuple(value)
    expected_type = bool if isinstance(default, bool) else str
    if not isinstance(value, expected_type) or value == "":
        raise InvalidShopsFile(
            f"{where} must be {'true or false' if expected_type is bool else 'text and not empty'}."
        )
    return value


def _check_together(shops: tuple[Shop, ...]) -> None:
    if len({shop.shop_cipher for shop in shops}) != len(shops):
        raise InvalidShopsFile("Two shops have the same shop_cipher.")
    if len({(shop.app_key, shop.app_secret) for shop in shops}) != len({shop.app_key for shop in shops}):
        raise InvalidShopsFile("Two shops of one app_key have different app_secrets.")
