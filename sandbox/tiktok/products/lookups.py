"""Look-ups: the category tree, a category's rules and attributes, brands, warehouses and prerequisites.

Source: the samples of *Get Categories*, *Get Category Rules*, *Get Attributes*, *Get Brands*, *Get Warehouse List* and
*Check Listing Prerequisites*; TikTok's own misspellings are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sandbox.tiktok.products.outcomes import Outcome
from sandbox.tiktok.products.product_documents import id_before_page, page_size, token_after_id
from sandbox.tiktok.protocol.endpoints import Operation, Route
from sandbox.tiktok.protocol.errors import ApiError, invalid_field
from sandbox.tiktok.rules.content_rules import leaf_category
from sandbox.tiktok.shops import Category, Need, Shop

ATTRIBUTE_NAMES: Final = {"100392": "Color", "100393": "Size"}
"""The attributes of every category by name; other attributes are named after their id."""
CHECK_ITEMS: Final = (
    "SHOP_STATUS",
    "SHOP_TAX",
    "PICKUP_WAREHOUSE",
    "RETURN_WAREHOUSE",
    "DELIVERY_OPTION",
    "SHIPPING_TEMPLATE",
    "PRODUCT_QUANTITY_LIMIT",
    "EXTENDED_PRODUCER_RESPONSIBILITY",
    "BANk_ACCOUNT",
    "CONTACT_INFO",
)


def look_up(shop: Shop, route: Route, query: Mapping[str, str]) -> Outcome:
    """Return the result of a look-up. Raises `ApiError`."""
    if route.operation is Operation.WAREHOUSES:
        return Outcome({"warehouses": [_warehouse(shop, warehouse) for warehouse in shop.warehouses]})
    if route.operation is Operation.PREREQUISITES:
        return Outcome({"check_results": [{"check_item": item, "is_failed": False} for item in CHECK_ITEMS]})
    if route.operation is Operation.BRANDS:
        return Outcome(_brands(shop, query))
    _check_version(shop, query)
    if route.operation is Operation.CATEGORIES:
        keyword = query.get("keyword", "").lower()
        found = [category for category in shop.categories if keyword in category.name.lower()]
        return Outcome({"categories": [_category(category) for category in found]})
    category = leaf_category(shop, route.product_id)
    if route.operation is Operation.CATEGORY_RULES:
        return Outcome(_rules(category))
    return Outcome(
        {"attributes": [_attribute(attribute_id, category) for attribute_id in _attribute_ids(category)]}
    )


def _check_version(shop: Shop, query: Mapping[str, str]) -> None:
    version = query.get("category_version", "v1")
    if version not in ("v1", "v2"):
        raise invalid_field("category_version", "v1 or v2")
    if version not in shop.category_versions:
        raise ApiError(12052217, "This shop needs category_version v2.")


def _category(category: Category) -> dict[str, object]:
    return {
        "id": category.id,
        "parent_id": category.parent_id,
        "local_name": category.name,
        "is_leaf": category.is_leaf,
        "permission_statuses": ["AVAILABLE"],
    }


def _rules(category: Category) -> dict[str, object]:
    needs = category.needs
    return {
        "product_certifications": [
            {"id": need.removeprefix(Need.CERTIFICATION), "name": "Safety certificate", "is_required": True}
            for need in needs
            if need.startswith(Need.CERTIFICATION)
        ],
        "size_chart": {"is_supported": True, "is_required": Need.SIZE_CHART in needs},
        "cod": {"is_supported": False},
        "package_dimension": {"is_required": Need.PACKAGE_DIMENSIONS in needs},
        "responsible_person": {"is_required": Need.RESPONSIBLE_PERSON in needs},
        "manufacturer": {"is_required": Need.MANUFACTURER in needs},
        "epr": {"is_required": False},
    }


def _attribute_ids(category: Category) -> list[str]:
    return list(dict.fromkeys([*category.required_attributes, *ATTRIBUTE_NAMES]))


def _attribute(attribute_id: str, category: Category) -> dict[str, object]:
    return {
        "id": attribute_id,
        "name": ATTRIBUTE_NAMES.get(attribute_id, f"Attribute {attribute_id}"),
        "type": "PRODUCT_PROPERTY",
        "is_requried": attribute_id in category.required_attributes,
        "is_customizable": True,
        "is_multiple_selection": True,
    }


def _brands(shop: Shop, query: Mapping[str, str]) -> dict[str, object]:
    limit, after_id = page_size(query), id_before_page(query.get("page_token", ""))
    search_text = query.get("brand_name", "").lower()
    found = [brand for brand in sorted(shop.brands, key=int) if search_text in f"brand {brand}"]
    remaining = [brand for brand in found if int(brand) > after_id]
    data: dict[str, object] = {
        "total_count": len(found),
        "brands": [
            {
                "id": brand,
                "name": f"Brand {brand}",
                "authorized_status": "UNAUTHORIEZD",
                "is_t1_brand": False,
                "brand_status": "AVAILABLE",
            }
            for brand in remaining[:limit]
        ],
    }
    if len(remaining) > limit:
        data["next_page_token"] = token_after_id(remaining[limit - 1])
    return data


def _warehouse(shop: Shop, warehouse: str) -> dict[str, object]:
    return {
        "id": warehouse,
        "entity_id": shop.id,
        "name": f"Warehouse {warehouse}",
        "effect_status": "ENABLED",
        "type": "SALES_WAREHOUSE",
        "sub_type": "DOMESTIC_WAREHOUSE",
        "is_default": warehouse == shop.warehouses[0],
        "address": {"region_code": shop.region, "distict": "Sandbox District"},
    }
