"""Overview."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("overview", __name__)


@pages.get("/")
def index() -> Any:
    """The page."""
    return render_template("overview/index.html")
