"""People."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("people", __name__)


@pages.get("/people")
def index() -> Any:
    """The page."""
    return render_template("people/index.html")
