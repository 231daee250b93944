"""The same product has the same attributes in every body format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given

from policies.attribute_changes import changes
from tests.magento.payloads.body_formats import FORMATS, PRODUCTS
from tests.webhooks.magento_bodies import read_single


@given(PRODUCTS)
def test_the_same_product_has_the_same_attributes_in_every_body_format(product: Mapping[str, Any]) -> None:
    first, *others = (read_single(make(product)) for make in FORMATS)
    for other in others:
        assert (other.kind, other.entity_id, other.sku) == (first.kind, first.entity_id, first.sku)
        assert other.attributes.keys() == first.attributes.keys()
        assert changes(first.attributes, other.attributes) == ()
        assert changes(other.attributes, first.attributes) == ()
