"""Dead letters."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("dead_letters", __name__)


@pages.get("/dead-letters")
def index() -> Any:
    """The page."""
    return render_template("dead_letters/index.html")
