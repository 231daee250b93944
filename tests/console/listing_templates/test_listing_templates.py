"""Listing templates: created, changed, previewed and reviewed."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from playwright.sync_api import Page, expect

from operations.rules.rule_versions import TEMPLATE
from records.accounts.users import Role
from records.catalog.categories import CategoryKey, ReadCategory, put
from records.db.database import Database
from records.jobs import jobs
from records.jobs.jobs import JobState
from records.rules import templates, versions
from schemas.listing_template import ListingTemplate
from schemas.query_condition import dump_query
from tests.console.conftest import Visitor, csrf_of
from tests.console.pages import html
from tests.console.template_pages import FORM, RED, reviewed_and_saved
from tests.consumer.engine import TEMPLATE as SHIRTS
from tests.consumer.engine import Engine
from tests.consumer.seller_center import eventually
from tiktok.listing.category import Category

Sign = Callable[..., Visitor]


def stored(database: Database, title: str) -> ListingTemplate | None:
    with database.read() as connection:
        return next(
            (template for template in templates.load_all(connection) if template.title == title), None
        )


def test_the_list_is_in_the_order_in_which_they_win(engine: Engine, visitor: Sign) -> None:
    page = html(visitor(), "/listing-templates")
    assert SHIRTS.title in page
    assert "ALL of these are TRUE" in page


def test_a_template_is_made_without_javascript(engine: Engine, visitor: Sign, database: Database) -> None:
    ada = visitor(Role.EDITOR)
    assert "Add condition" in html(ada, "/listing-templates/new")
    assert "Trousers" in reviewed_and_saved(ada, {**FORM, **RED})
    made = stored(database, "Trousers")
    assert made is not None
    assert dump_query(made.query)["conditions"] == [{"attribute": "color", "operator": "is", "value": "58"}]
    with database.read() as connection:
        assert versions.newest(connection, TEMPLATE.listed)["Trousers"].author == "An editor (console)"


def test_a_button_of_the_builder_loses_nothing_that_was_typed(engine: Engine, visitor: Sign) -> None:
    page = (
        visitor().post("/listing-templates/form", {**FORM, **RED, "op": "add-group:q"}).get_data(as_text=True)
    )
    for kept in ("Trousers", "600001", 'value="58"', "Group 2"):
        assert kept in page


def test_every_fault_stands_at_its_field_and_nothing_is_lost(engine: Engine, visitor: Sign) -> None:
    wrong = {**FORM, **RED, "category_id": "shirts", "weight": "heavy", "q.0.attribute": "Color!"}
    answer = visitor().post("/listing-templates/form", wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in (
        "is not a TikTok id",
        "is not a positive number",
        "is not an attribute code",
        "shirts",
        "heavy",
    ):
        assert words in page


def test_an_empty_query_matches_nothing_and_the_form_says_so(engine: Engine, visitor: Sign) -> None:
    assert "an empty query matches nothing" in html(visitor(), "/listing-templates/new")


def test_the_products_that_match_are_looked_at_and_overlaps_are_shown(engine: Engine, visitor: Sign) -> None:
    for number in range(3):
        engine.save(f"SHIRT-{number}", color="58")
    engine.save("SHIRT-9", color="59")
    page = visitor().post("/listing-templates/form", {**FORM, **RED, "op": "match"}).get_data(as_text=True)
    assert "3 products match" in page
    assert "of all 4" in page
    assert f"3 of them also match {SHIRTS.title}" in page
    assert "this template wins" in page


def test_a_sku_is_shown_why_it_does_not_match(engine: Engine, visitor: Sign) -> None:
    engine.save("SHIRT-9", color="59")
    form = {**FORM, **RED, "op": "why", "why_sku": "SHIRT-9"}
    assert "color is 58 (it is 59)" in visitor().post("/listing-templates/form", form).get_data(as_text=True)
    missing = visitor(name="Bob").post("/listing-templates/form", {**form, "why_sku": "NONE"})
    assert "No product with the SKU &#39;NONE&#39; was received" in missing.get_data(as_text=True)


def test_counting_them_all_is_a_job(engine: Engine, visitor: Sign, database: Database) -> None:
    for number in range(3):
        engine.save(f"SHIRT-{number}", color="58")
    ada = visitor()
    page = ada.post("/listing-templates/form", {**FORM, **RED, "op": "count"}).headers["Location"]

    def ended() -> bool:
        with database.read() as connection:
            return jobs.latest(connection, "count_matching")[0].state is JobState.DONE

    eventually(ended)
    assert "3 products match" in html(ada, page)


def test_what_tiktok_requires_is_marked(engine: Engine, visitor: Sign, database: Database) -> None:
    with database.write() as connection:
        category = Category("600001", attributes={"100089": "Color", "100090": "Size"})
        put(
            connection, CategoryKey("demo", "600001", "v1"), ReadCategory(category.document(), engine.clock())
        )
    mapped = {
        "a.0.tiktok": "100089",
        "a.0.source": "attribute",
        "a.0.value": "color",
        "a.0.labels": "58 = Red",
    }
    response = visitor().post("/listing-templates/form", {**FORM, **RED, **mapped, "op": "add-mapping"})
    assert "Size (100090)" in response.get_data(as_text=True)
    assert response.get_data(as_text=True).count("not mapped yet") == 1


def test_a_tiktok_that_is_away_is_stated_and_blocks_nothing(engine: Engine, visitor: Sign) -> None:
    page = visitor().post("/listing-templates/form", {**FORM, **RED, "op": "category"}).get_data(as_text=True)
    assert "TikTok did not answer" in page
    assert "Trousers" in page


def test_what_someone_else_stored_meanwhile_is_not_written_over(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    ada, bob = visitor(Role.EDITOR, "Ada"), visitor(Role.EDITOR, "Bob")
    review = ada.post("/listing-templates/form", {**FORM, **RED}).get_data(as_text=True)
    reviewed_and_saved(bob, {**FORM, **RED, "priority": "7"})
    document = unescape(review.split('name="document" value="')[1].split('"')[0])
    late = ada.client.post(
        "/policies/save",
        data={"kind": "listing", "document": document, "base": "0", "csrf_token": csrf_of(review)},
    ).get_data(as_text=True)
    assert "Somebody has saved another version meanwhile" in late
    made = stored(database, "Trousers")
    assert made is not None and made.priority == 7


def test_a_template_is_deleted_by_typing_its_title(engine: Engine, visitor: Sign, database: Database) -> None:
    ada = visitor(Role.EDITOR)
    wrong = ada.post("/policies/listing/delete", {"title": SHIRTS.title, "typed": "x"})
    assert wrong.status_code == 422
    assert (
        ada.post("/policies/listing/delete", {"title": SHIRTS.title, "typed": SHIRTS.title}).status_code
        == 303
    )
    assert stored(database, SHIRTS.title) is None
    assert "restore a version to bring it back" in html(
        ada, f"/policies/listing/history?title={SHIRTS.title}"
    )


def test_a_nested_query_is_built_by_keyboard_alone(engine: Engine, database: Database, page: Page) -> None:
    """ALL of: color is 58, and ANY of FALSE: price > 100, size is undefined."""
    page.goto("/listing-templates/new")
    keys = page.keyboard

    def tab_to(name: str) -> None:
        """Press Tab until the control of this accessible name has the focus."""
        for _ in range(200):
            keys.press("Tab")
            focused = page.evaluate(
                "() => { const e = document.activeElement;"
                " return (e.labels && e.labels.length ? e.labels[0].textContent : e.textContent).trim(); }"
            )
            if focused.startswith(name):
                return
        raise AssertionError(f"no way by keyboard to {name}")

    def press(name: str, then: str) -> None:
        tab_to(name)
        keys.press("Enter")
        page.wait_for_function("then => document.activeElement.id === then", arg=then)

    tab_to("Title")
    keys.type("By keyboard")
    press("Add condition to the query", "q.0.attribute")
    keys.type("color")
    tab_to("Value of condition 1")
    keys.type("58")
    press("Add group to the query", "q.1.match")
    keys.type("ANY")
    tab_to("What they must be in group 2")
    keys.type("FALSE")
    press("Add condition to group 2", "q.1.0.attribute")
    keys.type("price")
    tab_to("Operator of condition 2.1")
    keys.type("is greater")
    tab_to("Value of condition 2.1")
    keys.type("100")
    press("Add condition to group 2", "q.1.1.attribute")
    keys.type("size")
    tab_to("Operator of condition 2.2")
    keys.type("is undefined")
    press("Add condition to the query", "q.2.attribute")
    keys.type("mistake")
    press("Remove condition 3", "q.1.match")
    tab_to("TikTok category")
    keys.type("600001")
    tab_to("Weight")
    keys.type("0.4")
    tab_to("Image already on TikTok")
    keys.type("tos-sandbox/main-1")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="what changes")).to_be_visible()
    tab_to("Save")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is saved")
    made = stored(database, "By keyboard")
    assert made is not None
    assert dump_query(made.query) == {
        "match": "all",
        "rows_are": True,
        "conditions": [
            {"attribute": "color", "operator": "is", "value": "58"},
            {
                "match": "any",
                "rows_are": False,
                "conditions": [
                    {"attribute": "price", "operator": ">", "value": "100"},
                    {"attribute": "size", "operator": "is_undefined"},
                ],
            },
        ],
    }


@pytest.mark.parametrize("path", ["", "/new", "/edit?title=Shirts"])
def test_a_viewer_looks_and_is_offered_no_change(engine: Engine, visitor: Sign, path: str) -> None:
    page = html(visitor(Role.VIEWER), f"/listing-templates{path}")
    assert "Add listing template" not in page


@pytest.mark.parametrize(
    "document", ["", "[]", "{", '{"title": "x"}', '{"title": "x", "query": {"match": "none"}}']
)
def test_a_review_that_did_not_come_back_whole_is_refused(
    engine: Engine, visitor: Sign, document: str
) -> None:
    answer = visitor().post("/listing-templates/form", {"again": "1", "document": document, "base": "0"})
    assert answer.status_code == 400
    assert "The review was incomplete" in answer.get_data(as_text=True)
