"""Topics."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("topics", __name__)


@pages.get("/topics")
def index() -> Any:
    """The page."""
    return render_template("topics/index.html")
