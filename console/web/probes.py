"""`/livez` and `/readyz`: the console's health probes."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from console.web.access import public
from console.web.context import console_context

pages = Blueprint("probes", __name__)

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@pages.get("/livez")
@public
def livez() -> ResponseReturnValue:
    """Answer that the process runs."""
    return "ok\n", 200, _TEXT


@pages.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Answer 200 if pages can be served: the database answers, and has the tables of this version."""
    fault = _fault()
    value = [f"[{'-' if fault else '+'}]database {fault or 'ok'}"] if "verbose" in request.args else []
    return "\n".join([*value, "not ready" if fault else "ready", ""]), 503 if fault else 200, _TEXT


BY_PATH: Final = {"/livez": livez, "/readyz": readyz}
"""Probes are answered for any host name: an orchestrator probes by the address of the container."""


def _fault() -> str | None:
    try:
        current = console_context().database.is_current()
    except SQLAlchemyError as error:
        return f"does not answer ({type(error).__name__})"
    return None if current else "has not the tables of this version; run: m2t db upgrade"
