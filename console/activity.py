"""Activity."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("activity", __name__)


@pages.get("/activity")
def index() -> Any:
    """The page."""
    return render_template("activity/index.html")
