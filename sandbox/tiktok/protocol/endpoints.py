"""The endpoints: the operation behind each method and path, and its supported versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox.tiktok.protocol.errors import ApiError


class Operation(StrEnum):
    """A call of TikTok's API, under its name in the effect log."""

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
"""Calls that take no shop_cipher."""
BATCHES: Final = frozenset({Operation.ACTIVATE, Operation.DEACTIVATE, Operation.DELETE, Operation.RECOVER})
_RESOURCE = re.compile(r"/(?P<area>product|authorization|logistics)/(?P<version>\d{6})/(?P<rest>.+)\Z")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint. `rest` is the path after the version; ``{id}`` stands for the id of a product or category."""

    operation: Operation
    method: str
    area: str
    rest: str
    versions: frozenset[str]

    def product_id(self, area: str, rest: str) -> str | None:
        """Return the id in this path, "" if it has none, None if the path is another endpoint's."""
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
    """The operation of a call. `product_id` is "" if the path has none; for look-ups it is the category's id."""

    operation: Operation
    product_id: str


def resolve(method: str, path: str) -> Route:
    """Return the route of a call. Raises `ApiError`: 36009009 unknown path, 36009014 version, 36009010 method."""
    match = _RESOURCE.match(path)
    if match is None:
        raise ApiError(36009009, f"Invalid path '{path}': there is no such API.")
    candidates = [
        (endpoint, product_id)
        for endpoint in ENDPOINTS
        if (product_id := endpoint.product_id(match["area"], match["rest"])) is not None
    ]
    candidates = _prefer_exact(candidates)
    if not candidates:
        raise ApiError(36009009, f"Invalid path '{path}': there is no such API.")
    versioned = [
        (endpoint, product_id) for endpoint, product_id in candidates if match["version"] in endpoint.versions
    ]
    if not versioned:
        raise ApiError(36009014, f"Invalid API version '{match['version']}' of this path.")
    for endpoint, product_id in versioned:
        if endpoint.method == method:
            return Route(endpoint.operation, product_id)
    raise ApiError(36009010, f"Method {method} is not allowed on this path.")


def scope_of(operation: Operation) -> str:
    """Return the scope that the seller must have granted for this call."""
    if operation is Operation.SHOPS:
        return "seller.shop.info"
    if operation is Operation.WAREHOUSES:
        return "seller.logistics"
    return "seller.product.basic" if operation in READS else "seller.product.write"


def _prefer_exact(candidates: list[tuple[Endpoint, str]]) -> list[tuple[Endpoint, str]]:
    """Prefer a literal path to one with an id in its place."""
    return [pair for pair in candidates if "{id}" not in pair[0].rest] or candidates
