"""Policies."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

pages = Blueprint("policies", __name__)


@pages.get("/policies")
def index() -> Any:
    """The page."""
    return render_template("policies/index.html")
