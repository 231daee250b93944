"""The settings of a store that are lists: types and scopes of its own attributes, and its anchor categories."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from records.accounts.users import Role
from records.db.database import Database
from records.rules import shops
from schemas.attributes import AttributeScope, AttributeType
from schemas.shop import Shop
from tests.console.conftest import Visitor
from tests.console.wizard import MAGENTO
from tests.consumer.engine import Engine
from tests.records.examples import BOX

Sign = Callable[..., Visitor]
FORM = "/settings/shops/demo/magento"
TYPES = "fabric = multiselect\r\nlaunch_date=date\r\n\r\n"


def body(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def stored_shop(database: Database, key: str = "demo") -> Shop:
    with database.read() as connection:
        return shops.load_all(connection, BOX)[key]


def change(ada: Visitor, **fields: str) -> TestResponse:
    return ada.post(FORM, {**MAGENTO, "title": "Demo shop", **fields})


def test_each_line_is_one_entry(engine: Engine, visitor: Sign, database: Database) -> None:
    answer = change(
        visitor(),
        attribute_types=TYPES,
        attribute_scopes=" fabric = website ",
        category_parents="14 = 3\n3=2",
        website_view_ids="1, 3",
        price_scope="website",
    )
    assert answer.status_code == 303
    magento = stored_shop(database).magento
    assert magento.attribute_types == {"fabric": AttributeType.MULTISELECT, "launch_date": AttributeType.DATE}
    assert magento.attribute_scopes == {"fabric": AttributeScope.WEBSITE}
    assert magento.category_parents == {"14": "3", "3": "2"}
    assert (magento.website_view_ids, magento.price_scope) == ((1, 3), "website")


def test_the_form_shows_what_is_stored_and_saving_it_again_changes_nothing(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor()
    change(ada, attribute_types=TYPES, category_parents="14 = 3")
    before = stored_shop(database)
    page = body(ada.get(FORM))
    assert "fabric = multiselect\nlaunch_date = date</textarea>" in page
    assert "14 = 3</textarea>" in page
    assert change(ada).status_code == 303, "a form without the fields leaves them"
    assert stored_shop(database) == before
    change(ada, attribute_types="", attribute_scopes="", category_parents="")
    assert stored_shop(database).magento.attribute_types == {}
    assert stored_shop(database).magento.category_parents == {}


def test_whoever_may_not_change_the_shop_can_read_them(engine: Engine, visitor: Sign) -> None:
    change(visitor(), attribute_types=TYPES, category_parents="14 = 3", attribute_scopes="fabric = global")
    page = body(visitor(Role.VIEWER).get("/settings/shops/demo"))
    for words in ("fabric = multiselect, launch_date = date", "fabric = global", "14 = 3"):
        assert words in page


@pytest.mark.parametrize(
    ("field", "lines", "words"),
    [
        ("attribute_types", "fabric = multi-select",
         "fabric: 'multi-select' is not a type. Did you mean 'multiselect'?"),
        ("attribute_types", "fabric = Text", "fabric: 'Text' is not a type. Did you mean 'text'?"),
        ("attribute_types", "fabric = colour", "fabric: 'colour' is not a type. Types: boolean, number, date,"),
        ("attribute_types", "fabric =", "Line 1, 'fabric =': write code = type, for example fabric = multiselect."),
        ("attribute_types", "a = text\nfabric",
         "Line 2, 'fabric': write code = type, for example fabric = multiselect."),
        ("attribute_types", "key = word", "key: 'word' is not a type."),
        ("attribute_types", "a = text\na = date", "Line 2, 'a = date': a has a line already."),
        ("attribute_types", "fabric type = text", "'fabric type' is not an attribute code"),
        ("attribute_types", "fabric.value = text", "'...' is not an attribute code"),
        ("attribute_scopes", "fabric = store", "fabric: 'store' is not a scope. Did you mean 'store_view'?"),
        ("category_parents", "shirts = 3", "'shirts' is not the id of a category in Magento (digits only)"),
        ("category_parents", "14 = shirts", "14: 'shirts' is not the id of a category in Magento (digits only)"),
        ("category_parents", "14 = 14", "14: a category is not above itself"),
    ],
)  # fmt: skip
def test_a_fault_is_stated_at_its_field_and_nothing_typed_is_lost(
    engine: Engine, visitor: Sign, database: Database, field: str, lines: str, words: str
) -> None:
    before = stored_shop(database)
    answer = change(visitor(), **{field: lines})
    page = body(answer)
    assert answer.status_code == 422
    assert page.count(words) == 2, "in the summary, and at the field"
    assert f'id="{field}-error"' in page and f'href="#{field}"' in page
    assert f">{lines}</textarea>" in page
    assert stored_shop(database) == before


def test_the_faults_of_all_fields_are_stated_at_once(engine: Engine, visitor: Sign) -> None:
    page = body(change(visitor(), attribute_types="fabric", attribute_scopes="a = b", base_url="ftp://x"))
    for field in ("attribute_types", "attribute_scopes", "base_url"):
        assert f'id="{field}-error"' in page


def test_a_code_that_no_product_has_is_stored_with_a_warning_that_names_the_nearest(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.save(fabric="12")
    ada = visitor()
    assert change(ada, attribute_types="fabirc = text\ncolor = text").status_code == 303
    assert "fabirc" in stored_shop(database).magento.attribute_types
    page = body(ada.get("/settings/shops/demo"))
    assert "No product that Magento sent has an attribute 'fabirc'. Did you mean 'fabric'?" in page
    change(ada, attribute_types="fabirc = date")
    assert "No product that Magento" not in body(ada.get("/settings/shops/demo")), "said once"


def test_a_new_shop_can_have_them_from_the_start(visitor: Sign, database: Database) -> None:
    ada = visitor()
    answer = ada.post("/setup/magento", {**MAGENTO, "attribute_types": "fabric"})
    assert answer.status_code == 422 and 'id="attribute_types-error"' in body(answer)
    ada.post("/setup/magento", {**MAGENTO, "attribute_types": "fabric = text", "category_parents": "14 = 3"})
    assert stored_shop(database, "main").magento.category_parents == {"14": "3"}


def test_the_fields_work_by_keyboard(engine: Engine, page: Page, database: Database) -> None:
    page.goto(FORM)
    page.get_by_text("Attributes and categories of this store").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Attribute types")).to_be_focused()
    page.keyboard.type("fabric = multiselect")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_label("Anchor categories")).to_be_focused()
    page.keyboard.type("14 = 3")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Settings of ")).to_be_visible()
    assert stored_shop(database).magento.category_parents == {"14": "3"}
