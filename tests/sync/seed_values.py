"""What random histories of a product and its rules draw from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.sync.seed_model import UNREAD, Template

VALUES: dict[str, list[Any]] = {
    "name": ["Linen shirt", "Cotton shirt", "Silk shirt"],
    "color": ["blue", "red"],
    "size": ["M", "L"],
    "price": ["20.00", "25.00", "31.00"],
    "quantity": [0, 5, 12],
    "status": ["1", "1", "1", "2", "2", UNREAD],
    "visibility": ["4", "4", "4", "1", "1", UNREAD],
    "website_ids": [["1"], ["1"], ["2"]],
    "attribute_set_id": ["9", "9", "11"],
}
SWITCHES: dict[str, list[Any]] = {
    "product_upload": [True, True, False],
    "product_update": [True, True, False],
    "inventory_price_sync": [True, False],
    "product_assign": [True, False],
    "sync_not_visible_individually": [True, False],
    "only_specific_attributes": [True, False],
    "observed_attributes": [("color",), ("quantity",), ("name", "price")],
    "when_hidden": ["keep", "deactivate", "zero_stock"],
    "when_disabled": ["deactivate", "keep", "zero_stock"],
    "when_deleted": ["deactivate", "delete", "keep"],
    "when_unmatched": ["keep", "zero_stock", "deactivate"],
}
FIRST_TEMPLATES = (
    Template("Shirts", 100, "600001", "attribute_set_id", "9"),
    Template("Others", 900, "600002", "color", "red"),
)
QUERIES = [("attribute_set_id", "9"), ("attribute_set_id", "11"), ("color", "blue"), ("color", "red")]


def some(options: dict[str, list[Any]], *, most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw values for a few of the names."""
    names = st.lists(st.sampled_from(sorted(options)), min_size=1, max_size=most, unique=True)
    return names.flatmap(
        lambda drawn: st.fixed_dictionaries({name: st.sampled_from(options[name]) for name in drawn})
    )


FIRST_SWITCHES = st.fixed_dictionaries({name: st.sampled_from(options) for name, options in SWITCHES.items()})
