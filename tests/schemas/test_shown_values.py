"""Values of attributes in sentences for the merchant."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.attributes import NOT_RECEIVED, shown
from schemas.gates import Unread


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Linen", "'Linen'"),
        ("it's", '"it\'s"'),
        (18, "18"),
        (1.5, "1.5"),
        # JSON, as Magento sends it, and not as Python writes it
        (True, "true"),
        ([True, None], "[true, null]"),
        (["1", "2"], "['1', '2']"),
        ({"qty": False}, "{'qty': false}"),
        (None, "empty"),
        ("", "empty"),
        (NOT_RECEIVED, "not received"),
        ("x" * 80, "'" + "x" * 59 + "…"),
    ],
)
def test_a_value_in_a_sentence(value: Any, words: str) -> None:
    assert shown(value) == words


def test_a_gate_that_is_not_understood_is_shown_like_any_value() -> None:
    assert str(Unread([True])) == "[true]"
