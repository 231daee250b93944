"""The pages: the list of products, and a form that saves one and shows the response to its webhook.

They work without JavaScript. Option values are sent as Magento's ids; people see the labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask import Blueprint, render_template, request

from sandbox.magento.catalog.attributes import ATTRIBUTES, Input
from sandbox.magento.catalog.product import Product
from sandbox.magento.errors import StoreError
from sandbox.magento.store import SaveResult, Store
from sandbox.magento.web.request_body import whole_number

PAGE_SIZE = 25
SIMPLE_FIELDS = ("name", "price", "qty", "color", "size", "status", "visibility")
CONFIGURABLE_FIELDS = ("name", "status", "visibility")
"""Price, stock and axes belong to the children of a configurable."""


def pages(store: Store) -> Blueprint:
    """Build the routes `/` and `/products/{sku}`."""
    site = Blueprint("pages", __name__, template_folder="templates")

    @site.errorhandler(StoreError)
    def error_page(error: StoreError) -> tuple[str, int]:
        return render_template("refused.html", message=str(error)), error.status

    @site.get("/")
    def products() -> str:
        search_text = request.args.get("sku", "").strip()
        matching = [product for product in store.products() if search_text.lower() in product.sku.lower()]
        last_page = max(1, -(-len(matching) // PAGE_SIZE))
        page = min(max(1, whole_number("page", 1)), last_page)
        page_products = matching[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        return render_template(
            "products.html",
            rows=[_row(product) for product in page_products],
            total=len(matching),
            search_text=search_text,
            page=page,
            last_page=last_page,
        )

    @site.get("/products/<sku:sku>")
    def product(sku: str) -> str:
        return _form(store, store.product(sku))

    @site.post("/products/<sku:sku>")
    def save(sku: str) -> tuple[str, int]:
        product = store.product(sku)
        submitted = {code: request.form[code].strip() for code in fields(product) if code in request.form}
        try:
            saved = store.save(sku, submitted)
        except StoreError as error:
            return _form(store, product, submitted, error_message=str(error)), error.status
        return _form(store, saved.product, saved=saved), 200

    return site


def fields(product: Product) -> tuple[str, ...]:
    """Return the fields of the product's form."""
    return CONFIGURABLE_FIELDS if product.type_id == "configurable" else SIMPLE_FIELDS


def _row(product: Product) -> dict[str, str]:
    values = _values(product)
    labels = {code: dict(_choices(code)).get(values[code], "") for code in ("status", "visibility")}
    return {**values, **labels, "sku": product.sku, "type": product.type_id, "updated_at": product.updated_at}


def _values(product: Product) -> dict[str, str]:
    values = {code: product.values.get(code) or "" for code in SIMPLE_FIELDS}
    if values["price"]:
        values["price"] = f"{Decimal(values['price']):.2f}"
    return {**values, "qty": product.stock.qty}


def _choices(code: str) -> list[tuple[str, str]]:
    return [(option.value, option.label) for option in ATTRIBUTES[code].options]


def _form(
    store: Store,
    product: Product,
    submitted: Mapping[str, str] | None = None,
    *,
    saved: SaveResult | None = None,
    error_message: str = "",
) -> str:
    values = {**_values(product), **(submitted or {})}
    return render_template(
        "product.html",
        product=product,
        fields=[
            {**_field(code, values[code]), "is_invalid": error_message.startswith(f"{code}:")}
            for code in fields(product)
        ],
        children=[child.sku for child in store.products_by_ids(product.child_ids)],
        saved=saved,
        error_message=error_message,
    )


def _field(code: str, value: str) -> dict[str, object]:
    if code == "qty":
        return {"code": code, "label": "Quantity", "value": value, "numeric": True, "required": True}
    attribute = ATTRIBUTES[code]
    return {
        "code": code,
        "label": attribute.label,
        "value": value,
        "numeric": attribute.input is Input.PRICE,
        "required": attribute.required,
        "choices": _choices(code),
    }
