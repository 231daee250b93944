"""Rows of the data folder keep the field names that earlier sandboxes wrote."""

from __future__ import annotations

import json

from sandbox.tiktok.catalog.product import Offer
from sandbox.tiktok.state.saved_state import changed_rows
from sandbox.tiktok.unsaved_changes import Kind, UnsavedChanges


def test_an_offer_is_saved_under_the_field_names_of_earlier_folders() -> None:
    changes = UnsavedChanges()
    changes.add(Kind.PRODUCT, "1", value=Offer("1.00", "USD", {"W1": 3}))
    [(_, _, value)] = changed_rows(changes)
    assert json.loads(value) == {"amount": "1.00", "currency": "USD", "pieces": {"W1": 3}, "backorders": {}}
