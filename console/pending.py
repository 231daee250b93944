"""Pending."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("pending", __name__)


@pages.get("/pending")
def index() -> Any:
    """The page."""
    return render_template("pending/index.html")
