"""Affected listings: a listing that a change does not affect has nothing to send, and every listing is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.affected_by_rule_change import affected
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live, TakenDown, standing
from records.catalog import listings
from records.rules.load_rulebook import RulebookReader
from schemas.image_policy import ImagePolicy
from schemas.inventory_policy import InventoryPolicy
from schemas.listing import Availability, LastSent, Listing, ListingStatus
from schemas.pricing_policy import Adjustment, PriceSource, PricingPolicy, Rounding
from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving
from schemas.template_policies import TemplatePolicies
from sync.affected_listings import RuleChange, find_affected
from sync.desired_state import DesiredState, live_state
from tests.consumer.engine import TEMPLATE, Engine
from tests.policies import examples
from tests.policies.examples import NOON, is_, listed, product
from tests.records.examples import BOX, SHOP
from tiktok.listing.sync_plan import Plan, after, take_down

LEAVING = st.sampled_from([WhenLeaving.KEEP, WhenLeaving.DEACTIVATE, WhenLeaving.ZERO_STOCK])
PRICING = st.builds(
    PricingPolicy,
    title=st.just("Prices"),
    source=st.sampled_from([PriceSource.PRICE, PriceSource.SPECIAL_PRICE]),
    adjustment=st.just(Adjustment.FIXED),
    adjustment_value=st.sampled_from([Decimal(0), Decimal(1)]),
    rounding=st.sampled_from([Rounding.NONE, Rounding.NEAREST_99]),
    guard_percent=st.sampled_from([None, Decimal(20)]),
)
INVENTORY = st.builds(
    InventoryPolicy,
    title=st.just("Stock"),
    buffer=st.sampled_from([0, 5]),
    sync_out_of_stock=st.booleans(),
)
IMAGES = st.builds(
    ImagePolicy,
    title=st.just("Images"),
    gallery_maximum=st.sampled_from([1, 9]),
    default_image=st.sampled_from([None, "tos-other"]),
)


@st.composite
def templates(draw: st.DrawFn, title: str) -> Any:
    queries = [is_("attribute_set_id", "9"), is_("attribute_set_id", "11"), is_("color", "blue")]
    return replace(
        examples.template(title, draw(st.sampled_from(queries))),
        priority=draw(st.sampled_from([1, 2])),
        category_id=draw(st.sampled_from(["600001", "700001"])),
        attributes=draw(st.sampled_from([(), TEMPLATE.attributes])),
        image_uri="tos-sandbox/main-1",
        pricing_policy=draw(st.sampled_from([None, "Prices"])),
        inventory_policy=draw(st.sampled_from([None, "Stock"])),
        image_policy=draw(st.sampled_from([None, "Images"])),
    )


MOSTLY = st.sampled_from([True, True, True, False])


@st.composite
def policies(draw: st.DrawFn) -> SynchronizationPolicy:
    return examples.policy(
        product_upload=draw(MOSTLY),
        product_update=draw(MOSTLY),
        inventory_price_sync=draw(MOSTLY),
        sync_not_visible_individually=draw(MOSTLY),
        only_specific_attributes=draw(st.booleans()),
        observed_attributes=("color",),
        when_hidden=draw(LEAVING),
        when_disabled=draw(LEAVING),
        when_unmatched=draw(LEAVING),
    )


def template_policies() -> st.SearchStrategy[TemplatePolicies]:
    return st.builds(
        lambda prices, stock, images: TemplatePolicies(
            {"Prices": prices}, {"Stock": stock}, {"Images": images}
        ),
        PRICING,
        INVENTORY,
        IMAGES,
    )


def rules() -> st.SearchStrategy[Rulebook]:
    both = st.tuples(templates("One"), templates("Two"))
    return st.builds(Rulebook, st.just(SHOP), policies(), both, template_policies())


@st.composite
def changes(draw: st.DrawFn) -> tuple[Rulebook, Rulebook]:
    """Draw rules, and the same rules with a part changed."""
    before, other = draw(rules()), draw(rules())
    parts = draw(st.sets(st.sampled_from(["policy", "templates", "template_policies"]), min_size=1))
    return before, replace(before, **{part: getattr(other, part) for part in parts})


SHIRTS = st.builds(
    product,
    visibility=st.sampled_from(["4", "4", "1"]),
    status=st.sampled_from(["1", "1", "2"]),
    attribute_set_id=st.sampled_from(["9", "9", "11"]),
    color=st.sampled_from(["blue", "red"]),
    price=st.sampled_from(["29.00", "14.50"]),
    special_price=st.sampled_from([None, "9.00"]),
    quantity=st.sampled_from([0, 3, 18]),
    description=st.just("<p>Linen.</p>"),
)


def planned(rules: Rulebook, shirt: Product, listing: Listing) -> Plan:
    """Return the calls that delivery would make now."""
    stands = standing(ProductContext(shirt, listing, None), rules)
    if isinstance(stands, Live):
        return live_state(ProductContext(shirt, listing), rules, stands, NOON).plan
    if isinstance(stands, TakenDown):
        return take_down(stands.how, listing, SHOP.tiktok.warehouse_id)
    return Plan()


def settled(rules: Rulebook, shirt: Product, listing: Listing) -> Listing:
    """Return the listing after TikTok has accepted everything."""
    for call in planned(rules, shirt, listing).calls:
        listing = replace(listing, last_sent=after(listing.last_sent, call.sends))
    if listing.last_sent.availability is Availability.DEACTIVATED:
        return replace(listing, status=ListingStatus.SELLER_DEACTIVATED, ineligible_since=NOON)
    if isinstance(standing(ProductContext(shirt, listing, None), rules), TakenDown):
        return replace(listing, ineligible_since=NOON)
    return listing


def is_affected(before: Rulebook, now: Rulebook, shirt: Product, listing: Listing) -> bool:
    def sent(rules: Rulebook, live: Live) -> DesiredState:
        return live_state(ProductContext(shirt, listing), rules, live, NOON)

    return affected(before, now, ProductContext(shirt, listing, shirt.attributes), sent, NOON)


@settings(max_examples=500)
@given(changes(), st.lists(SHIRTS, min_size=1, max_size=2))
def test_a_listing_that_is_not_affected_has_nothing_to_send(
    change: tuple[Rulebook, Rulebook], states: list[Product]
) -> None:
    """The listing was synced before the product changed; what that change left unsent does not count."""
    (before, now), first, shirt = change, states[0], states[-1]
    listing = settled(before, first, listed(skus={"SHIRT-M": "1729592969712207012"}, last_sent=LastSent()))
    if not planned(before, shirt, listing).calls and not is_affected(before, now, shirt, listing):
        assert planned(now, shirt, listing).calls == ()


@given(rules(), SHIRTS)
def test_equal_rules_affect_nothing(same: Rulebook, shirt: Product) -> None:
    assert not is_affected(same, same, shirt, listed(last_sent=LastSent()))


def change(engine: Engine, **switches: Any) -> RuleChange:
    with engine.database.read() as connection:
        rulebooks = RulebookReader(BOX).read(connection)
    value = rulebooks.policies["Default"]
    after = {"Default": replace(value, policy=examples.policy(**switches))}
    return RuleChange(rulebooks, replace(rulebooks, policies=after))


def foreseen(engine: Engine, change: RuleChange) -> tuple[Sequence[int], int]:
    with engine.database.read() as connection:
        found = find_affected(connection, change, now=engine.clock())
    return list(found.product_ids), found.walked


def test_every_listing_is_looked_at_batch_by_batch(engine: Engine) -> None:
    engine.take(*(engine.saved(f"S-{number}", visibility="1") for number in range(listings.CHUNK + 7)))
    ids = {engine.product(f"S-{number}").id for number in (0, listings.CHUNK, listings.CHUNK + 6)}
    found, walked = foreseen(engine, change(engine, sync_not_visible_individually=True))
    assert walked == len(found) == listings.CHUNK + 7
    assert ids <= set(found)


def test_shops_with_another_policy_are_not_looked_at(engine: Engine) -> None:
    engine.save()
    assert foreseen(engine, change(engine)) == ([], 0)
