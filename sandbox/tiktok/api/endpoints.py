"""Endpoints: which method and path is which operation, and the versions that are served of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox.tiktok.api.errors import Refused


class Operation(StrEnum):
    """A call of TikTok's API, as the effect log names it."""

    SHOPS = "shops"
    SEARCH = "search"
    GET = "get"
    CREATE = "create"
    PARTIAL_EDIT = "partial_edit"
    EDIT = "edit"
    PRICE = "price"
    INVENTORY = "inventory"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    DELETE = "delete"
    RECOVER = "recover"
    CATEGORIES = "categories"
    CATEGORY_RULES = "category_rules"
    CATEGORY_ATTRIBUTES = "category_attributes"
    BRANDS = "brands"
    PREREQUISITES = "prerequisites"
    WAREHOUSES = "warehouses"
    UPLOAD_IMAGE = "upload_image"


LOOKUPS: Final = frozenset(
    {
        Operation.CATEGORIES,
        Operation.CATEGORY_RULES,
        Operation.CATEGORY_ATTRIBUTES,
        Operation.BRANDS,
        Operation.PREREQUISITES,
        Operation.WAREHOUSES,
    }
)
READS: Final = frozenset({Operation.SHOPS, Operation.SEARCH, Operation.GET}) | LOOKUPS
WITHOUT_SHOP: Final = frozenset({Operation.SHOPS, Operation.UPLOAD_IMAGE})
"""Calls that want no shop_cipher."""
BATCHES: Final = frozenset({Operation.ACTIVATE, Operation.DEACTIVATE, Operation.DELETE, Operation.RECOVER})
_RESOURCE = re.compile(r"/(?P<area>product|authorization|logistics)/(?P<version>\d{6})/(?P<rest>.+)\Z")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `rest` is what follows the version; ``{id}`` stands for a product's or a category's id."""

    operation: Operation
    method: str
    area: str
    rest: str
    versions: frozenset[str]

    def product_id(self, area: str, rest: str) -> str | None:
        """The id in this path, "" where the path has none, None where it is another endpoint's path."""
        pattern = re.escape(self.rest).replace(re.escape("{id}"), "(?P<id>[^/]+)")
        match = re.fullmatch(pattern, rest) if area == self.area else None
        return None if match is None else match.groupdict().get("id", "")


def _endpoint(
    operation: Operation, method: str, rest: str, *versions: str, area: str = "product"
) -> Endpoint:
    return Endpoint(operation, method, area, rest, frozenset(versions))


ENDPOINTS: Final = (
    _endpoint(Operation.SHOPS, "GET", "shops", "202309", area="authorization"),
    _endpoint(Operation.WAREHOUSES, "GET", "warehouses", "202309", area="logistics"),
    _endpoint(Operation.CATEGORIES, "GET", "categories", "202309"),
    _endpoint(Operation.CATEGORY_RULES, "GET", "categories/{id}/rules", "202309"),
    _endpoint(Operation.CATEGORY_ATTRIBUTES, "GET", "categories/{id}/attributes", "202309"),
    _endpoint(Operation.PREREQUISITES, "GET", "prerequisites", "202309", "202312"),
    _endpoint(Operation.BRANDS, "GET", "brands", "202309"),
    _endpoint(Operation.SEARCH, "POST", "products/search", "202309", "202312", "202502"),
    _endpoint(Operation.ACTIVATE, "POST", "products/activate", "202309"),
    _endpoint(Operation.DEACTIVATE, "POST", "products/deactivate", "202309"),
    _endpoint(Operation.RECOVER, "POST", "products/recover", "202309"),
    _endpoint(Operation.CREATE, "POST", "products", "202309"),
    _endpoint(Operation.DELETE, "DELETE", "products", "202309"),
    _endpoint(Operation.PARTIAL_EDIT, "POST", "products/{id}/partial_edit", "202309", "202509"),
    _endpoint(Operation.PRICE, "POST", "products/{id}/prices/update", "202309"),
    _endpoint(Operation.INVENTORY, "POST", "products/{id}/inventory/update", "202309"),
    _endpoint(Operation.EDIT, "PUT", "products/{id}", "202309", "202509"),
    _endpoint(Operation.GET, "GET", "products/{id}", "202309"),
    _endpoint(Operation.UPLOAD_IMAGE, "POST", "images/upload", "202309"),
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes. `product_id` is "" where the path names none; of a look-up it is the category's id."""

    operation: Operation
    product_id: str


def resolve(method: str, path: str) -> Route:
    """The endpoint of a call. Raises `Refused`: 36009009 unknown path, 36009014 version, 36009010 method."""
    match = _RESOURCE.match(path)
    if match is None:
        raise Refused(36009009, f"Invalid path '{path}': there is no such API.")
    here = [
        (one, product_id)
        for one in ENDPOINTS
        if (product_id := one.product_id(match["area"], match["rest"])) is not None
    ]
    here = _exact(here)
    if not here:
        raise Refused(36009009, f"Invalid path '{path}': there is no such API.")
    versioned = [(one, product_id) for one, product_id in here if match["version"] in one.versions]
    if not versioned:
        raise Refused(36009014, f"Invalid API version '{match['version']}' of this path.")
    for one, product_id in versioned:
        if one.method == method:
            return Route(one.operation, product_id)
    raise Refused(36009010, f"Method {method} is not allowed on this path.")


def scope_of(operation: Operation) -> str:
    """What a seller must have granted for this call."""
    if operation is Operation.SHOPS:
        return "seller.shop.info"
    if operation is Operation.WAREHOUSES:
        return "seller.logistics"
    return "seller.product.basic" if operation in READS else "seller.product.write"


def _exact(found: list[tuple[Endpoint, str]]) -> list[tuple[Endpoint, str]]:
    """A path that is spelled out is not also the product of that name."""
    return [pair for pair in found if "{id}" not in pair[0].rest] or found
