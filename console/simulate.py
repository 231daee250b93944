"""Simulate."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("simulate", __name__)


@pages.get("/simulate")
def index() -> Any:
    """The page."""
    return render_template("simulate/index.html")
