"""Helpers for the pages of policies, with a client without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from operations.rules.rule_versions import POLICIES
from records.db.database import Database
from records.rules import versions
from records.rules.versions import Version
from tests.console.conftest import Visitor

LISTED = {kind.name: kind.listed for kind in POLICIES}
OF_THE_REVIEW = ("kind", "document", "base")


def text(html: str) -> str:
    """Return the text of a page, in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))).strip()


def read(answer: TestResponse, status: int = 200) -> str:
    """Return the text of a response, after asserting its status."""
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, html
    return text(html)


def hidden(html: str, names: tuple[str, ...] = OF_THE_REVIEW) -> dict[str, str]:
    """Return the values of the page's hidden fields."""
    return {name: unescape(re.search(rf'name="{name}" value="([^"]*)"', html)[1]) for name in names}  # type: ignore[index]


def fill_in(visitor: Visitor, kind: str, fields: Mapping[str, Any]) -> TestResponse:
    """Send the form with these fields."""
    return visitor.post(f"/policies/{kind}/form", dict(fields))


def change(visitor: Visitor, kind: str, title: str, /, **fields: Any) -> dict[str, Any]:
    """Return the form of a policy in force, with these fields changed."""
    page = visitor.get(f"/policies/{kind}/edit", query_string={"title": title}).get_data(as_text=True)
    return {"title": title, "fixed": "1", **hidden(page, ("base",)), **fields}


def stored(visitor: Visitor, kind: str, fields: Mapping[str, Any]) -> str:
    """Send the form, save its review, and return the text of the list."""
    review = fill_in(visitor, kind, fields)
    assert review.status_code == 200, text(review.get_data(as_text=True))
    saved = visitor.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert saved.status_code == 303, text(saved.get_data(as_text=True))
    return read(visitor.get(saved.headers["Location"]))


def history(database: Database, title: str, kind: str = "synchronization") -> list[Version]:
    """Return every version, newest first."""
    with database.read() as connection:
        return versions.history(connection, LISTED[kind], title)


def titles(database: Database, kind: str = "synchronization") -> list[str]:
    """Return the titles of the policies in force."""
    with database.read() as connection:
        return versions.titles(connection, LISTED[kind])
