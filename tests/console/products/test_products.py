"""Products: the list, the sync status, the timeline, and requesting a sync."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from records.accounts.users import Role
from records.catalog import categories, sync_queue
from records.catalog.categories import CategoryKey, ReadCategory
from records.db.database import Database
from schemas.listing import ListingStatus, OutcomeKind
from tests.console.conftest import Visitor
from tests.console.pages import html
from tests.consumer.engine import Engine, record_of
from tests.policies.examples import NOON
from tiktok.listing.category import Category

pytestmark = pytest.mark.both_databases

Sign = Callable[..., Visitor]


def test_the_list_shows_products_with_their_state(engine: Engine, visitor: Sign) -> None:
    engine.save("SHIRT-L", name="Large shirt")
    engine.save("SHIRT-M")
    engine.put_on_tiktok("SHIRT-M")
    page = html(visitor(), "/products")
    assert "Large shirt" in page
    assert page.index("SHIRT-M") < page.index("SHIRT-L"), "newest first"
    assert "Not on TikTok" in page
    assert "live" in page


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("live", {"A-LIVE"}),
        ("on_tiktok", {"B-AUDITED"}),
        ("not_on_tiktok", {"C-REFUSED", "D-WAITS"}),
        ("refused", {"C-REFUSED"}),
        ("waiting", {"D-WAITS"}),
    ],
)
def test_the_list_is_narrowed_by_state(engine: Engine, visitor: Sign, state: str, shown: set[str]) -> None:
    for sku in ("A-LIVE", "B-AUDITED", "C-REFUSED", "D-WAITS"):
        engine.save(sku)
    engine.put_on_tiktok("A-LIVE")
    engine.put_on_tiktok("B-AUDITED", status=ListingStatus.PENDING, tiktok_product_id="2")
    engine.put_on_tiktok(
        "C-REFUSED",
        tiktok_product_id=None,
        status=None,
        last_outcome=OutcomeKind.REJECTED,
        last_message="No.",
    )
    page = html(visitor(), f"/products?state={state}")
    assert {sku for sku in ("A-LIVE", "B-AUDITED", "C-REFUSED", "D-WAITS") if sku in page} == shown


def test_pages_of_the_list_stand_still_while_products_come(engine: Engine, visitor: Sign) -> None:
    for number in range(60):
        engine.save(f"SHIRT-{number:02}")
    ada = visitor()
    first = html(ada, "/products")
    engine.save("SHIRT-99")
    second = html(ada, "/products?before=11")
    assert "SHIRT-59" in first and "SHIRT-09" not in first
    assert "SHIRT-09" in second and "SHIRT-10" not in second


def test_a_sku_is_found_at_once(engine: Engine, visitor: Sign) -> None:
    engine.save("SHIRT-M")
    ada = visitor()
    assert (
        ada.get("/products/find?sku=SHIRT-M").headers["Location"].endswith(f"/products/{engine.product().id}")
    )
    assert "No product matches these filters" in html(ada, "/products/find?sku=TROUSERS")


def test_the_page_says_why_it_was_not_synced_and_what_happened(engine: Engine, visitor: Sign) -> None:
    engine.policy(only_specific_attributes=True, observed_attributes=("color",))
    engine.save(color="58")
    engine.put_on_tiktok()
    event_id = engine.save(size="170")
    page = html(visitor(), f"/products/{engine.product().id}")
    assert "None of the observed attributes changed" in page
    assert event_id in page
    assert "Webhook received" in page
    assert "filtered" in page
    assert '<th scope="row">size</th>' in page


def test_a_product_with_a_value_that_is_not_understood_needs_attention(engine: Engine, visitor: Sign) -> None:
    engine.save("SHIRT-M")
    engine.put_on_tiktok("SHIRT-M")
    engine.save("SHIRT-M", visibility="hidden")
    ada = visitor()
    assert "held: value not understood" in html(ada, "/products")
    warned = html(ada, "/activity?level=warning")
    assert "Held: visibility &#39;hidden&#39; is not a Magento value (1 to 4)." in warned
    page = html(ada, f"/products/{engine.product('SHIRT-M').id}")
    assert "held - nothing was sent, because a value is not understood" in page
    assert "TikTok still sells it." in page


def test_the_list_says_why_a_product_is_not_synced(engine: Engine, visitor: Sign) -> None:
    engine.save("SHIRT-M", status="2")
    assert "not synced: product disabled" in html(visitor(), "/products")


def test_the_page_and_the_feed_lead_to_the_kafka_record(engine: Engine, visitor: Sign) -> None:
    engine.save()
    engine.take(replace(record_of(engine.saved(color="58"), 1881), partition=2))
    ada = visitor()
    place = "/topics/magento.product.events?partition=2&amp;offset=1881"
    page = html(ada, f"/products/{engine.product().id}")
    assert f'<a href="{place}">partition 2, offset 1881</a>' in page
    assert place in html(ada, "/feed/2")


def test_a_record_of_a_topic_of_another_name_is_shown_without_a_link(engine: Engine, visitor: Sign) -> None:
    engine.take(replace(record_of(engine.saved(), 7), topic="staging.magento.product.events"))
    page = html(visitor(), f"/products/{engine.product().id}")
    assert "staging.magento.product.events, partition 0, offset 7" in page
    assert "/topics/staging" not in page


def test_with_the_activity_log_off_the_page_asks_afresh_and_says_so(engine: Engine, visitor: Sign) -> None:
    engine.policy(activity_log=False, feed_log=False)
    engine.save()
    page = html(visitor(), f"/products/{engine.product().id}")
    assert "Activity Log is off" in page
    assert "Synchronization Feed Log is off" in page
    assert "A sync has been queued since" in page


def test_an_editor_asks_for_a_sync_and_a_viewer_is_not_offered_it(
    engine: Engine, visitor: Sign, database: Database
) -> None:
    engine.save()
    engine.put_on_tiktok()
    product_id = engine.product().id
    editor = visitor(Role.EDITOR)
    assert "Sync now" not in html(visitor(Role.VIEWER), f"/products/{product_id}")
    assert "Sync now" in html(editor, f"/products/{product_id}")
    assert "Queued for sync" in html(editor, editor.post(f"/products/{product_id}/sync").headers["Location"])
    with database.read() as connection:
        row = sync_queue.get(connection, product_id)
    assert row is not None and row.requested
    assert "An editor (console)" in {(row.details or {}).get("author") for row in engine.history()}


def test_requesting_an_ineligible_product_sends_nothing_and_says_why(engine: Engine, visitor: Sign) -> None:
    engine.save(status="2")
    editor = visitor(Role.EDITOR)
    product_id = engine.product().id
    page = html(editor, editor.post(f"/products/{product_id}/sync").headers["Location"])
    assert "Nothing is sent" in page and "disabled" in page
    assert engine.pending() is None


def test_a_dry_run_names_the_calls_and_makes_none(engine: Engine, visitor: Sign) -> None:
    engine.save()
    page = html(visitor(Role.VIEWER), f"/products/{engine.product().id}/dry-run")
    assert "1 call to TikTok" in page
    assert "create" in page
    engine.save(status="2")
    assert "No call is needed" in html(
        visitor(Role.VIEWER, "Vic"), f"/products/{engine.product().id}/dry-run"
    )


def test_a_product_that_pre_flight_refuses_says_so_on_its_page_and_in_its_dry_run(
    engine: Engine, visitor: Sign
) -> None:
    engine.save(price="0")
    fault = "is not a price above zero. Set the price in Magento."
    ada, product_id = visitor(Role.VIEWER), engine.product().id
    page = html(ada, f"/products/{product_id}")
    assert f"no: The price &#39;0&#39; {fault}" in page
    assert "its next save will upload it" not in page
    assert fault in html(ada, f"/products/{product_id}/dry-run")


def test_a_dry_run_names_what_the_category_demands(engine: Engine, visitor: Sign, database: Database) -> None:
    engine.save()
    read = ReadCategory(Category("600001", attributes={"100507": "Material"}).document(), NOON)
    with database.write() as connection:
        categories.put(connection, CategoryKey("demo", "600001", "v1"), read)
    page = html(visitor(Role.VIEWER), f"/products/{engine.product().id}/dry-run")
    assert "The category 600001 requires the attribute &#39;Material&#39; (100507)." in page
    assert "1 call to TikTok" not in page


def test_a_missing_product_is_not_found(visitor: Sign, engine: Engine) -> None:
    assert visitor().get("/products/4711").status_code == 404


def test_the_exported_list_has_no_formulas(engine: Engine, visitor: Sign) -> None:
    engine.save("SHIRT-M", name="=HYPERLINK(1)")
    ada = visitor()
    csv = html(ada, "/products?format=csv")
    assert "'=HYPERLINK(1)" in csv
    assert ada.get("/products?format=json").get_json()[0]["sku"] == "SHIRT-M"
    assert ada.get("/products?format=xml").status_code == 404


def test_without_a_shop_it_leads_to_the_set_up(visitor: Sign) -> None:
    assert "No shop is connected yet" in html(visitor(), "/products")
