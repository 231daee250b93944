"""A dry run: what a sync of products would send now, if a person asked for it. Nobody is called."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from operations.products.request_sync import Answer, answers
from policies.rulebook import Rulebooks
from schemas.listing import OutcomeKind
from schemas.product import Product
from sync.cached_categories import cached_categories
from sync.desired_state import DesiredState, desired_state
from tiktok.listing.sync_plan import Call

REFUSED_HERE: Final = OutcomeKind.REFUSED_HERE.value


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the policies answer, the calls in their order, what must wait and why, and what would be refused here."""

    answer: Answer
    calls: tuple[Call, ...] = ()
    waits: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def refused_here(self) -> bool:
        """The policies let it go, and pre-flight refuses all that would be sent.

        A shop that is not connected yet refuses nothing: its listings wait.
        """
        connected = self.answer.rulebook.shop.tiktok.connected
        return connected and self.answer.decision.is_due and bool(self.refused) and not self.calls

    @property
    def result(self) -> str:
        """The code of what would come of it: the decision's action, or `refused_here`."""
        return REFUSED_HERE if self.refused_here else self.answer.decision.action.value

    @property
    def words(self) -> str:
        """Why, in a sentence or more."""
        return " ".join(self.refused) if self.refused_here else self.answer.words


def dry_run(connection: Connection, product: Product, rulebooks: Rulebooks, now: datetime) -> DryRun:
    """Return the dry run of one product, by the records, policies and templates as they are."""
    (run,) = dry_runs(connection, [product.id], rulebooks, now)
    return run


def dry_runs(
    connection: Connection, product_ids: Collection[int], rulebooks: Rulebooks, now: datetime
) -> list[DryRun]:
    """Return the dry run of each of these products that exists, in order of ids."""
    answered = answers(connection, product_ids, rulebooks, now)
    categories = cached_categories(connection, {one.context.product.shop for one in answered})
    return [_dry_run(one, desired_state(one.context, one.rulebook, now, categories)) for one in answered]


def _dry_run(answer: Answer, desired: DesiredState) -> DryRun:
    waits = tuple(f"{wait.part.value}: {wait.why}" for wait in desired.plan.waits)
    return DryRun(answer, desired.plan.calls, waits, desired.faults or ())
