"""A dry run: what a sync of one product would send now, if a person asked for it. Nobody is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from operations.products.request_sync import Answer, answers
from policies.rulebook import Rulebooks
from policies.standing import Live, TakenDown, standing
from schemas.product import Product
from sync.desired_state import Intended, intended
from tiktok.listing.desired_listing import Refusal
from tiktok.listing.sync_plan import Call, take_down


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the policies answer, the calls in their order, what must wait and why, and what would be refused here."""

    answer: Answer
    calls: tuple[Call, ...] = ()
    waits: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def dry_run(connection: Connection, product: Product, rulebooks: Rulebooks, now: datetime) -> DryRun:
    """By the records, policies and templates as they are."""
    (answer,) = answers(connection, [product.id], rulebooks, now)
    context, rulebook = answer.context, answer.rulebook
    stands = standing(context, rulebook)
    if isinstance(stands, TakenDown):
        planned = take_down(stands.how, context.listing, rulebook.shop.tiktok.warehouse_ids)
        return DryRun(answer, planned.calls, tuple(f"{one.part.value}: {one.why}" for one in planned.waits))
    if not isinstance(stands, Live):
        return DryRun(answer)
    return _live(answer, intended(context, rulebook, stands, now))


def _live(answer: Answer, would: Intended) -> DryRun:
    refused = would.wanted.faults if isinstance(would.wanted, Refusal) else ()
    return DryRun(
        answer,
        would.plan.calls,
        tuple(f"{one.part.value}: {one.why}" for one in would.plan.waits),
        tuple(f"{fault.message} {fault.hint}" for fault in refused),
    )
