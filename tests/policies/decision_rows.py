"""The condition of each row of the decision table, as a change of an example, for the tests that combine rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from policies.case import Case
from policies.decision import Action, Decision
from policies.product_context import RequestedBy
from policies.reasons import Reason
from schemas.listing import OutcomeKind
from schemas.product import Product
from tests.policies.examples import (
    NOON,
    case,
    new,
    not_listed,
    vary,
)

UPLOAD, SYNC, TAKE_DOWN, SKIP = Action.UPLOAD, Action.SYNC, Action.TAKE_DOWN, Action.SKIP


def with_attributes(shirt: Product, **attributes: Any) -> Product:
    """Return the product with these attributes as well."""
    return replace(shirt, default={**shirt.default, **attributes})


def with_product(**attributes: Any) -> Callable[[Case], Case]:
    return lambda example: vary(example, product=with_attributes(example.context.product, **attributes))


def with_policy(**switches: Any) -> Callable[[Case], Case]:
    return lambda example: vary(example, policy=replace(example.rulebook.policy, **switches))


def with_listing(**value: Any) -> Callable[[Case], Case]:
    return lambda example: vary(example, listing=replace(example.context.listing, **value))


def with_case(**value: Any) -> Callable[[Case], Case]:
    return lambda example: vary(example, **value)


def together(*conditions: Callable[[Case], Case]) -> Callable[[Case], Case]:
    def all_of_them(example: Case) -> Case:
        for condition in conditions:
            example = condition(example)
        return example

    return all_of_them


def nothing_changed(example: Case) -> Case:
    return vary(example, baseline=example.context.product.attributes)


def deleted(example: Case) -> Case:
    return vary(example, product=replace(example.context.product, deleted=True))


def seen_new(example: Case) -> Case:
    return vary(example, product=new(example.context.product))


WHEN: Mapping[Reason, Callable[[Case], Case]] = {
    Reason.STALE_EVENT: with_case(stale=True),
    Reason.OTHER_STORE_VIEW: with_case(other_store_view=True),
    Reason.UNSUPPORTED_TYPE: with_product(type_id="bundle"),
    Reason.UPDATE_OFF: with_policy(product_update=False, inventory_price_sync=False),
    Reason.PRODUCT_DELETED: deleted,
    Reason.PRODUCT_DISABLED: with_product(status="2"),
    Reason.NOT_IN_WEBSITE: with_product(website_ids=["2", "3"]),
    Reason.NOT_VISIBLE_INDIVIDUALLY: with_product(visibility="1"),
    Reason.UNREAD_GATE: with_product(stock_status="on its way"),
    Reason.NO_LISTING_TEMPLATE_MATCHES: with_product(attribute_set_id="11"),
    Reason.UPLOAD_OFF: with_policy(product_upload=False),
    Reason.GONE_ON_TIKTOK: with_listing(tiktok_product_id="1729592969712207008", gone=True),
    Reason.EXISTED_BEFORE_UPLOAD: with_case(),
    Reason.NEW_PRODUCT: seen_new,
    Reason.UPLOAD_REQUESTED: with_case(requested_by=RequestedBy.PERSON),
    Reason.BECAME_ELIGIBLE: with_listing(ineligible_since=NOON),
    Reason.TEMPLATE_CHANGED: with_case(moved=True),
    Reason.SYNC_REQUESTED: with_case(requested_by=RequestedBy.PERSON),
    Reason.POLICY_CHANGED: with_case(requested_by=RequestedBy.POLICY),
    Reason.NOTHING_CHANGED: nothing_changed,
    Reason.NOT_ACCEPTED_YET: together(
        with_product(size="L"), with_listing(last_outcome=OutcomeKind.REJECTED)
    ),
    Reason.NO_OBSERVED_ATTRIBUTE_CHANGED: together(
        with_product(size="L"), with_policy(only_specific_attributes=True, observed_attributes=("color",))
    ),
    Reason.INVENTORY_PRICE_SYNC_OFF: together(
        with_product(price="31.00", quantity=17), with_policy(inventory_price_sync=False)
    ),
    Reason.OBSERVED_ATTRIBUTE_CHANGED: together(
        with_product(color="red"), with_policy(only_specific_attributes=True, observed_attributes=("color",))
    ),
    Reason.ATTRIBUTE_CHANGED: with_product(color="red"),
    Reason.FIRST_SEEN: with_case(baseline=None),
}
"""Reason -> the change that makes its row hold for an unchanged product, listed or not."""

ON_TIKTOK, NOT_ON_TIKTOK = case(), case(listing=not_listed())
NEVER = None


def action_and_reason(decision: Decision) -> tuple[Action, Reason]:
    return decision.action, decision.reason


def attributes_of(decision: Decision) -> list[str]:
    return [change.attribute for change in decision.changes]
