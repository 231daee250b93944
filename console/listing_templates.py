"""Listing templates."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("listing_templates", __name__)


@pages.get("/listing-templates")
def index() -> Any:
    """The page."""
    return render_template("listing_templates/index.html")
