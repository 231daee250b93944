"""*Product Assign*: which listing template a product belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from policies.conditions import StoreAttributes, matches
from policies.rulebook import Rulebook
from schemas.listing import AssignedBy, Listing
from schemas.listing_template import ListingTemplate
from schemas.product import Product


@dataclass(frozen=True, slots=True)
class Assignment:
    """A listing's template and who assigned it; both None while the listing has no template."""

    template: str | None = None
    assigned_by: AssignedBy | None = None


def assign(
    product: Product,
    templates: Sequence[ListingTemplate],
    assignment: Assignment,
    store: StoreAttributes,
    *,
    product_assign: bool,
) -> Assignment:
    """Return the assignment after this event, whatever the decision is.

    With `product_assign` on, a listing without an assignment gets the winner. An assignment by the policy stays while
    the template's own query matches, else it moves to the winner. With `product_assign` off nothing changes.

    An assignment by hand is never overridden. A remembered template (the winner at an upload while the switch was off)
    does not count as an assignment.
    """
    if not product_assign or assignment.assigned_by is AssignedBy.HAND:
        return assignment
    if assignment.assigned_by is AssignedBy.POLICY:
        own = named(templates, assignment.template)
        if own is not None and matches(own.query, product, store):
            return assignment
    best = winner(product, templates, store)
    return Assignment(best.title, AssignedBy.POLICY) if best else assignment


def assigned_by_rules(product: Product, listing: Listing, rulebook: Rulebook) -> Listing:
    """Return the listing with the template that Product Assign gives it under this rulebook."""
    before = Assignment(listing.template, listing.assigned_by)
    assignment = assign(
        product,
        rulebook.templates,
        before,
        rulebook.shop.magento,
        product_assign=rulebook.policy.product_assign,
    )
    if assignment == before:
        return listing
    return replace(listing, template=assignment.template, assigned_by=assignment.assigned_by)


def winner(
    product: Product, templates: Sequence[ListingTemplate], store: StoreAttributes
) -> ListingTemplate | None:
    """Return the matching template with the lowest priority number, then by title; None where none matches."""
    matching = (template for template in templates if matches(template.query, product, store))
    return min(matching, key=lambda template: (template.priority, template.title), default=None)


def template_in_use(
    product: Product,
    templates: Sequence[ListingTemplate],
    assignment: Assignment,
    store: StoreAttributes,
) -> ListingTemplate | None:
    """Return the template that an upload or update uses: the assigned template, else the winner now."""
    return named(templates, assignment.template) or winner(product, templates, store)


def named(templates: Sequence[ListingTemplate], title: str | None) -> ListingTemplate | None:
    """Return the template with this title, None where it does not exist (any more)."""
    return next((template for template in templates if template.title == title), None)
