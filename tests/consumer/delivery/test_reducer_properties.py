"""Whatever is answered, lost or never answered, TikTok ends with what the policy says, and nothing is done twice.

No SKU and no field that the seller adds at any moment is lost: `reducer_world` looks after each call.

The reducer is driven against `tiktok_model`. A script sets the result of each step, and the edits between the steps.
After the script every step succeeds, and a person requests a sync, because rejected content is not retried otherwise.
"""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.listing import ListingStatus, OutcomeKind
from tests.consumer.delivery.reducer_world import Edit, Fate, Start, World
from tests.consumer.delivery.tiktok_model import (
    BY_HAND,
    Call,
    ModelProduct,
    TikTok,
    wanted_stock,
)
from tests.records.examples import SHOP
from tiktok.listing.sync_plan import Operation

segments = st.tuples(st.one_of(st.none(), st.sampled_from(Edit)), st.integers(0, 8), st.sampled_from(Fate))
"""An edit, a number of steps that succeed, and a step with another fate."""


@st.composite
def scripts(draw: st.DrawFn) -> list[Fate | Edit]:
    script: list[Fate | Edit] = []
    for edit, well, fate in draw(st.lists(segments, max_size=10)):
        script += [edit] if edit else []
        script += [Fate.WELL] * well
        script.append(fate)
    return script


starts = st.sampled_from(Start)


def request_syncs_until_settled(world: World) -> None:
    """Request syncs until all is settled: a first call finds a deletion on TikTok, and the next request repairs it."""
    for edit in (Edit.PRICE, Edit.STOCK, Edit.NAME):
        world._edit(edit)
        world._edit(Edit.ASK)
        world.run()


def is_off_sale(product: ModelProduct) -> bool:
    return product.status in (ListingStatus.SELLER_DEACTIVATED, ListingStatus.DELETED)


def is_sold_out(product: ModelProduct) -> bool:
    return not any(stock[SHOP.tiktok.warehouse_id] for stock in product.stock.values())


def may_be_idle(call: Call) -> bool:
    return call.operation is Operation.CREATE or orjson.loads(call.body or "{}").keys() == {
        "category_version"
    }


def only(tiktok: TikTok) -> ModelProduct:
    (product_id,) = tiktok.carriers()
    return tiktok.products[product_id]


@settings(max_examples=300)
@given(scripts(), starts)
def test_in_the_end_tiktok_has_what_the_policy_says(script: list[Fate | Edit], start: Start) -> None:
    world = World(script, start=start)
    world.run()
    request_syncs_until_settled(world)
    records = world.records
    assert records.open_events == [], "every event has its end"
    if records.product.default["status"] == "2":
        adopted = records.listing.tiktok_product_id
        ours = [
            product
            for product in world.tiktok.products.values()
            if product.id != BY_HAND or adopted == BY_HAND
        ]
        assert all(is_off_sale(product) or (product.others and is_sold_out(product)) for product in ours)
        return
    product = only(world.tiktok)
    if records.listing.tiktok_product_id is None and product.id == BY_HAND:
        assert product.others and product.content["title"] == "By hand"
        assert records.listing.last_outcome is OutcomeKind.VARIANT_OF_ANOTHER_LISTING
        return
    assert product.status is ListingStatus.ACTIVATE
    assert product.content["title"] == records.product.default["name"]
    assert [money.amount for money in product.price.values()] == [records.product.default["price"]]
    (stock,) = product.stock.values()
    assert stock == {**wanted_stock(records.product.default["quantity"]), **product.elsewhere}
    assert records.listing.tiktok_product_id == product.id


@settings(max_examples=300)
@given(scripts(), starts)
def test_no_accepted_write_changes_nothing(script: list[Fate | Edit], start: Start) -> None:
    """Two kinds of writes may change nothing: a create that is repeated under its key, to which TikTok answers with the
    product that it created first; and the category version, which can't be read back, so that it is sent again after a
    lost answer.
    """
    world = World(script, start=start)
    world.run()
    request_syncs_until_settled(world)
    idle = [call for call in world.tiktok.calls if not call.changed and not may_be_idle(call)]
    assert idle == []


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.WELL])
@pytest.mark.parametrize("place", range(12))
def test_one_mishap_anywhere_in_an_upload_makes_no_second_listing(fate: Fate, place: int) -> None:
    world = World([*[Fate.WELL] * place, fate], start=Start.NEW)
    world.run()
    request_syncs_until_settled(world)
    assert len(world.tiktok.products) == 1
    assert len(world.tiktok.by_key) == 1


@pytest.mark.parametrize("edit", [Edit.NAME, Edit.PRICE, Edit.STOCK, Edit.DISABLE])
@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.WELL])
def test_one_mishap_in_an_update_repeats_no_write_that_was_done(edit: Edit, fate: Fate) -> None:
    for place in range(4):
        world = World([edit, *[Fate.WELL] * place, fate], start=Start.LIVE)
        world.run()
        request_syncs_until_settled(world)
        assert [call.operation for call in world.tiktok.calls if not call.changed] == []
