"""Apply files: what they declare, and that all faults are reported at once with their places."""

from __future__ import annotations

import copy
from dataclasses import asdict
from typing import Any

import pytest

from schemas.apply_file import Declaration, InvalidDocument, load_declaration
from schemas.attributes import AttributeType
from schemas.image_policy import ImagePolicy
from schemas.listing_template import AttributeMapping
from schemas.query_condition import Group, Operator, Row
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED
from schemas.synchronization_policy import WhenLeaving
from tests.schemas.declarations import TOKENS, WEBHOOK_SECRET, document, faults


def with_value(where: str, value: Any) -> dict[str, Any]:
    """Return the file with another value at a place such as ``shops.0.tiktok.region``."""
    changed = document()
    *way, last = [int(step) if step.isdigit() else step for step in where.split(".")]
    place: Any = changed
    for step in way:
        place = place[step]
    place[last] = value
    return changed


def without(where: str) -> dict[str, Any]:
    changed = document()
    *way, last = [int(step) if step.isdigit() else step for step in where.split(".")]
    place: Any = changed
    for step in way:
        place = place[step]
    del place[last]
    return changed


def test_a_file_declares_policies_templates_and_shops() -> None:
    declared = load_declaration(document())
    (policy,), (template,), (shop,) = (
        declared.synchronization_policies,
        declared.listing_templates,
        declared.shops,
    )
    assert (policy.title, policy.product_update, policy.observed_attributes) == (
        "Default",
        True,
        ("color", "price"),
    )
    assert template.query == Group(conditions=(Row("attribute_set_id", Operator.IS, ("9",)),))
    assert template.attributes == (AttributeMapping("100392", "color", values={"49": "Black"}),)
    assert shop.magento.secrets == (Secret(WEBHOOK_SECRET),)
    assert shop.magento.attribute_types == {"material": AttributeType.MULTISELECT}
    assert shop.tiktok.warehouse_ids == ("7068517275539719942",)


def test_the_defaults_of_a_policy() -> None:
    found = with_value("synchronization_policies.0", {"title": "Default"})
    (policy,) = load_declaration(found).synchronization_policies
    switches = ("product_upload", "product_update", "inventory_price_sync", "product_assign", "paused")
    assert not any(getattr(policy, switch) for switch in switches)
    assert policy.activity_log
    assert policy.feed_log
    assert (policy.when_hidden, policy.when_disabled, policy.when_deleted, policy.when_unmatched) == (
        WhenLeaving.KEEP,
        WhenLeaving.DEACTIVATE,
        WhenLeaving.DEACTIVATE,
        WhenLeaving.KEEP,
    )


def test_a_file_may_declare_nothing() -> None:
    assert load_declaration({}) == Declaration()


def test_a_shop_may_name_a_policy_that_exists_already() -> None:
    found = document()
    del found["synchronization_policies"]
    assert load_declaration(found, {"synchronization_policies": ["Default"]}).shops[0].key == "demo"


ALLOWED = "is, is_not, >=, <=, >, <, contains, does_not_contain, is_one_of, is_not_one_of, is_undefined"
ROW = "listing_templates.0.query.conditions.0"


@pytest.mark.parametrize(
    ("where", "value", "sentence"),
    [
        # the synchronization policy
        ("synchronization_policies.0.product_update", False,
         "synchronization_policies[0].inventory_price_sync: Inventory/Price Sync needs Product Update (found True)"),
        ("synchronization_policies.0.observed_attributes", [],
         "synchronization_policies[0].observed_attributes: Select at least one attribute to observe"),
        ("synchronization_policies.0.observed_attributes", ["Color"],
         "synchronization_policies[0].observed_attributes[0]: 'Color' is not an attribute code (a-z, 0-9, _)"),
        ("synchronization_policies.0.product_upload", "yes",
         "synchronization_policies[0].product_upload: 'yes' is not allowed here; say true or false"),
        ("synchronization_policies.0.product_update", "on",
         "synchronization_policies[0].product_update: 'on' is not allowed here; say true or false"),
        ("listing_templates.0.title", "Shirts\x00",
         "listing_templates[0].title: a title has no control characters (found 'Shirts\\x00')"),
        ("listing_templates.0.title", "",
         "listing_templates[0].title: a title has 1 to 120 characters (found '')"),
        ("synchronization_policies.0.when_deleted", "zero_stock",
         "synchronization_policies[0].when_deleted: zero_stock is not allowed here; "
         "choose one of keep, deactivate, delete (found 'zero_stock')"),
        ("synchronization_policies.0.when_hidden", "delete",
         "synchronization_policies[0].when_hidden: delete is not allowed here; "
         "choose one of keep, deactivate, zero_stock (found 'delete')"),
        ("synchronization_policies.0.when_hidden", "burn",
         "synchronization_policies[0].when_hidden: not known; "
         "choose one of keep, deactivate, zero_stock (found 'burn')"),
        ("synchronization_policies.0.product_uplaod", True,
         "synchronization_policies[0].product_uplaod: Unknown field. (found True)"),
        ("synchronization_policies.0.observed_attributes", "color",
         "synchronization_policies[0].observed_attributes: Not a valid list. (found 'color')"),
        # the listing template
        (f"{ROW}.operator", "equals",
         f"listing_templates[0].query.conditions[0].operator: not a known operator; choose one of {ALLOWED} "
         "(found 'equals')"),
        (f"{ROW}.attribute", "Attribute Set",
         "listing_templates[0].query.conditions[0].attribute: "
         "'Attribute Set' is not an attribute code (a-z, 0-9, _)"),
        (f"{ROW}.value", ["9", "10"],
         "listing_templates[0].query.conditions[0].value: is takes one value, not ['9', '10']"),
        (ROW, {"attribute": "color", "operator": "is_one_of", "value": []},
         "listing_templates[0].query.conditions[0].value: is_one_of takes a list of 1 to 500 values, not []"),
        (ROW, {"attribute": "color", "operator": "is_undefined", "value": "blue"},
         "listing_templates[0].query.conditions[0].value: is_undefined takes no value (found 'blue')"),
        ("listing_templates.0.query.match", "some",
         "listing_templates[0].query.match: not known; say all or any (found 'some')"),
        ("listing_templates.0.query", "everything",
         "listing_templates[0].query: 'everything' is not a group (match, rows_are, conditions)"),
        ("listing_templates.0.category_id", "shirts",
         "listing_templates[0].category_id: 'shirts' is not a TikTok id (digits only)"),
        ("listing_templates.0.package_weight.unit", "STONE",
         "listing_templates[0].package_weight.unit: 'STONE' is not a unit; choose one of KILOGRAM, POUND, GRAM"),
        ("listing_templates.0.package_weight.value", "-1",
         "listing_templates[0].package_weight.value: '-1' is not a positive number"),
        ("listing_templates.0.attributes.0.constant", "Black",
         "listing_templates[0].attributes[0].magento_attribute: say either magento_attribute or constant "
         "(found 'color')"),
        ("listing_templates.0.priority", -1,
         "listing_templates[0].priority: -1 is not a number from 0 to 100000"),
        # the shop
        ("shops.0.key", "Demo Shop", "shops[0].key: 'Demo Shop' is not a shop key (a-z, 0-9, -; at most 40)"),
        ("shops.0.synchronization_policy", "Other",
         "shops[0].synchronization_policy: names no synchronization policy; there is 'Default' (found 'Other')"),
        ("shops.0.magento.sender", "pigeon",
         "shops[0].magento.sender: not known; choose one of standard (found 'pigeon')"),
        ("shops.0.magento.secrets", ["short"], "shops[0].magento.secrets[0]: a secret has at least 24 characters"),
        ("shops.0.magento.secrets", [], "shops[0].magento.secrets: 1 to 4 secrets"),
        ("shops.0.magento.base_url", "shop.example",
         "shops[0].magento.base_url: 'shop.example' is not an http(s) URL"),
        ("shops.0.magento.attribute_types", {"material": "multi-select"},
         "shops[0].magento.attribute_types.material: 'multi-select' is not a type. Did you mean 'multiselect'? "
         "Types: boolean, number, date, multiselect, text, structure"),
        ("shops.0.magento.attribute_types", {"Material": "text"},
         "shops[0].magento.attribute_types.Material: 'Material' is not an attribute code (a-z, 0-9, _)"),
        ("shops.0.magento.attribute_scopes", {"material": 3},
         "shops[0].magento.attribute_scopes.material: 3 is not a scope. Scopes: global, website, store_view"),
        ("shops.0.magento.category_parents", {"14": "14"},
         "shops[0].magento.category_parents.14: a category is not above itself"),
        ("shops.0.tiktok.currency", "CHF",
         "shops[0].tiktok.currency: 'CHF' is not a currency; choose one of BRL, CZK, EUR, GBP, HUF, IDR, JPY, MXN, "
         "MYR, PHP, PLN, SGD, THB, USD, VND"),
        ("shops.0.tiktok.warehouse_ids", ["1"],
         "shops[0].tiktok.warehouse_ids: say either warehouse_id or warehouse_ids"),
        ("shops.0.tiktok.access_token", "", "shops[0].tiktok.access_token: a secret has at least 1 characters"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_what_is_allowed(where: str, value: Any, sentence: str) -> None:
    assert faults(with_value(where, value)) == [sentence]


@pytest.mark.parametrize(
    "where",
    [
        "synchronization_policies.0.title",
        "listing_templates.0.query",
        "listing_templates.0.package_weight",
        "shops.0.magento.secrets",
        "shops.0.tiktok.app_secret",
        "shops.0.tiktok.region",
    ],
)
def test_a_required_field_that_is_missing_is_a_fault(where: str) -> None:
    place = where.replace(".0.", "[0].")
    assert f"{place}: Missing data for required field." in faults(without(where))


def test_the_tiktok_side_of_a_shop_may_come_later() -> None:
    (shop,) = load_declaration(without("shops.0.tiktok")).shops
    assert shop.tiktok == NOT_CONNECTED
    assert not shop.tiktok.connected


def test_a_template_has_an_image_or_names_an_image_policy() -> None:
    sentence = "listing_templates[0].image_uri: say image_uri, or name an image_policy"
    assert faults(without("listing_templates.0.image_uri")) == [sentence]
    found = without("listing_templates.0.image_uri")
    found["image_policies"] = [{"title": "Own images"}]
    found["listing_templates"][0]["image_policy"] = "Own images"
    assert load_declaration(found).image_policies == (ImagePolicy("Own images"),)


def test_all_faults_are_reported_at_once() -> None:
    found = document()
    found["synchronization_policies"][0]["product_update"] = False
    found["synchronization_policies"][0]["observed_attributes"] = []
    found["listing_templates"][0]["query"]["conditions"][0]["operator"] = "equals"
    found["shops"][0]["tiktok"]["region"] = "Mars"
    places = [fault.partition(": ")[0] for fault in faults(found)]
    assert sorted(places) == [
        "listing_templates[0].query.conditions[0].operator",
        "shops[0].tiktok.region",
        "synchronization_policies[0].inventory_price_sync",
        "synchronization_policies[0].observed_attributes",
    ]


def test_the_message_counts_the_faults_and_gives_each_a_line() -> None:
    with pytest.raises(InvalidDocument) as refused:
        load_declaration(with_value("shops.0.key", "Demo Shop"))
    first, *lines = str(refused.value).splitlines()
    assert "nothing of it was applied. 1 to fix" in first
    assert lines == ["  shops[0].key: 'Demo Shop' is not a shop key (a-z, 0-9, -; at most 40)"]


@pytest.mark.parametrize("kind", ["synchronization_policies", "listing_templates", "shops"])
def test_a_repeated_name_is_a_fault(kind: str) -> None:
    found = document()
    found[kind].append(copy.deepcopy(found[kind][0]))
    name = "key" if kind == "shops" else "title"
    value = found[kind][0][name]
    assert faults(found) == [
        f"{kind}[{at}].{name}: is given more than once in this file (found {value!r})" for at in (0, 1)
    ]


@pytest.mark.parametrize(
    "where",
    [
        "synchronization_policies.0",
        "listing_templates.0",
        "shops.0.magento",
        "listing_templates.0.package_weight",
    ],
)
def test_a_value_that_should_be_a_mapping_is_a_fault(where: str) -> None:
    assert f"{where.replace('.0', '[0]')}: Invalid input type. (found 'Default')" in faults(
        with_value(where, "Default")
    )


@pytest.mark.parametrize("value", [None, [], "shops", 7])
def test_a_file_is_a_mapping(value: object) -> None:
    kinds = "synchronization_policies, pricing_policies, inventory_policies, image_policies, listing_templates, shops"
    assert faults(value) == [f"file: is not a mapping of {kinds}"]


def test_no_fault_and_no_repr_contains_a_secret() -> None:
    found = document()
    found["shops"][0]["magento"] |= {"secret": WEBHOOK_SECRET, "secrets": [Secret("short"), WEBHOOK_SECRET]}
    found["shops"][0]["tiktok"] |= {"token": TOKENS[1], "access_token": {"value": TOKENS[1]}}
    messages = "\n".join(faults(found))
    assert messages.count("shops[0]") == 4
    assert not any(secret in messages for secret in (WEBHOOK_SECRET, "short", *TOKENS))
    (shop,) = load_declaration(document()).shops
    for shown in (str(shop), repr(shop), f"{shop}", str(asdict(shop))):
        assert not any(secret in shown for secret in (WEBHOOK_SECRET, *TOKENS))
        assert shown.count("<secret>") == 4
