"""Settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("settings", __name__)


@pages.get("/settings")
def index() -> Any:
    """The page."""
    return render_template("settings/index.html")
