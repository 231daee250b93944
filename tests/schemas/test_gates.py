"""Status, visibility and stock status are read in every form that stores send; what is not understood says so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.attributes import NOT_RECEIVED
from schemas.gates import (
    Status,
    Unread,
    Visibility,
    read_status,
    read_stock_status,
    read_type,
    read_visibility,
    read_websites,
)

ENABLED, DISABLED = Status.ENABLED, Status.DISABLED
HIDDEN, CATALOG = Visibility.NOT_VISIBLE_INDIVIDUALLY, Visibility.CATALOG
SEARCH, BOTH = Visibility.SEARCH, Visibility.CATALOG_AND_SEARCH


@pytest.mark.parametrize(
    ("value", "status"),
    [
        *((value, ENABLED) for value in (1, "1", "1.0000", 1.0, True, "Enabled", " enabled ", "ENABLED", "true")),
        *((value, DISABLED) for value in (2, "2", "2.0000", 0, "0", False, "Disabled", "disabled", "false")),
        *((value, DISABLED) for value in ({"value": "2", "label": "Deaktiviert"}, {"label": "Disabled"})),
    ],
)  # fmt: skip
def test_a_status(value: Any, status: Status) -> None:
    assert read_status(value) is status


@pytest.mark.parametrize(
    ("value", "visibility"),
    [
        *((value, HIDDEN) for value in (1, "1", "1.0", "Not Visible Individually", "NOT_VISIBLE_INDIVIDUALLY")),
        *((value, CATALOG) for value in (2, "2", "Catalog", "IN_CATALOG")),
        *((value, SEARCH) for value in (3, "3.0000", "search", "IN_SEARCH")),
        *((value, BOTH) for value in (4, "4", "Catalog, Search", "CATALOG_SEARCH", "Catalog and Search", "BOTH")),
    ],
)  # fmt: skip
def test_a_visibility(value: Any, visibility: Visibility) -> None:
    assert read_visibility(value) is visibility


@pytest.mark.parametrize(
    ("value", "in_stock"),
    [
        *((value, True) for value in (True, 1, "1", "1.0000", "IN_STOCK", "In Stock", "instock", "yes", "true")),
        *((value, False) for value in (False, 0, "0", "0.0000", "OUT_OF_STOCK", "Out of Stock", "out-of-stock", "no")),
    ],
)  # fmt: skip
def test_a_stock_status(value: Any, in_stock: bool) -> None:
    assert read_stock_status(value) is in_stock


@pytest.mark.parametrize(
    ("value", "type_id"),
    [
        *((value, "simple") for value in ("simple", "Simple", "SIMPLE ", "Simple Product", "SimpleProduct")),
        *((value, "configurable") for value in ("configurable", "ConfigurableProduct")),
        ("my_rental", "my_rental"),
        *((value, Unread(value)) for value in ("", " ", 1, True, ["simple"], {"value": "simple"})),
        (None, Unread(None)),
        (NOT_RECEIVED, Unread(None)),
    ],
)  # fmt: skip
def test_a_type(value: Any, type_id: str | Unread) -> None:
    assert read_type(value) == type_id


@pytest.mark.parametrize("value", [[1, 2], ["1", " 2 "], ("2", "1"), ["1.0", 2.0, 0], {"1": "1", "2": "2"}])
def test_websites_are_ids(value: Any) -> None:
    assert read_websites(value) == frozenset({"1", "2"})


@pytest.mark.parametrize("value", [[], {}, [""], [0], ["0"]])
def test_a_product_may_be_in_no_website(value: Any) -> None:
    assert read_websites(value) == frozenset()


@pytest.mark.parametrize(
    "value",
    ["base", 1, ["base"], ["1", "base"], [True], [None], [1.5], [-1], [["1"]], [{"website_id": 1}], {"base": "base"}],
)  # fmt: skip
def test_websites_that_are_no_ids_are_not_understood(value: Any) -> None:
    assert read_websites(value) == Unread(value)


@pytest.mark.parametrize("read", [read_status, read_visibility, read_stock_status])
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "Aktiviert",
        "5",
        7,
        -1,
        "-1",
        "1.5",
        "nan",
        "infinity",
        ["1"],
        {"id": "1"},
        {"value": ["1"]},
        10**400,
    ],
)
def test_anything_else_is_not_understood_and_keeps_its_value(read: Any, value: Any) -> None:
    assert read(value) == Unread(value)


@pytest.mark.parametrize("read", [read_status, read_visibility, read_stock_status, read_websites])
@pytest.mark.parametrize("missing", [None, NOT_RECEIVED])
def test_a_missing_value_is_unread_without_a_value(read: Any, missing: Any) -> None:
    assert read(missing) == Unread(None)


@given(st.recursive(st.text() | st.integers() | st.floats() | st.booleans(), st.lists))
def test_a_reading_never_fails(value: Any) -> None:
    for read in (read_status, read_visibility, read_stock_status, read_websites):
        read(value)


def test_a_long_value_is_cut_in_words() -> None:
    assert len(str(Unread("x" * 1000))) == 61
