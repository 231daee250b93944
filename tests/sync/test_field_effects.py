"""A change of each policy field affects listings if and only if the field is declared to have an effect."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest

from policies.affected_by_rule_change import affected
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live
from schemas.field_spec import FieldSpec, field_specs
from schemas.image_policy import ImagePolicy
from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.listing import AssignedBy, LastSent, Listing, Money
from schemas.pricing_policy import Adjustment, PriceSource, PricingPolicy, Rounding
from schemas.product import Product
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving
from schemas.template_policies import TemplatePolicies
from sync.desired_state import DesiredState, live_state
from tests.policies.examples import NOON, SHIRT, listed, not_listed, policy, product, template
from tests.records.examples import SHOP

TYPES = (SynchronizationPolicy, PricingPolicy, InventoryPolicy, ImagePolicy)
EVERY_FIELD = [(kind, spec) for kind in TYPES for spec in field_specs(kind)]

ON_SALE: Final = {"source": PriceSource.SPECIAL_PRICE}
BY_ATTRIBUTE: Final = {"source": PriceSource.ATTRIBUTE, "attribute": "msrp"}
SALE: Final = {"special_price": "19.00", "special_from_date": "2026-11-25 00:00:00"}
PLUS_FIVE: Final = {"adjustment": Adjustment.FIXED, "adjustment_value": Decimal(5)}
BERLIN: Final = {"source": StockSource.MSI, "source_code": "berlin"}
ITEMS: Final = [{"source_code": "berlin", "quantity": 4}, {"source_code": "paris", "quantity": 6}]
COUNTED: Final = {"source": StockSource.ATTRIBUTE, "attribute": "counted"}
STEPS: Final = {"threshold": 10, "above": 12, "below": 2}
GALLERY: Final = {"images": [{"file": f"/g/{at}.jpg", "position": at} for at in (1, 2, 3)]}
PICTURES: Final = {"image": "/m/main.jpg", "small_image": "/m/small.jpg", "media_gallery": GALLERY}
EARLIER: Final = replace(template("Earlier", priority=900), category_id="600002")
"""A template that matches the same products, and does not win."""
COLOR: Final = {"only_specific_attributes": True, "observed_attributes": ("color",)}

Example = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
"""The policy's fields before, the fields that change, and the attributes in which the shirt differs."""

EXAMPLES: Final[dict[type, dict[str, Example]]] = {
    SynchronizationPolicy: {
        # Switching it on uploads no existing product.
        "product_upload": ({"product_upload": False}, {"product_upload": True}, {}),
        "product_update": (
            {"product_update": False, "inventory_price_sync": False},
            {"product_update": True},
            {},
        ),
        "inventory_price_sync": ({"inventory_price_sync": False}, {"inventory_price_sync": True}, {}),
        # It moves the listing from the template that it was uploaded with to the one that wins.
        "product_assign": ({"product_assign": False}, {"product_assign": True}, {}),
        "sync_not_visible_individually": ({}, {"sync_not_visible_individually": True}, {"visibility": "1"}),
        "only_specific_attributes": (COLOR, {"only_specific_attributes": False}, {"size": "L"}),
        "observed_attributes": (COLOR, {"observed_attributes": ("size",)}, {"size": "L"}),
        "activity_log": ({}, {"activity_log": False}, {}),
        "feed_log": ({}, {"feed_log": False}, {}),
        "paused": ({"paused": True}, {"paused": False}, {}),
        "when_hidden": ({}, {"when_hidden": WhenLeaving.DEACTIVATE}, {"visibility": "1"}),
        "when_disabled": ({}, {"when_disabled": WhenLeaving.ZERO_STOCK}, {"status": "2"}),
        "when_deleted": ({}, {"when_deleted": WhenLeaving.DELETE}, {"deleted": True}),
        "when_unmatched": ({}, {"when_unmatched": WhenLeaving.ZERO_STOCK}, {"attribute_set_id": "11"}),
    },
    PricingPolicy: {
        "source": ({}, ON_SALE, {"special_price": "19.00"}),
        "attribute": (BY_ATTRIBUTE, {"attribute": "cost"}, {"msrp": "10.00", "cost": "5.00"}),
        "time_zone": (ON_SALE, {"time_zone": "Pacific/Kiritimati"}, SALE),
        "currency_rate": ({}, {"currency_rate": Decimal(2)}, {}),
        "adjustment": (PLUS_FIVE, {"adjustment": Adjustment.PERCENT}, {}),
        "adjustment_value": (PLUS_FIVE, {"adjustment_value": Decimal(6)}, {}),
        "rounding": ({}, {"rounding": Rounding.NEAREST_95}, {}),
        "floor": ({}, {"floor": Decimal(50)}, {}),
        "guard_percent": ({"guard_percent": Decimal(10)}, {"guard_percent": None}, {}),
    },
    InventoryPolicy: {
        "source": ({}, {"source": StockSource.SALABLE_QUANTITY}, {"salable_quantity": 5}),
        "source_code": (BERLIN, {"source_code": "paris"}, {"source_items": ITEMS}),
        "attribute": (COUNTED, {"attribute": "recounted"}, {"counted": 4, "recounted": 5}),
        "default_quantity": ({}, {"default_quantity": 50}, {"manage_stock": "0"}),
        "buffer": ({}, {"buffer": 5}, {}),
        "threshold": (STEPS, {"threshold": 30}, {}),
        "above": (STEPS, {"above": 13}, {}),
        "below": (STEPS, {"below": 3}, {"quantity": 5}),
        "may_send_more_than_available": (
            {**STEPS, "above": 50},
            {"may_send_more_than_available": True},
            {},
        ),
        "maximum": ({}, {"maximum": 5}, {}),
        "sync_out_of_stock": ({}, {"sync_out_of_stock": False}, {"stock_status": "0"}),
    },
    ImagePolicy: {
        "main_image_attribute": ({}, {"main_image_attribute": "small_image"}, PICTURES),
        "default_image": ({}, {"default_image": "tos-none"}, {}),
        "gallery_maximum": ({}, {"gallery_maximum": 1}, PICTURES),
    },
}


def rules(kind: type, values: dict[str, Any]) -> Rulebook:
    """Return rules with everything on and a policy of each type in use, one of them with these values."""
    by_title = {
        "pricing_policies": {"Own": PricingPolicy("Own")},
        "inventory_policies": {"Own": InventoryPolicy("Own")},
        "image_policies": {"Own": ImagePolicy("Own")},
    }
    listed_as = {
        PricingPolicy: "pricing_policies",
        InventoryPolicy: "inventory_policies",
        ImagePolicy: "image_policies",
    }
    if kind in listed_as:
        by_title[listed_as[kind]] = {"Own": kind("Own", **values)}
    uses: dict[str, Any] = {"pricing_policy": "Own", "inventory_policy": "Own", "image_policy": "Own"}
    switches = policy(**values) if kind is SynchronizationPolicy else policy()
    templates = (template(**uses), replace(EARLIER, **uses))
    return Rulebook(SHOP, switches, templates, TemplatePolicies(**by_title))  # type: ignore[arg-type]


def is_affected(kind: type, example: Example, listing: Listing) -> bool:
    before, change, shirt_fields = example
    attributes = {name: value for name, value in shirt_fields.items() if name != "deleted"}
    shirt: Product = replace(
        product(description="<p>Linen.</p>", **attributes), deleted=bool(shirt_fields.get("deleted"))
    )

    def sent(under: Rulebook, live: Live) -> DesiredState:
        return live_state(ProductContext(shirt, listing, SHIRT), under, live, NOON)

    old, new = rules(kind, before), rules(kind, {**before, **change})
    return affected(old, new, ProductContext(shirt, listing, SHIRT), sent, NOON)


LAST_SENT = LastSent(
    price={"SHIRT-M": Money("100.00", SHOP.tiktok.currency)},
    stock={"SHIRT-M": {SHOP.tiktok.warehouse_ids[0]: 7}},
)


@pytest.mark.parametrize(("kind", "spec"), EVERY_FIELD, ids=lambda value: getattr(value, "name", ""))
def test_a_changed_field_makes_a_listing_due_if_it_is_declared_to(kind: type, spec: FieldSpec) -> None:
    example = EXAMPLES[kind].get(spec.name)
    assert example is not None, f"add an example of what a change of {kind.__name__}.{spec.name} does"
    listing = not_listed() if spec.name == "product_upload" else listed(last_sent=LAST_SENT)
    if spec.name == "product_assign":
        listing = replace(listing, template=EARLIER.title, assigned_by=AssignedBy.REMEMBERED)
    assert is_affected(kind, example, listing) is bool(spec.effects)
