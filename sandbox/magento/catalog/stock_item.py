"""The legacy stock item in its two forms: typed as REST returns it, and text as a form save sends it."""

from __future__ import annotations

from sandbox.magento.catalog.product import Product
from sandbox.magento.php_json import number

STOCK_ID = 1


def to_rest(product: Product) -> dict[str, object]:
    """Build the response of GET /V1/stockItems/{sku}."""
    return {
        "item_id": product.entity_id,
        "product_id": product.entity_id,
        "stock_id": STOCK_ID,
        "qty": number(product.stock.qty),
        "is_in_stock": product.stock.is_in_stock,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": True,
        "min_qty": 0,
        "use_config_min_sale_qty": 1,
        "min_sale_qty": 1,
        "use_config_max_sale_qty": True,
        "max_sale_qty": 10000,
        "use_config_backorders": True,
        "backorders": 0,
        "use_config_notify_stock_qty": True,
        "notify_stock_qty": 1,
        "use_config_qty_increments": True,
        "qty_increments": 0,
        "use_config_enable_qty_inc": True,
        "enable_qty_increments": False,
        "use_config_manage_stock": product.stock.manage_stock,
        "manage_stock": product.stock.manage_stock,
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }


def to_form_data(product: Product) -> dict[str, object]:
    """Build the `stock_data` of a form save, which is also the stock item of `stock.changed`: text values."""
    return {
        "item_id": str(product.entity_id),
        "product_id": str(product.entity_id),
        "stock_id": str(STOCK_ID),
        "qty": product.stock.qty,
        "min_qty": "0",
        "use_config_min_qty": "1",
        "is_qty_decimal": "0",
        "backorders": "0",
        "use_config_backorders": "1",
        "min_sale_qty": "1",
        "use_config_min_sale_qty": "1",
        "max_sale_qty": "10000",
        "use_config_max_sale_qty": "1",
        "is_in_stock": _flag(product.stock.is_in_stock),
        "notify_stock_qty": "1",
        "use_config_notify_stock_qty": "1",
        "manage_stock": _flag(product.stock.manage_stock),
        "use_config_manage_stock": _flag(product.stock.manage_stock),
        "stock_status_changed_auto": "0",
        "use_config_qty_increments": "1",
        "qty_increments": "1",
        "use_config_enable_qty_inc": "1",
        "enable_qty_increments": "0",
        "is_decimal_divided": 0,
        "website_id": "0",
        "deferred_stock_update": "0",
        "use_config_deferred_stock_update": "1",
        "type_id": product.type_id,
        "min_qty_allowed_in_shopping_cart": [],
    }


def _flag(yes: bool) -> str:
    return "1" if yes else "0"
