"""*Product Assign*: which listing template a product belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policies.conditions import matches
from schemas.listing import AssignedBy
from schemas.listing_template import ListingTemplate
from schemas.product import Product


@dataclass(frozen=True, slots=True)
class Assignment:
    """The template that a listing was given, and by whom; both None before there is one."""

    template: str | None = None
    assigned_by: AssignedBy | None = None


def assign(
    product: Product, templates: Sequence[ListingTemplate], assignment: Assignment, *, product_assign: bool
) -> Assignment:
    """The assignment after this event, whatever follows.

    On: no assignment and a query holds -> the winner; an automatic one stays while its own query holds, else moves to
    the winner. Off: nothing is assigned or moved. A choice by hand is never overridden, and a remembered template
    (the winner of a moment while the switch was off) is no assignment.
    """
    if not product_assign or assignment.assigned_by is AssignedBy.HAND:
        return assignment
    if assignment.assigned_by is AssignedBy.POLICY:
        own = named(templates, assignment.template)
        if own is not None and matches(own.query, product):
            return assignment
    best = winner(product, templates)
    return Assignment(best.title, AssignedBy.POLICY) if best else assignment


def winner(product: Product, templates: Sequence[ListingTemplate]) -> ListingTemplate | None:
    """Of the templates whose query holds, the one with the lowest priority number, then by title."""
    takers = (template for template in templates if matches(template.query, product))
    return min(takers, key=lambda template: (template.priority, template.title), default=None)


def template_in_use(
    product: Product, templates: Sequence[ListingTemplate], assignment: Assignment
) -> ListingTemplate | None:
    """The template that an upload or update is made with: the assigned one, else the winner of the moment."""
    return named(templates, assignment.template) or winner(product, templates)


def named(templates: Sequence[ListingTemplate], title: str | None) -> ListingTemplate | None:
    """The template of this title, if it still exists."""
    return next((template for template in templates if template.title == title), None)
