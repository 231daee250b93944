"""A dry run: what a requested sync of products would send now. TikTok is not called."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from operations.products.request_sync import DecidedRequest, decide_requests
from operations.products.uploaded_images import uploaded_images
from policies.messages import WOULD_HAPPEN
from policies.rulebook import Rulebooks
from records.catalog.categories import CategoryKey
from schemas.listing import OutcomeKind
from schemas.product import Product
from sync.cached_categories import cached_categories
from sync.desired_state import desired_state
from tiktok.listing.category import Category
from tiktok.listing.sync_plan import Call

REFUSED_HERE: Final = OutcomeKind.REFUSED_HERE.value


@dataclass(frozen=True, slots=True)
class DryRun:
    """The decision, the calls in order, the parts that must wait and why, and the faults that pre-flight finds.

    `left_out` are sentences about what the content would do without.
    """

    request: DecidedRequest
    calls: tuple[Call, ...] = ()
    waits: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def refused_here(self) -> bool:
        """Whether the decision is to sync, and pre-flight rejects everything that would be sent.

        In a shop that is not connected yet nothing is rejected: its listings wait.
        """
        connected = self.request.rulebook.shop.tiktok.connected
        return connected and self.request.decision.is_due and bool(self.refused) and not self.calls

    @property
    def result(self) -> str:
        """The code of the result: the decision's action, or `refused_here`."""
        return REFUSED_HERE if self.refused_here else self.request.decision.action.value

    @property
    def preview(self) -> str:
        """What would happen and why, and what stands in its way."""
        words = self.request.sentence(WOULD_HAPPEN)
        return f"{words} But it would be refused here, before a call." if self.refused_here else words

    @property
    def words(self) -> str:
        """The reason, in one or more sentences."""
        return " ".join(self.refused) if self.refused_here else self.request.words


def dry_run(connection: Connection, product: Product, rulebooks: Rulebooks, now: datetime) -> DryRun:
    """Return the dry run of one product."""
    (run,) = dry_runs(connection, [product.id], rulebooks, now)
    return run


def dry_runs(
    connection: Connection, product_ids: Collection[int], rulebooks: Rulebooks, now: datetime
) -> list[DryRun]:
    """Return the dry run of each of these products that exists, in order of ids, by the records and rules of now."""
    decided = decide_requests(connection, product_ids, rulebooks, now)
    categories = cached_categories(connection, {request.context.product.shop for request in decided})
    return [_dry_run(connection, request, now, categories) for request in decided]


def _dry_run(
    connection: Connection, request: DecidedRequest, now: datetime, categories: Mapping[CategoryKey, Category]
) -> DryRun:
    context, rulebook = request.context, request.rulebook
    images = uploaded_images(connection, context, rulebook)
    desired = desired_state(context, rulebook, now, categories, images=images)
    waits = tuple(f"{wait.part.value}: {wait.why}" for wait in desired.plan.waits)
    left_out = tuple(part.sentence() for part in desired.left_out)
    return DryRun(request, desired.plan.calls, waits, desired.faults or (), left_out)
