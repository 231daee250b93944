"""*Product Assign*: which listing template a product is assigned to, and when it moves."""

from __future__ import annotations

import pytest

from policies.assign import Assignment, assign, template_in_use, winner
from schemas.listing import AssignedBy
from schemas.listing_template import ListingTemplate
from schemas.product import Product
from tests.policies.examples import MAGENTO, is_, product, template

SHIRTS = template("Shirts", is_("attribute_set_id", "9"), priority=10)
BLUE = template("Blue", is_("color", "blue"), priority=5)
TROUSERS = template("Trousers", is_("attribute_set_id", "10"), priority=1)
ALL = (SHIRTS, BLUE, TROUSERS)

UNASSIGNED = Assignment()
SHIRT, RED_SHIRT, SOCKS = product(), product(color="red"), product(color="red", attribute_set_id="12")


def by(who: AssignedBy, title: str) -> Assignment:
    return Assignment(title, who)


POLICY, HAND, REMEMBERED = AssignedBy.POLICY, AssignedBy.HAND, AssignedBy.REMEMBERED


@pytest.mark.parametrize(
    ("shirt", "before", "after"),
    [
        (SHIRT, UNASSIGNED, by(POLICY, "Blue")),  # the lowest priority number of those that match
        (RED_SHIRT, UNASSIGNED, by(POLICY, "Shirts")),
        (SOCKS, UNASSIGNED, UNASSIGNED),
        (SHIRT, by(POLICY, "Shirts"), by(POLICY, "Shirts")),  # stays while its own query holds
        (RED_SHIRT, by(POLICY, "Blue"), by(POLICY, "Shirts")),  # else moves to the winner
        (SOCKS, by(POLICY, "Shirts"), by(POLICY, "Shirts")),  # nowhere to move to
        (SHIRT, by(POLICY, "Winter"), by(POLICY, "Blue")),  # its template no longer exists
        (SHIRT, by(HAND, "Trousers"), by(HAND, "Trousers")),  # never overridden
        (SHIRT, by(REMEMBERED, "Shirts"), by(POLICY, "Blue")),  # a remembered template is not an assignment
    ],
)
def test_product_assign_on(shirt: Product, before: Assignment, after: Assignment) -> None:
    assert assign(shirt, ALL, before, MAGENTO, product_assign=True) == after


@pytest.mark.parametrize("before", [UNASSIGNED, *(by(who, "Trousers") for who in AssignedBy)])
def test_with_product_assign_off_nothing_is_assigned_or_moved(before: Assignment) -> None:
    assert assign(SHIRT, ALL, before, MAGENTO, product_assign=False) == before


@pytest.mark.parametrize(
    ("templates", "wins"),
    [
        ((SHIRTS, BLUE), "Blue"),
        ((BLUE, SHIRTS), "Blue"),
        ((TROUSERS, SHIRTS), "Shirts"),
        ((template("B", priority=3), template("A", priority=3)), "A"),  # equal: by title
        ((TROUSERS,), None),
        ((), None),
    ],
)
def test_the_lowest_priority_number_wins(templates: tuple[ListingTemplate, ...], wins: str | None) -> None:
    won = winner(SHIRT, templates, MAGENTO)
    assert (won.title if won else None) == wins


@pytest.mark.parametrize(
    ("assignment", "used"),
    [
        (UNASSIGNED, BLUE),
        (by(HAND, "Trousers"), TROUSERS),
        (by(REMEMBERED, "Shirts"), SHIRTS),
        (by(POLICY, "Winter"), BLUE),
    ],
)
def test_the_template_in_use_is_the_assigned_template_else_the_winner(
    assignment: Assignment, used: ListingTemplate
) -> None:
    assert template_in_use(SHIRT, ALL, assignment, MAGENTO) == used
