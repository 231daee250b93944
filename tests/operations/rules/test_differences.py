"""Differences: a line for each changed field, without secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from operations.rules.differences import changed_fields, differences, every_field
from schemas.listing_template import AttributeMapping
from schemas.secret import Secret
from tests.consumer.engine import connected_to
from tests.policies.examples import is_, policy, template


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (None, policy(), ["is new"]),
        (policy(), policy(), []),
        (policy(), policy(product_update=False), ["product_update: true -> false"]),
        (
            policy(),
            policy(only_specific_attributes=True, observed_attributes=("color", "size")),
            ["observed_attributes: [] -> [color, size]", "only_specific_attributes: false -> true"],
        ),
        (template(), template(pricing_policy="Plus ten"), ["pricing_policy: nothing -> Plus ten"]),
    ],
)
def test_each_field_that_differs_is_one_line(before: Any, after: Any, lines: list[str]) -> None:
    assert differences(before, after) == lines


def test_a_query_is_shown_in_full() -> None:
    (line,) = differences(template(), template(query=is_("color", "red")))
    assert line.startswith("query: ")
    assert line == (
        "query: ALL of these are TRUE: attribute_set_id is 9 -> ALL of these are TRUE: color is red"
    )


def test_mapped_attributes_are_shown_in_words() -> None:
    mapped = template(attributes=(AttributeMapping("100089", "color", values={"49": "Black"}),))
    assert dict(every_field(mapped))["attributes"] == (
        "[tiktok_attribute_id 100089; magento_attribute color; values 49 = Black]"
    )


def test_a_changed_secret_is_listed_but_not_shown() -> None:
    shop = connected_to("https://open-api.tiktokglobalshop.com")
    other = replace(shop, tiktok=replace(shop.tiktok, access_token=Secret("TTP_another-token")))
    assert changed_fields(shop, other) == [("tiktok.access_token", "<secret>", "<secret>")]
    every = repr(every_field(other))
    assert "TTP_another-token" not in every
    assert shop.tiktok.app_secret.reveal() not in every
