"""The forms of policies, without JavaScript: every field, every error, and the review before saving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from console.web.job_runner import JobRunner
from operations.rules import count_affected
from records.accounts.users import Role
from records.catalog import hidden_products
from records.db.database import Database
from records.jobs import jobs
from records.rules import policies, template_policies
from schemas.image_policy import ImagePolicy
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving
from tests.console.conftest import Visitor
from tests.console.policy_pages import change, fill_in, hidden, history, read, stored, titles
from tests.consumer.engine import SKU, Engine
from tests.consumer.seller_center import eventually
from tests.records.examples import INVENTORY, PRICING

Sign = Callable[..., Visitor]
QUANTITY = "Quantity is not observed: stock changes alone will not reach TikTok"
FULL: Mapping[str, dict[str, Any]] = {
    "synchronization": {
        "title": "Careful",
        "product_upload": "true",
        "product_update": "true",
        "inventory_price_sync": "true",
        "product_assign": "true",
        "sync_not_visible_individually": "true",
        "only_specific_attributes": "true",
        "observed_attributes": ["color", "size"],
        "other_attributes": "pattern, color",
        "activity_log": "false",
        "feed_log": "false",
        "when_hidden": "deactivate",
        "when_disabled": "zero_stock",
        "when_deleted": "delete",
        "when_unmatched": "zero_stock",
    },
    "inventory": {
        "title": "Careful",
        "source": "msi",
        "source_code": "berlin",
        "default_quantity": "100",
        "buffer": "5",
        "threshold": "10",
        "above": "20",
        "below": "2",
        "may_send_more_than_available": "true",
        "maximum": "500",
    },
    "pricing": {
        "title": "Careful",
        "source": "special_price",
        "time_zone": "Europe/Berlin",
        "currency_rate": "1.0950",
        "adjustment": "percent",
        "adjustment_value": "10",
        "rounding": "nearest_99",
        "floor": "4.50",
        "guard_percent": "30",
    },
    "image": {
        "title": "Careful",
        "main_image_attribute": "listing_image",
        "default_image": "/p/l/none.jpg",
        "gallery_maximum": "5",
    },
}
MEANT: Mapping[str, Any] = {
    "synchronization": SynchronizationPolicy(
        "Careful",
        product_upload=True,
        product_update=True,
        inventory_price_sync=True,
        product_assign=True,
        sync_not_visible_individually=True,
        only_specific_attributes=True,
        observed_attributes=("color", "size", "pattern"),
        activity_log=False,
        feed_log=False,
        when_hidden=WhenLeaving.DEACTIVATE,
        when_disabled=WhenLeaving.ZERO_STOCK,
        when_deleted=WhenLeaving.DELETE,
        when_unmatched=WhenLeaving.ZERO_STOCK,
    ),
    "inventory": INVENTORY,
    "pricing": replace(PRICING, title="Careful"),
    "image": ImagePolicy("Careful", "listing_image", "/p/l/none.jpg", 5),
}


def in_force(database: Database, kind: str, title: str = "Careful") -> Any:
    with database.read() as connection:
        if kind == "synchronization":
            return policies.load_all(connection)[title].policy
        of_templates = template_policies.load_all(connection)
        return getattr(of_templates, f"{kind}_policies")[title]


# what is filled in is what is stored


@pytest.mark.parametrize("kind", FULL)
def test_every_field_is_stored_as_it_was_filled_in(
    engine: Engine, visitor: Sign, database: Database, kind: str
) -> None:
    ada = visitor(Role.EDITOR, "Ada")
    assert "Careful" in stored(ada, kind, FULL[kind])
    assert in_force(database, kind) == MEANT[kind]
    (version,) = history(database, "Careful", kind)
    assert version.author == "Ada (console)"


@pytest.mark.parametrize("kind", FULL)
def test_the_form_shows_what_is_stored_and_saving_it_again_changes_nothing(
    engine: Engine, visitor: Sign, database: Database, kind: str
) -> None:
    ada = visitor(Role.EDITOR)
    stored(ada, kind, FULL[kind])
    page = ada.get(f"/policies/{kind}/edit?title=Careful").get_data(as_text=True)
    for name, value in FULL[kind].items():
        if isinstance(value, str) and name not in ("title", "other_attributes"):
            rows = f'name="{name}"', f'value="{value}"'
            assert all(row in page for row in rows), name
    assert page.count(" checked") >= sum(value == "true" for value in FULL[kind].values())
    again = fill_in(ada, kind, change(ada, kind, "Careful", **{**FULL[kind], "title": "Careful"}))
    assert "Nothing would change: this is the version in force." in read(again)
    assert len(history(database, "Careful", kind)) == 1


@pytest.mark.parametrize("kind", FULL)
def test_an_empty_form_has_the_defaults(engine: Engine, visitor: Sign, database: Database, kind: str) -> None:
    shown = visitor().get(f"/policies/{kind}/new").get_data(as_text=True)
    assert 'name="title" type="text" value=""' in shown
    plain = {"title": "Plain"} | ({"sync_out_of_stock": "true"} if kind == "inventory" else {})
    stored(visitor(name="Bea"), kind, plain)
    assert in_force(database, kind, "Plain") == type(MEANT[kind])("Plain")


# refusals


@pytest.mark.parametrize(
    ("kind", "fields", "field", "says"),
    [
        ("synchronization", {"title": ""}, "title", "a title has 1 to 120 characters"),
        ("synchronization", {"title": " "}, "title", "a title has 1 to 120 characters"),
        ("synchronization", {"title": "x" * 121}, "title", "a title has 1 to 120 characters"),
        (
            "synchronization",
            {"inventory_price_sync": "true"},
            "inventory_price_sync",
            "Inventory/Price Sync needs Product Update",
        ),
        (
            "synchronization",
            {"only_specific_attributes": "true"},
            "observed_attributes",
            "Select at least one attribute to observe",
        ),
        (
            "synchronization",
            {"other_attributes": "Color!"},
            "observed_attributes",
            "Observed attributes: 'Color!' is not an attribute code (a-z, 0-9, _)",
        ),
        (
            "synchronization",
            {"when_hidden": "delete"},
            "when_hidden",
            "choose one of keep, deactivate, zero_stock",
        ),
        ("synchronization", {"when_deleted": "sell"}, "when_deleted", "not known; choose one of"),
        ("inventory", {"buffer": "-1"}, "buffer", "-1 is not a number of pieces from 0 to 99999"),
        ("inventory", {"buffer": "a few"}, "buffer", "not a whole number"),
        ("inventory", {"maximum": "100000"}, "maximum", "100000 is not a number of pieces from 0 to 99999"),
        (
            "inventory",
            {"threshold": "10"},
            "threshold",
            "set threshold, above and below together, or none of them",
        ),
        (
            "inventory",
            {"source": "msi"},
            "source_code",
            "enter the source's code, or choose another source",
        ),
        (
            "inventory",
            {"source_code": "x"},
            "source_code",
            "enter the source's code, or choose another source",
        ),
        (
            "inventory",
            {"source": "attribute"},
            "attribute",
            "enter the attribute's code, or choose another source",
        ),
        ("pricing", {"floor": "abc"}, "floor", "not a number"),
        ("pricing", {"floor": "NaN"}, "floor", "not a number"),
        ("pricing", {"currency_rate": "0"}, "currency_rate", "0 is not a number from 0.000001 to 1000000"),
        ("pricing", {"guard_percent": "101"}, "guard_percent", "101 is not a number from 0 to 100"),
        (
            "pricing",
            {"adjustment_value": "5"},
            "adjustment",
            "choose fixed or percent, or set adjustment_value to 0",
        ),
        (
            "pricing",
            {"adjustment": "percent", "adjustment_value": "-100"},
            "adjustment_value",
            "must be above -100: nothing would be left of the price",
        ),
        ("pricing", {"time_zone": "Berlin"}, "time_zone", "is not a time zone, such as Europe/Berlin"),
        ("pricing", {"source": "attribute", "attribute": "A"}, "attribute", "'A' is not an attribute code"),
        ("image", {"gallery_maximum": "10"}, "gallery_maximum", "10 is not a number from 1 to 9"),
        ("image", {"default_image": "none.jpg"}, "default_image", "is neither a path (/p/l/placeholder.jpg)"),
        ("image", {"main_image_attribute": "Main image"}, "main_image_attribute", "is not an attribute code"),
    ],
)
def test_a_fault_is_stated_at_its_field_and_nothing_typed_is_lost(
    engine: Engine,
    visitor: Sign,
    database: Database,
    kind: str,
    fields: dict[str, str],
    field: str,
    says: str,
) -> None:
    answer = fill_in(visitor(Role.EDITOR), kind, {"title": "My own title", **fields})
    html = answer.get_data(as_text=True)
    assert says in read(answer, 422)
    assert f'href="#{field}"' in html, "the summary leads to the field"
    assert f'id="{field}"' in html, "and the field is there"
    for name, value in fields.items():
        assert name.startswith("when_") or value.strip() in html, name
    assert "My own title" not in titles(database, kind)


def test_every_fault_is_stated_at_once(engine: Engine, visitor: Sign) -> None:
    page = read(
        fill_in(
            visitor(Role.EDITOR),
            "synchronization",
            {"title": "", "inventory_price_sync": "true", "only_specific_attributes": "true"},
        ),
        422,
    )
    for fault in (
        "a title has 1 to 120 characters",
        "Inventory/Price Sync needs Product Update",
        "Select at least one attribute to observe",
    ):
        assert fault in page


@pytest.mark.parametrize("kind", FULL)
def test_a_title_is_given_once_in_a_kind(engine: Engine, visitor: Sign, kind: str) -> None:
    ada = visitor(Role.EDITOR)
    stored(ada, kind, FULL[kind])
    again = fill_in(ada, kind, FULL[kind])
    assert f"There is a {kind} policy of this title already" in read(again, 422)


# the review


def test_the_review_says_what_changes_and_how_many_listings_become_due(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.policy(inventory_price_sync=False)
    for sku in (SKU, "SHIRT-L"):
        engine.save(sku)
        engine.put_on_tiktok(sku)
    ada = visitor(Role.EDITOR)
    on = {"product_upload": "true", "product_update": "true", "product_assign": "true"}
    fields = change(ada, "synchronization", "Default", **on, inventory_price_sync="true")
    review = fill_in(ada, "synchronization", fields)
    assert "Inventory/Price Sync off on" in read(review)
    assert "Product Upload" not in read(review)
    assert "2 of 2 listings will be checked again." in read(review)
    assert len(history(database, "Default")) == 2, "nothing is stored yet"
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert history(database, "Default")[0].version == 3
    assert engine.pending(SKU) is not None
    assert engine.pending("SHIRT-L") is not None


def test_back_from_the_review_the_form_is_as_it_was_left(engine: Engine, visitor: Sign) -> None:
    ada = visitor(Role.EDITOR)
    review = fill_in(ada, "inventory", {**FULL["inventory"], "buffer": "7"})
    fields = {**hidden(review.get_data(as_text=True)), "again": "1"}
    form = ada.post("/policies/inventory/form", dict(fields)).get_data(as_text=True)
    assert 'name="buffer" type="text" inputmode="decimal" value="7"' in form
    assert 'name="title" type="text" value="Careful"' in form


@pytest.mark.parametrize("document", ["", "[]", "{", '{"title": "x", "colour": 1}', '"x"'])
def test_a_document_that_did_not_come_back_whole_is_refused(
    engine: Engine, visitor: Sign, document: str
) -> None:
    fields = {"document": document, "kind": "image", "base": "0", "again": "1"}
    ada = visitor(Role.EDITOR)
    assert ada.post("/policies/image/form", dict(fields)).status_code == 400
    assert ada.post("/policies/save", dict(fields)).status_code in (400, 422)


def test_a_save_by_someone_else_is_not_overwritten(engine: Engine, visitor: Sign, database: Database) -> None:
    ada, bea = visitor(Role.EDITOR, "Ada"), visitor(Role.EDITOR, "Bea")
    of_ada = change(ada, "synchronization", "Default", product_update="true")
    stored(bea, "synchronization", change(bea, "synchronization", "Default", product_upload="true"))
    review = fill_in(ada, "synchronization", of_ada)
    assert "Somebody has saved version 2 since this form was opened." in read(review)
    stored(bea, "synchronization", change(bea, "synchronization", "Default", product_assign="true"))
    again = ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert "Somebody has saved another version meanwhile." in read(again)
    assert [version.author for version in history(database, "Default")] == [
        "Bea (console)",
        "Bea (console)",
        "test",
    ]
    ada.post("/policies/save", dict(hidden(again.get_data(as_text=True))))
    assert history(database, "Default")[0].author == "Ada (console)"


def test_a_policy_deleted_meanwhile_can_be_stored_anew(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.EDITOR)
    stored(ada, "image", FULL["image"])
    fields = change(ada, "image", "Careful", gallery_maximum="3")
    ada.post("/policies/image/delete", {"title": "Careful", "typed": "Careful"})
    review = fill_in(ada, "image", fields)
    assert "Image policy 'Careful' was deleted since this form was opened" in read(review)
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert in_force(database, "image").gallery_maximum == 3
    assert history(database, "Careful", "image")[0].version == 2


def test_counting_stops_after_a_while_and_says_so(
    engine: Engine, visitor: Sign, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.policy(inventory_price_sync=False)
    engine.save()
    engine.put_on_tiktok()
    monkeypatch.setattr(count_affected, "WAIT_SECONDS", -1.0)
    ada = visitor(Role.EDITOR)
    on = {"product_upload": "true", "product_update": "true", "product_assign": "true"}
    fields = change(ada, "synchronization", "Default", **on, inventory_price_sync="true")
    review = fill_in(ada, "synchronization", fields)
    assert "At least 1 of the first 1 listing will be checked again; there are more" in read(review)
    assert "Count all" in read(review)
    ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert engine.pending(SKU) is not None, "storing it asks each of them"


def test_where_it_stopped_a_job_counts_them_all_and_leads_back_to_the_review(
    engine: Engine, visitor: Sign, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.policy(inventory_price_sync=False)
    for sku in (SKU, "SHIRT-L"):
        engine.save(sku)
        engine.put_on_tiktok(sku)
    monkeypatch.setattr(count_affected, "WAIT_SECONDS", -1.0)
    ada = visitor(Role.EDITOR)
    on = {"product_upload": "true", "product_update": "true", "product_assign": "true"}
    fields = change(ada, "synchronization", "Default", **on, inventory_price_sync="true")
    review = fill_in(ada, "synchronization", fields).get_data(as_text=True)
    page = ada.post("/policies/count", dict(hidden(review))).headers["Location"]
    eventually(lambda: "2 of 2 listings are checked again when you save this" in read(ada.get(page)))
    assert len(history(database, "Default")) == 2, "nothing is stored by counting"
    assert 'href="/policies/counted/1"' in ada.get(page).get_data(as_text=True)
    again = ada.get("/policies/counted/1")
    assert "Inventory/Price Sync off on" in read(again)
    assert "2 of 2 listings will be checked again." in read(again)
    ada.post("/policies/save", dict(hidden(again.get_data(as_text=True))))
    assert engine.pending(SKU) is not None
    assert engine.pending("SHIRT-L") is not None


@pytest.mark.parametrize("document", ['{"title": "Big", "main_image_attribute": 7}', '{"title": ""}'])
def test_an_invalid_document_is_not_counted(engine: Engine, visitor: Sign, document: str) -> None:
    ada = visitor(Role.EDITOR)
    page = ada.post("/policies/count", {"kind": "image", "document": document}).headers["Location"]
    eventually(lambda: "It can't be stored any more" in read(ada.get(page)))
    assert ada.get("/policies/counted/1").status_code == 404


def test_the_job_shows_its_progress(
    engine: Engine, visitor: Sign, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.save()
    monkeypatch.setattr("console.web.wait_for_job.WAIT_SECONDS", -1.0)
    monkeypatch.setattr(JobRunner, "wake", lambda _: None)
    ada = visitor(Role.EDITOR)
    fields = change(ada, "synchronization", "Default", inventory_price_sync="")
    review = fill_in(ada, "synchronization", fields)
    saved = ada.post("/policies/save", dict(hidden(review.get_data(as_text=True))))
    assert saved.headers["Location"] == "/jobs/1"
    page = ada.get("/jobs/1")
    assert "is saved. A job checks its listings one by one" in read(page)
    assert "Checking listings again" in read(page) and "waiting" in read(page)
    assert "Stop job" not in read(page), "what is stored governs already"
    assert ada.post("/jobs/1/stop").status_code == 422
    with database.read() as connection:
        assert not jobs.unfinished(connection, "look_again")[0].stop_asked


# beside the form


def test_a_duplicate_is_a_form_like_the_other_one_under_a_title_of_its_own(
    engine: Engine, visitor: Sign
) -> None:
    engine.policy(paused=True, only_specific_attributes=True, observed_attributes=("color",))
    page = visitor(Role.EDITOR).get("/policies/synchronization/new?like=Default").get_data(as_text=True)
    assert 'value="Default (copy)"' in page
    assert 'id="observed-color" name="observed_attributes" value="color" checked' in page
    assert "The policy is paused" not in page


def test_a_policy_stays_paused_whatever_its_form_says(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.policy(paused=True)
    ada = visitor(Role.EDITOR)
    assert "The policy is paused" in read(ada.get("/policies/synchronization/edit?title=Default"))
    stored(ada, "synchronization", change(ada, "synchronization", "Default", product_update="true"))
    assert in_force(database, "synchronization", "Default").paused


def test_the_attributes_are_those_of_the_store(engine: Engine, visitor: Sign) -> None:
    engine.save(pattern_code="7", form_key="x", is_changed_websites="1")
    page = visitor(Role.EDITOR).get("/policies/synchronization/new").get_data(as_text=True)
    for code in ("price", "quantity", "color", "pattern_code"):
        assert f'value="{code}"' in page
    assert 'value="form_key"' not in page, "noise is no attribute"
    assert page.index('value="price"') < page.index('value="quantity"') < page.index('value="color"')


def test_before_any_product_price_and_quantity_are_there(visitor: Sign) -> None:
    page = visitor(Role.EDITOR).get("/policies/synchronization/new").get_data(as_text=True)
    assert page.count('name="observed_attributes"') == 2


def test_an_unobserved_quantity_causes_a_warning_and_one_button_adds_both(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    ada = visitor(Role.EDITOR)
    fields = {
        "title": "Picky",
        "product_update": "true",
        "only_specific_attributes": "true",
        "observed_attributes": ["color"],
    }
    warned = ada.get("/policies/synchronization/explanation", query_string=fields)
    assert QUANTITY in read(warned)
    assert "Observe Price and Quantity" in read(warned)
    page = fill_in(ada, "synchronization", {**fields, "step": "observe_both"})
    assert QUANTITY not in read(page)
    html = page.get_data(as_text=True)
    for code in ("price", "quantity", "color"):
        assert f'value="{code}" checked' in html
    assert titles(database) == ["Default"], "nothing is stored"


def test_the_dependent_switch_is_locked_where_the_page_reacts_and_free_where_it_does_not(
    engine: Engine, visitor: Sign
) -> None:
    ada = visitor(Role.EDITOR)
    assert 'value="true" disabled' not in ada.get("/policies/synchronization/new").get_data(as_text=True)
    locked = ada.get("/policies/synchronization/explanation").get_data(as_text=True)
    assert 'value="true" disabled' in locked
    assert "Inventory/Price Sync needs Product Update" in locked
    free = ada.get("/policies/synchronization/explanation?product_update=true").get_data(as_text=True)
    assert 'value="true" disabled' not in free


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("inventory", {"buffer": "5"}, "18 in stock sends 13"),
        ("inventory", FULL["inventory"], "It sends 2 when you have 0"),
        ("inventory", {"buffer": "x"}, "An example is shown once every field is valid."),
        ("pricing", {"rounding": "nearest_99"}, "29.00 in Magento sends 28.99 USD"),
        ("pricing", {}, "There is no floor"),
        ("image", {"gallery_maximum": "3"}, "sends 3, first /e/x/main.jpg"),
    ],
)  # fmt: skip
def test_examples_and_warnings_are_shown_beside_the_form(
    engine: Engine, visitor: Sign, kind: str, fields: dict[str, str], says: str
) -> None:
    answer = visitor(Role.EDITOR).get(f"/policies/{kind}/explanation", query_string=fields)
    assert says in read(answer)


def test_a_title_in_force_stays(engine: Engine, visitor: Sign) -> None:
    page = visitor(Role.EDITOR).get("/policies/synchronization/edit?title=Default")
    found = read(page)
    assert "Shops refer to the policy by its title, so it can't be changed." in found
    assert "For another title, duplicate the policy" in found
    assert 'name="title" type="text"' not in page.get_data(as_text=True)


def test_the_explanation_says_how_many_products_are_skipped_by_now(
    engine: Engine, database: Database, visitor: Sign
) -> None:
    engine.take(
        engine.saved("S-1", visibility="1"),
        engine.saved("S-2", visibility="1"),
        engine.saved("S-3", configurable_product_links=[engine.entity_id("S-2")]),
    )
    ada = visitor(Role.EDITOR)
    form = "/policies/synchronization/edit?title=Default"
    assert "are skipped (now 1), except variants of configurable products." in read(ada.get(form))
    beside = "/policies/synchronization/explanation?fixed=1&title=Default&sync_not_visible_individually=true"
    assert "are synced as any other (now 1)." in read(ada.get(beside))
    assert "(now 1)" in read(ada.get("/policies/synchronization/history?title=Default"))
    # A policy that no shop uses is explained for the page's shop.
    assert "(now 1)" in read(ada.get("/policies/synchronization/new"))


def test_of_very_many_it_says_at_least(
    engine: Engine, visitor: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden_products.count, "__kwdefaults__", {"most": 1})
    engine.take(engine.saved("S-1", visibility="1"), engine.saved("S-2", visibility="1"))
    page = read(visitor(Role.EDITOR).get("/policies/synchronization/edit?title=Default"))
    assert "are skipped (now at least 1)" in page
