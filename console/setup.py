"""Setup."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from console.access import public

pages = Blueprint("setup", __name__)


@pages.get("/setup")
def index() -> Any:
    """The page."""
    return render_template("setup/index.html")


@pages.get("/setup/register")
@public
def register() -> Any:
    """The first admin."""
    return render_template("setup/index.html")
