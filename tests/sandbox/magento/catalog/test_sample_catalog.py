"""The catalog of a new store."""

from __future__ import annotations

from collections import Counter

from sandbox.magento.catalog.sample_catalog import AWKWARD_SKU, first_products

CATALOG = list(first_products(300))
SIMPLE = CATALOG[:300]


def test_the_sample_catalog_is_always_the_same() -> None:
    assert list(first_products(300)) == CATALOG


def test_simple_products_come_before_the_configurables_with_their_children() -> None:
    assert {product.type_id for product in SIMPLE} == {"simple"}
    parents = [product for product in CATALOG if product.type_id == "configurable"]
    assert [product.sku for product in parents] == ["MH71", "MT72"]
    children = {child for parent in parents for child in parent.child_ids}
    assert children == {product.entity_id for product in CATALOG[300:]} - {
        product.entity_id for product in parents
    }


def test_entity_ids_run_from_one_and_skus_are_unique() -> None:
    assert [product.entity_id for product in CATALOG] == list(range(1, len(CATALOG) + 1))
    assert len({product.sku for product in CATALOG}) == len(CATALOG)
    assert AWKWARD_SKU in {product.sku for product in SIMPLE}


def test_the_catalog_has_products_for_every_policy_rule() -> None:
    visibility = Counter(product.values["visibility"] for product in SIMPLE)
    assert visibility == {"4": 270, "1": 12, "2": 10, "3": 8}
    assert sum(product.values["status"] == "2" for product in SIMPLE) == 6
    assert sum(not product.stock.is_in_stock for product in SIMPLE) == 15
    assert sum(product.website_ids == () for product in SIMPLE) == 3
    assert sum("special_price" in product.values for product in SIMPLE) == 30


def test_every_ean_has_a_valid_check_digit() -> None:
    for product in SIMPLE:
        digits = [int(digit) for digit in product.values["ean"] or ""]
        assert len(digits) == 13
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
