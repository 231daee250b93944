"""The legacy stock item in its forms: typed as REST returns it, and text as the form of Admin sends it.

Magento numbers stock items on their own, and the numbers part from those of the products as soon as a product without
a stock item is created: the id of one product's stock item is then the entity id of another product.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.catalog.attribute_values import format_quantity
from sandbox.magento.catalog.product import Product
from sandbox.magento.php_json import number

STOCK_ID = 1
_AHEAD = 4


def item_id(product: Product) -> int:
    """Return the id of the product's stock item."""
    return product.entity_id + _AHEAD


def salable_quantity(product: Product) -> Decimal:
    """Return what can be ordered: all sources that are in stock, less what is reserved."""
    first = Decimal(product.stock.qty) if product.stock.is_in_stock else Decimal(0)
    others = (Decimal(item.quantity) for item in product.sources.values() if item.in_stock)
    return sum(others, first) - Decimal(product.reserved)


def is_salable(product: Product) -> bool:
    """Return whether the storefront sells the product."""
    return product.value("status") == "1" and (
        product.is_configurable or not product.stock.manage_stock or salable_quantity(product) > 0
    )


def to_rest(product: Product) -> dict[str, object]:
    """Build the response of GET /V1/stockItems/{sku}."""
    return {
        "item_id": item_id(product),
        "product_id": product.entity_id,
        **_rest_fields(
            number(product.stock.qty),
            in_stock=product.stock.is_in_stock,
            managed=product.stock.manage_stock,
            configured=1,
        ),
    }


def empty_object(qty: str | None) -> dict[str, object]:
    """Build the stock item that a REST save's product carries: only the quantity is what the client sent.

    `is_in_stock` is true even where the client sent false, and `manage_stock` is false.
    """
    quantity = None if qty is None else number(qty)
    return {"product_id": 0, **_rest_fields(quantity, in_stock=True, managed=False, configured=0)}


def _rest_fields(qty: float | None, *, in_stock: bool, managed: bool, configured: int) -> dict[str, object]:
    uses_config = bool(configured)
    return {
        "stock_id": STOCK_ID,
        "qty": qty,
        "is_in_stock": in_stock,
        "is_qty_decimal": False,
        "show_default_notification_message": False,
        "use_config_min_qty": uses_config,
        "min_qty": 0,
        "use_config_min_sale_qty": configured,
        "min_sale_qty": configured,
        "use_config_max_sale_qty": uses_config,
        "max_sale_qty": 10000 * configured,
        "use_config_backorders": uses_config,
        "backorders": 0,
        "use_config_notify_stock_qty": uses_config,
        "notify_stock_qty": configured,
        "use_config_qty_increments": uses_config,
        "qty_increments": 0,
        "use_config_enable_qty_inc": uses_config,
        "enable_qty_increments": False,
        "use_config_manage_stock": managed,
        "manage_stock": managed,
        "low_stock_date": None,
        "is_decimal_divided": False,
        "stock_status_changed_auto": 0,
    }


def to_form_data(product: Product) -> dict[str, object]:
    """Build the `stock_data` of a save in Admin, with the type's own keys: text, except for one number."""
    return {
        "item_id": str(item_id(product)),
        "product_id": str(product.entity_id),
        "stock_id": str(STOCK_ID),
        **settings(product, decimals=False),
        "low_stock_date": "",
        "is_decimal_divided": 0,
        "website_id": "0",
        "type_id": product.type_id,
        "min_qty_allowed_in_shopping_cart": "1",
    }


def new_form_data(product: Product) -> dict[str, object]:
    """Build the `stock_data` of a new product's form, which has no ids yet."""
    return {
        "min_qty_allowed_in_shopping_cart": "1",
        "use_config_manage_stock": "1" if product.stock.manage_stock else 0,
        **({"manage_stock": "1"} if product.stock.manage_stock else {}),
        "is_decimal_divided": 0,
        "qty": None if product.is_configurable else product.stock.qty,
        "is_in_stock": flag(product.stock.is_in_stock or product.is_configurable),
    }


def settings(product: Product, *, decimals: bool) -> dict[str, object]:
    """Build quantity and settings as text: as the form sends them, or with `decimals` as the database has them."""

    def amount(text: str) -> str:
        return f"{Decimal(text):.4f}" if decimals else format_quantity(Decimal(text))

    return {
        "qty": amount(product.stock.qty),
        "min_qty": amount("0"),
        "use_config_min_qty": "1",
        "is_qty_decimal": "0",
        "backorders": "0",
        "use_config_backorders": "1",
        "min_sale_qty": amount("1"),
        "use_config_min_sale_qty": "1",
        "max_sale_qty": amount("10000"),
        "use_config_max_sale_qty": "1",
        "is_in_stock": flag(product.stock.is_in_stock),
        "notify_stock_qty": amount("1"),
        "use_config_notify_stock_qty": "1",
        "manage_stock": flag(product.stock.manage_stock),
        "use_config_manage_stock": flag(product.stock.manage_stock),
        "stock_status_changed_auto": "0",
        "use_config_qty_increments": "1",
        "qty_increments": amount("0"),
        "use_config_enable_qty_inc": "1",
        "enable_qty_increments": "0",
    }


def flag(yes: bool) -> str:
    """Return Magento's text for a boolean."""
    return "1" if yes else "0"
