"""Look-ups: the category tree, a category's rules and attributes, brands and warehouses; and what the rules demand."""

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


def test_the_category_tree_has_its_leaves_marked(strict: Caller) -> None:
    told = {one["id"]: one for one in get(strict, CATEGORIES).data["categories"]}
    assert told["600000"]["is_leaf"] is False and told["600000"]["parent_id"] == "0"
    assert told["600009"]["is_leaf"] is True and told["600009"]["parent_id"] == "600000"
    assert [one["id"] for one in get(strict, CATEGORIES, keyword="sock").data["categories"]] == ["600009"]


def test_an_attribute_that_is_demanded_is_told_with_tiktoks_own_spelling(strict: Caller) -> None:
    told = get(strict, f"{CATEGORIES}/600009/attributes").data["attributes"]
    assert {one["id"]: one["is_requried"] for one in told} == {
        "100392": True,
        "100400": True,
        "100393": False,
    }


@pytest.mark.parametrize(
    ("category", "demanded"),
    [("600001", set()), ("600010", {"size_chart", "package_dimension"}),
     ("600011", {"responsible_person", "manufacturer"})],
)  # fmt: skip
def test_the_rules_say_what_a_category_demands(strict: Caller, category: str, demanded: set[str]) -> None:
    rules = get(strict, f"{CATEGORIES}/{category}/rules").data
    certified = [one["id"] for one in rules.pop("product_certifications")]
    assert {name for name, rule in rules.items() if rule.get("is_required")} == demanded
    assert certified == (["77"] if category == "600010" else [])


@pytest.mark.parametrize("of", ["rules", "attributes"])
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
def test_a_category_has_to_be_a_leaf_of_the_tree_that_is_named(
    strict: Caller, of: str, category: str, query: dict[str, str], code: int
) -> None:
    assert get(strict, f"{CATEGORIES}/{category}/{of}", **query).code == code


def test_brands_come_in_pages(strict: Caller) -> None:
    first = get(strict, "/product/202309/brands", **PAGED).data
    second = get(strict, "/product/202309/brands", **PAGED, page_token=first["next_page_token"]).data
    assert [page["brands"][0]["id"] for page in (first, second)] == ["7", "8"]
    assert first["total_count"] == 2 and "next_page_token" not in second
    assert first["brands"][0]["authorized_status"] == "UNAUTHORIEZD"
    assert get(strict, "/product/202309/brands").refusal == (400, 36009004)


def test_the_warehouses_are_those_that_hold_stock(strict: Caller) -> None:
    (told,) = get(strict, "/logistics/202309/warehouses").data["warehouses"]
    assert (told["id"], told["effect_status"], told["is_default"]) == (WAREHOUSE, "ENABLED", True)


def test_a_warehouses_address_and_a_shops_prerequisites_are_told_with_tiktoks_own_spelling(
    strict: Caller,
) -> None:
    (warehouse,) = get(strict, "/logistics/202309/warehouses").data["warehouses"]
    assert "distict" in warehouse["address"]
    checked = get(strict, "/product/202312/prerequisites").data["check_results"]
    assert {one["is_failed"] for one in checked} == {False}
    assert "BANk_ACCOUNT" in {one["check_item"] for one in checked}


def test_a_look_up_is_a_read_that_names_no_product(strict: Caller) -> None:
    get(strict, f"{CATEGORIES}/600001/rules")
    get(strict, f"{CATEGORIES}/1/rules")
    told = strict.effects(writes=0)
    assert [(one["operation"], one["code"], one["product_id"]) for one in told] == [
        ("category_rules", 0, None),
        ("category_rules", 12052023, None),
    ]
    assert strict.effects() == []


CERTIFIED = {"certifications": [{"id": "77", "images": [{"uri": "tos-sandbox/main-2"}]}]}
SIZED = {"size_chart": {"image": {"uri": "tos-sandbox/main-2"}}}
BOXED = {"package_dimensions": {"length": "9", "width": "9", "height": "9", "unit": "CENTIMETER"}}


@pytest.mark.parametrize(
    ("category", "fields", "code"),
    [
        ("600010", {**CERTIFIED, **SIZED, **BOXED}, 0),
        ("600010", {**SIZED, **BOXED}, 12052105),
        ("600010", {**CERTIFIED, **BOXED}, 36009004),
        ("600010", {**CERTIFIED, **SIZED}, 36009004),
        ("600011", {"responsible_person_ids": ["1"], "manufacturer_ids": ["2"]}, 0),
        ("600011", {"responsible_person_ids": ["1"]}, 36009004),
        ("600011", {"manufacturer_ids": ["2"]}, 36009004),
    ],
)
def test_a_product_has_what_its_category_demands(
    strict: Caller, category: str, fields: dict[str, Any], code: int
) -> None:
    assert strict.create(category_id=category, **fields).code == code
