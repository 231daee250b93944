"""Products."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("products", __name__)


@pages.get("/products")
def index() -> Any:
    """The page."""
    return render_template("products/index.html")


@pages.get("/products/find")
def search() -> Any:
    """The product of a SKU."""
    return render_template("products/index.html")
