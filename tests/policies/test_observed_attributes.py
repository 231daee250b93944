"""*Only Specific Attributes Syncing*: which changes count, and which are price and stock alone."""

from __future__ import annotations

import pytest

from policies.attribute_changes import Change
from policies.observed_attributes import observed, only_price_or_stock
from tests.policies.examples import policy


def changed(*codes: str) -> tuple[Change, ...]:
    return tuple(Change(code, "old", "new") for code in codes)


@pytest.mark.parametrize(
    ("switch", "picked", "changes", "count"),
    [
        (True, ("color",), ("color", "size"), ("color",)),
        (True, ("color",), ("size",), ()),
        (True, ("color", "size"), ("color", "size"), ("color", "size")),
        (True, ("quantity",), ("quantity", "stock_status"), ("quantity", "stock_status")),
        (True, ("stock_status",), ("quantity", "stock_status"), ("stock_status",)),
        (True, ("price",), ("special_price",), ()),
        # a special price's dates move the final price; so does the regular price, which is not observed then
        (True, ("special_price",), ("final_price",), ("final_price",)),
        (True, ("special_to_date",), ("color", "final_price"), ("final_price",)),
        (True, ("special_price",), ("final_price", "price"), ()),
        (True, ("price", "special_price"), ("final_price", "price"), ("price",)),
        (True, ("price",), ("final_price",), ()),
        (True, ("color",), (), ()),
        (False, (), ("color", "size"), ("color", "size")),
        (False, ("color",), ("size",), ("size",)),  # the selection is kept and ignored
    ],
)
def test_observed_changes(
    switch: bool, picked: tuple[str, ...], changes: tuple[str, ...], count: tuple[str, ...]
) -> None:
    specific = policy(only_specific_attributes=switch, observed_attributes=picked)
    assert observed(changed(*changes), specific) == changed(*count)


@pytest.mark.parametrize(
    ("changes", "alone"),
    [
        (("price",), True),
        (("quantity", "stock_status"), True),
        (("special_price", "special_from_date", "special_to_date", "tier_price", "cost"), True),
        (("price", "name"), False),
        (("weight",), False),
    ],
)
def test_changes_of_price_or_stock_only(changes: tuple[str, ...], alone: bool) -> None:
    assert only_price_or_stock(changed(*changes)) is alone
