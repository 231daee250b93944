"""Websites, store views, sources and stock as Magento's REST API returns them."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.magento.catalog import stock_item
from sandbox.magento.catalog.product import Product
from sandbox.magento.catalog.sources import DEFAULT_SOURCE, SOURCES
from sandbox.magento.catalog.websites import STORE_VIEWS, WEBSITES
from sandbox.magento.php_json import number

Document = dict[str, object]


def websites() -> list[Document]:
    """Build the response of GET /V1/store/websites."""
    admin = {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0}
    rows = (
        {"id": row.id, "code": row.code, "name": row.name, "default_group_id": row.group_id}
        for row in WEBSITES.values()
    )
    return [admin, *rows]


def store_views() -> list[Document]:
    """Build the response of GET /V1/store/storeViews."""
    return [
        {
            "id": view.id,
            "code": view.code,
            "name": view.name,
            "website_id": view.website_id,
            "store_group_id": WEBSITES[view.website_id].group_id if view.id else 0,
            "is_active": 1,
        }
        for view in STORE_VIEWS.values()
    ]


def store_configs(address: str) -> list[Document]:
    """Build the response of GET /V1/store/storeConfigs for a store at this address, which ends with a slash."""
    addresses = {
        f"{prefix}base_{kind}url": address + folder
        for prefix in ("", "secure_")
        for kind, folder in (("", ""), ("link_", ""), ("static_", "static/"), ("media_", "media/"))
    }
    views = sorted((view for view in STORE_VIEWS.values() if view.id), key=lambda view: view.website_id)
    return [
        {
            "id": view.id,
            "code": view.code,
            "website_id": view.website_id,
            "locale": "en_US",
            "base_currency_code": "USD",
            "default_display_currency_code": "USD",
            "timezone": "UTC",
            "weight_unit": "lbs",
            **addresses,
        }
        for view in views
    ]


def sources() -> Document:
    """Build the response of GET /V1/inventory/sources."""
    items = [
        {
            "source_code": code,
            "name": name,
            "enabled": True,
            "description": name,
            "latitude": 0,
            "longitude": 0,
            "country_id": "US",
            "postcode": "00000",
            "use_default_carrier_config": True,
            "carrier_links": [],
            "extension_attributes": {"is_pickup_location_active": False, "frontend_name": ""},
        }
        for code, name in SOURCES.items()
    ]
    return {"items": items, "search_criteria": {"filter_groups": []}, "total_count": len(items)}


def stock() -> Document:
    """Build the response of GET /V1/inventory/stock-resolver: the one stock, which all websites sell from."""
    channels = [{"type": "website", "code": website.code} for website in WEBSITES.values()]
    return {
        "stock_id": stock_item.STOCK_ID,
        "name": "Default Stock",
        "extension_attributes": {"sales_channels": channels},
    }


def source_items(products: Sequence[Product]) -> list[Document]:
    """Build the source items of these products; a configurable has none."""
    return [item for product in products if not product.is_configurable for item in _source_items(product)]


def salable_quantity(product: Product) -> float:
    """Build the response of GET /V1/inventory/get-product-salable-quantity: 0 where nothing is salable."""
    return number(str(stock_item.salable_quantity(product))) if stock_item.is_salable(product) else 0


def _source_items(product: Product) -> list[Document]:
    rows = [(DEFAULT_SOURCE, product.stock.qty, product.stock.is_in_stock)]
    rows += [(code, item.quantity, item.in_stock) for code, item in product.sources.items()]
    return [
        {"sku": product.sku, "source_code": code, "quantity": number(quantity), "status": int(in_stock)}
        for code, quantity, in_stock in rows
    ]
