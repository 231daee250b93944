"""`/livez` and `/readyz` of the console, for whoever keeps it running."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, request
from sqlalchemy.exc import SQLAlchemyError

from console.web.access import public
from console.web.context import desk

pages = Blueprint("probes", __name__)

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@pages.get("/livez")
@public
def livez() -> Any:
    """It answers."""
    return "ok\n", 200, _TEXT


@pages.get("/readyz")
@public
def readyz() -> Any:
    """It can serve pages: the database answers, with the tables of this version."""
    fault = _fault()
    value = [f"[{'-' if fault else '+'}]database {fault or 'ok'}"] if "verbose" in request.args else []
    return "\n".join([*value, "not ready" if fault else "ready", ""]), 503 if fault else 200, _TEXT


BY_PATH: Final = {"/livez": livez, "/readyz": readyz}
"""They are answered under whatever name: who keeps the console running asks by its address of the moment."""


def _fault() -> str | None:
    try:
        current = desk().database.is_current()
    except SQLAlchemyError as error:
        return f"does not answer ({type(error).__name__})"
    return None if current else "has not the tables of this version; run: m2t db upgrade"
