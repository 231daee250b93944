"""Helpers for the pages of listing templates, with a client without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping

from console.listing_templates.query_builder import DraftGroup, DraftRow, fields_of
from tests.console.conftest import Visitor
from tests.console.pages import html
from tests.console.policy_pages import hidden

FORM: Mapping[str, str] = {
    "title": "Trousers", "priority": "5", "category_id": "600001", "category_version": "v1", "weight": "0.4",
    "weight_unit": "KILOGRAM", "image_uri": "tos-sandbox/main-1",
}  # fmt: skip
RED = dict(fields_of(DraftGroup(conditions=(DraftRow("color", "is", "58"),))))


def reviewed_and_saved(visitor: Visitor, fields: Mapping[str, str]) -> str:
    """Send the form, save what its review shows, and return the page with the list."""
    review = visitor.post("/listing-templates/form", dict(fields)).get_data(as_text=True)
    assert "what changes" in review, review
    saved = visitor.post("/policies/save", dict(hidden(review)))
    assert saved.status_code == 303, saved.get_data(as_text=True)
    return html(visitor, saved.headers["Location"])
