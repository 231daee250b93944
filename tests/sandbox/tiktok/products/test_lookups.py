"""Look-ups: categories with rules and attributes, brands and warehouses; and the requirements of the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.tiktok import Sandbox, Shop
from sandbox.tiktok.shops import APPAREL, Category
from tests.sandbox.tiktok.caller import WAREHOUSE, Caller, Clock, Reply

CATEGORIES = "/product/202309/categories"
SOCKS = Category("600009", "Socks", "600000", required_attributes=("100392", "100400"))
TOYS = Category("600010", "Toys", "600000", needs=("size_chart", "package_dimensions", "certification:77"))
LAMPS = Category("600011", "Lamps", "600000", needs=("responsible_person", "manufacturer"))
PAGED = {"page_size": "1"}


@pytest.fixture
def strict(clock: Clock) -> Iterator[Caller]:
    shop = Shop(categories=(*APPAREL, SOCKS, TOYS, LAMPS), brands=("7", "8"), category_versions=("v1",))
    with Sandbox(clock=clock, shops=[shop]) as sandbox:
        yield Caller(sandbox.url, clock)


def get(caller: Caller, path: str, **query: str) -> Reply:
    return caller.call("GET", path, None, query)


def test_the_category_tree_marks_its_leaves(strict: Caller) -> None:
    categories = {category["id"]: category for category in get(strict, CATEGORIES).data["categories"]}
    assert categories["600000"]["is_leaf"] is False and categories["600000"]["parent_id"] == "0"
    assert categories["600009"]["is_leaf"] is True and categories["600009"]["parent_id"] == "600000"
    assert [category["id"] for category in get(strict, CATEGORIES, keyword="sock").data["categories"]] == [
        "600009"
    ]


def test_required_attributes_are_marked_with_tiktoks_misspelled_key(strict: Caller) -> None:
    attributes = get(strict, f"{CATEGORIES}/600009/attributes").data["attributes"]
    assert {attribute["id"]: attribute["is_requried"] for attribute in attributes} == {
        "100392": True,
        "100400": True,
        "100393": False,
    }


@pytest.mark.parametrize(
    ("category", "required"),
    [("600001", set()), ("600010", {"size_chart", "package_dimension"}),
     ("600011", {"responsible_person", "manufacturer"})],
)  # fmt: skip
def test_category_rules_list_what_a_category_requires(
    strict: Caller, category: str, required: set[str]
) -> None:
    rules = get(strict, f"{CATEGORIES}/{category}/rules").data
    certification_ids = [certification["id"] for certification in rules.pop("product_certifications")]
    assert {name for name, rule in rules.items() if rule.get("is_required")} == required
    assert certification_ids == (["77"] if category == "600010" else [])


@pytest.mark.parametrize("kind", ["rules", "attributes"])
@pytest.mark.parametrize(
    ("category", "query", "code"),
    [
        ("socks", {}, 12052002),
        ("1", {}, 12052023),
        ("600000", {}, 12052024),
        ("600001", {"category_version": "v2"}, 12052217),
        ("600001", {"category_version": "v3"}, 36009004),
        ("600001", {"category_version": "v1"}, 0),
    ],
)
def test_a_category_must_be_a_leaf_of_the_requested_tree(
    strict: Caller, kind: str, category: str, query: dict[str, str], code: int
) -> None:
    assert get(strict, f"{CATEGORIES}/{category}/{kind}", **query).code == code


def test_brands_come_in_pages(strict: Caller) -> None:
    first = get(strict, "/product/202309/brands", **PAGED).data
    second = get(strict, "/product/202309/brands", **PAGED, page_token=first["next_page_token"]).data
    assert [page["brands"][0]["id"] for page in (first, second)] == ["7", "8"]
    assert first["total_count"] == 2 and "next_page_token" not in second
    assert first["brands"][0]["authorized_status"] == "UNAUTHORIEZD"
    assert get(strict, "/product/202309/brands").http_and_code == (400, 36009004)


def test_warehouses_are_listed(strict: Caller) -> None:
    (result,) = get(strict, "/logistics/202309/warehouses").data["warehouses"]
    assert (result["id"], result["effect_status"], result["is_default"]) == (WAREHOUSE, "ENABLED", True)


def test_warehouses_and_prerequisites_have_tiktoks_misspelled_keys(
    strict: Caller,
) -> None:
    (warehouse,) = get(strict, "/logistics/202309/warehouses").data["warehouses"]
    assert "distict" in warehouse["address"]
    checks = get(strict, "/product/202312/prerequisites").data["check_results"]
    assert {check["is_failed"] for check in checks} == {False}
    assert "BANk_ACCOUNT" in {check["check_item"] for check in checks}


def test_a_look_up_is_logged_as_a_read_without_a_product(strict: Caller) -> None:
    get(strict, f"{CATEGORIES}/600001/rules")
    get(strict, f"{CATEGORIES}/1/rules")
    effects = strict.effects(writes=0)
    assert [(effect["operation"], effect["code"], effect["product_id"]) for effect in effects] == [
        ("category_rules", 0, None),
        ("category_rules", 12052023, None),
    ]
    assert strict.effects() == []


WITH_CERTIFICATION = {"certifications": [{"id": "77", "images": [{"uri": "tos-sandbox/main-2"}]}]}
WITH_SIZE_CHART = {"size_chart": {"image": {"uri": "tos-sandbox/main-2"}}}
WITH_DIMENSIONS = {"package_dimensions": {"length": "9", "width": "9", "height": "9", "unit": "CENTIMETER"}}


@pytest.mark.parametrize(
    ("category", "fields", "code"),
    [
        ("600010", {**WITH_CERTIFICATION, **WITH_SIZE_CHART, **WITH_DIMENSIONS}, 0),
        ("600010", {**WITH_SIZE_CHART, **WITH_DIMENSIONS}, 12052105),
        ("600010", {**WITH_CERTIFICATION, **WITH_DIMENSIONS}, 36009004),
        ("600010", {**WITH_CERTIFICATION, **WITH_SIZE_CHART}, 36009004),
        ("600011", {"responsible_person_ids": ["1"], "manufacturer_ids": ["2"]}, 0),
        ("600011", {"responsible_person_ids": ["1"]}, 36009004),
        ("600011", {"manufacturer_ids": ["2"]}, 36009004),
    ],
)
def test_a_product_must_have_what_its_category_requires(
    strict: Caller, category: str, fields: dict[str, Any], code: int
) -> None:
    assert strict.create(category_id=category, **fields).code == code
