"""Feeds."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("feeds", __name__)


@pages.get("/feed")
def index() -> Any:
    """The page."""
    return render_template("feeds/index.html")
