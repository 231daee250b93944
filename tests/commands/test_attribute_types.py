"""The shop's attribute types and category tree count wherever a query is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.commands.conftest import Desk
from tests.commands.examples import SKU, declaration, saved, shop, template

STORE = {"attribute_types": {"fabric": "multiselect"}, "category_parents": {"4": "3"}}


def declared(attribute: str, value: str) -> dict[str, Any]:
    row = {"attribute": attribute, "operator": "contains", "value": value}
    query = {"match": "all", "rows_are": True, "conditions": [row]}
    return declaration(listing_templates=[template(query=query)], shops=[shop(magento=STORE)])


@pytest.mark.parametrize(
    ("attribute", "value", "matches"),
    [
        ("fabric", "1", False),
        ("fabric", "14", True),
        ("category_ids", "3", True),
        ("category_ids", "2", False),
    ],
)
def test_upload_explain_and_intake_agree(shop_desk: Desk, attribute: str, value: str, matches: bool) -> None:
    assert shop_desk.apply(declared(attribute, value)).exit_code == 0
    result = shop_desk.take(saved(fabric="14,20", category_ids=["4"]))
    (decided,) = result.decided
    assert (decided.event_decision.decision.action == "upload") is matches
    counts = json.loads(shop_desk.m2t("upload", "--matching", "Shirts", "--json").stdout)
    assert counts["match"] == int(matches)
    explained = shop_desk.m2t("explain", SKU).stdout
    assert (f"nearest: 'Shirts' requires {attribute} that contains {value}" in explained) is not matches


def test_another_type_for_an_attribute_of_magento_is_stored_with_a_warning(shop_desk: Desk) -> None:
    document = declaration(shops=[shop(magento={"attribute_types": {"price": "text"}})])
    result = shop_desk.apply(document)
    assert result.exit_code == 0, result.output
    assert "attribute_types.price: 'price' is Magento's own attribute, of type" in result.stderr
