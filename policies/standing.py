"""Standing: what a product should be on TikTok now, by rows 3 to 10 of the decision table.

It is computed twice: by intake for the decision, and by delivery under the lease, with the records and rules of then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, cast

from policies.assign import Assignment, template_in_use
from policies.case import Case
from policies.decision import Action, Decision
from policies.product_context import ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebook
from policies.rules import STANDING_ROWS, first_decision, when_leaving
from schemas.listing_template import ListingTemplate
from schemas.synchronization_policy import WhenLeaving


@dataclass(frozen=True, slots=True)
class Live:
    """The product should be live on TikTok, with this template.

    `reason` is why it may be uploaded; it is used only for a product that is not listed.
    """

    template: ListingTemplate
    reason: Reason = Reason.NEW_PRODUCT


@dataclass(frozen=True, slots=True)
class TakenDown:
    """The listing should be taken down, in the way that the policy sets."""

    how: WhenLeaving
    reason: Reason


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Nothing should be sent."""

    reason: Reason


Standing: TypeAlias = Live | TakenDown | LeftAlone


def standing(context: ProductContext, rulebook: Rulebook) -> Standing:
    """Return what this product should be on TikTok now."""
    decision = first_decision(STANDING_ROWS, Case(context, rulebook))
    if decision is None or decision.action is Action.UPLOAD:
        return _live(context, rulebook, decision)
    if decision.action is Action.TAKE_DOWN:
        return TakenDown(when_leaving(rulebook.policy, decision.reason), decision.reason)
    return LeftAlone(decision.reason)


def _live(context: ProductContext, rulebook: Rulebook, upload: Decision | None) -> Live:
    listing = context.listing
    assignment = Assignment(listing.template, listing.assigned_by)
    # Row 8 has made sure that there is a template.
    template = cast(
        "ListingTemplate",
        template_in_use(context.product, rulebook.templates, assignment, rulebook.shop.magento),
    )
    return Live(template) if upload is None else Live(template, upload.reason)
