"""`m2t apply` refuses what can't match: codes that Magento never sends, values of a wrong type, missing categories."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.conftest import Desk
from tests.commands.examples import declaration, policy, saved, shop, template
from tests.tiktok.answering import answering, failure, success


def query(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    row = {"attribute": attribute, "operator": operator, "value": value}
    return {"match": "all", "rows_are": True, "conditions": [{"conditions": [row]}]}


def template_with(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"listing_templates": [template(query=query(attribute, operator, value))]}


ROW = "listing_templates[0].query.conditions[0].conditions[0]"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (
            {
                "synchronization_policies": [
                    policy(only_specific_attributes=True, observed_attributes=["colour"])
                ]
            },
            "synchronization_policies[0].observed_attributes[0]: No product that Magento sent has an attribute "
            "'colour'. Did you mean 'color'?",
        ),
        (
            template_with("colr", "is", "blue"),
            f"{ROW}.attribute: No product that Magento sent has an attribute 'colr'.",
        ),
        (
            {
                "listing_templates": [
                    template(attributes=[{"tiktok_attribute_id": "1", "magento_attribute": "siez"}])
                ]
            },
            "listing_templates[0].attributes[0].magento_attribute: No product that Magento sent has an attribute "
            "'siez'. Did you mean 'size'?",
        ),
        (
            {"pricing_policies": [{"title": "Own", "source": "attribute", "attribute": "tiktok_prise"}]},
            "pricing_policies[0].attribute: No product that Magento sent has an attribute 'tiktok_prise'.",
        ),
        (
            {"inventory_policies": [{"title": "Own", "source": "attribute", "attribute": "qty"}]},
            "inventory_policies[0].attribute: No product that Magento sent has an attribute 'qty'. "
            "Did you mean 'quantity'?",
        ),
        (
            {"image_policies": [{"title": "Own", "main_image_attribute": "imagee"}]},
            "image_policies[0].main_image_attribute: No product that Magento sent has an attribute 'imagee'. "
            "Did you mean 'image'?",
        ),
        (template_with("xyz_9", "is", "1"), "Check its code in Magento Admin."),
        (
            {"synchronization_policies": [policy(observed_attributes=["updated_at"])]},
            "'updated_at' changes with every save",
        ),
        (
            template_with("price", ">", "abc"),
            f"{ROW}.value: 'price' is a number, such as 10 or 9.99: 'abc' can't match.",
        ),
        (template_with("price", "is_one_of", ["9", "ten"]), "'ten' can't match"),
        (template_with("news_from_date", "<=", "tomorrow"), "'news_from_date' is a date, such as 2026-11-30"),
        (template_with("stock_status", "is", "yes"), "'stock_status' is 1 for Yes or 0 for No"),
        (template_with("category_ids", ">", "4"), "'category_ids' has several values at once"),
        (template_with("category_ids", "is_one_of", ["4", "Shirts"]), "'Shirts' is no category id"),
    ],
)
def test_what_can_never_match_is_refused_at_its_place(
    shop_desk: Desk, document: dict[str, Any], says: str
) -> None:
    shop_desk.take(saved())
    result = shop_desk.apply(document)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "1 to fix" in result.stderr


@pytest.mark.parametrize(
    "document",
    [
        template_with("size", "is", "M"),  # the shirt has one
        template_with("manufacturer", "is", "12"),  # Magento's own
        template_with("launched", "<=", "2026-12-01"),  # declared by the shop
        template_with("season", "is", "summer"),
        template_with("price", "contains", "abc"),
        template_with("category_ids", "is_one_of", "4; 5"),
        template_with("qty", ">", 4),
        {"synchronization_policies": [policy(observed_attributes=["quantity_and_stock_status", "qty"])]},
    ],
)
def test_what_may_match_is_applied_without_a_warning(shop_desk: Desk, document: dict[str, Any]) -> None:
    magento = {"attribute_types": {"launched": "date"}, "attribute_scopes": {"season": "website"}}
    shop_desk.apply(declaration(shops=[shop(magento=magento)]))
    shop_desk.take(saved())
    result = shop_desk.apply(document)
    assert result.exit_code == 0
    assert "Warning" not in result.stderr


def test_before_the_first_product_a_code_of_the_merchants_own_is_only_warned_about(shop_desk: Desk) -> None:
    result = shop_desk.apply(template_with("fabric_weight", ">", "100"))
    assert result.exit_code == 0
    assert (
        f"Warning: {ROW}.attribute: No product with an attribute 'fabric_weight' was received from Magento yet."
        in result.stderr
    )


def test_a_list_of_0_alone_is_warned_about(shop_desk: Desk) -> None:
    result = shop_desk.apply(template_with("quantity", "is_one_of", ["0"]))
    assert result.exit_code == 0
    assert "Magento compares nothing with a list of 0 alone" in result.stderr


def test_a_category_that_tiktok_refuses_is_refused_and_nothing_is_stored(shop_desk: Desk) -> None:
    document = {"listing_templates": [template("Mugs", category_id="600000")]}
    with answering(failure(12052024, "It is not a leaf category.")) as tiktok:
        shop_desk.apply(declaration(shops=[shop(tiktok={"api_url": tiktok.url})]))
        result = shop_desk.apply(document)
    assert result.exit_code == 1
    assert (
        "listing_templates[0].category_id: TikTok does not accept the category '600000': "
        "It is not a leaf category." in result.stderr
    )


def test_a_category_that_exists_is_applied_and_not_asked_for_again(shop_desk: Desk) -> None:
    document = {"listing_templates": [template("Mugs", category_id="700001")]}
    with answering(success(), success()) as tiktok:
        shop_desk.apply(declaration(shops=[shop(tiktok={"api_url": tiktok.url})]))
        first = shop_desk.apply(document)
        again = shop_desk.apply(document)
        requested = [request.path for request in tiktok.requests]
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "Warning" not in first.stderr
    assert requested == [f"/product/202309/categories/700001/{part}" for part in ("rules", "attributes")]
