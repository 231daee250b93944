"""Asking: a person wants products on TikTok. What the policies answer, and the pending rows that it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from policies.case import Case
from policies.decision import Action, Decision
from policies.messages import sentence
from policies.product_context import Asked, ProductContext
from policies.rulebook import Rulebook, Rulebooks
from policies.rules import decide
from records.catalog import baselines, product_contexts, sync_queue
from records.catalog.sync_queue import SyncRequest
from records.log import activity
from records.log.activity import ActivityRow
from sync.decide_event import Lane

_LANES: Final = {
    Action.UPLOAD: Lane.UPLOAD,
    Action.SYNC: Lane.CONTENT,
    Action.TAKE_DOWN: Lane.TAKE_DOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the decision table answers to a person, of one product."""

    case: Case
    decision: Decision
    words: str

    @property
    def product_id(self) -> int:
        """The product's row."""
        return self.context.product.id

    @property
    def context(self) -> ProductContext:
        """The product and its listing."""
        return self.case.context

    @property
    def rulebook(self) -> Rulebook:
        """The rules of its shop."""
        return self.case.rulebook


def answers(
    connection: Connection, product_ids: Collection[int], rulebooks: Rulebooks, now: datetime
) -> list[Answer]:
    """Return what a person's request for these products leads to, in order of ids. Writes nothing."""
    contexts = product_contexts.load(connection, product_ids, asked=Asked.PERSON)
    answered = []
    for _, context in sorted(contexts.items()):
        case = Case.of(context, rulebooks.of(context.product.shop), now)
        decision = decide(case)
        answered.append(Answer(case, decision, sentence(decision, context.product, rulebooks.templates)))
    return answered


def ask(connection: Connection, answered: Sequence[Answer], *, now: datetime, author: str) -> None:
    """Make those due that the policies let go, as asked for by a person; what was asked goes into the activity log.

    Of what stays as it is, no row is touched: delivery would find the same.
    """
    due = [one for one in answered if one.decision.is_due]
    baselines.save(connection, {one.product_id: one.case.current for one in due})
    sync_queue.enqueue(
        connection,
        [
            SyncRequest(
                one.product_id, one.context.product.shop, int(_LANES[one.decision.action]), asked=True
            )
            for one in due
        ],
        now=now,
    )
    activity.put(
        connection, [_activity(one, now, author) for one in answered if one.rulebook.policy.activity_log]
    )


def _activity(one: Answer, now: datetime, author: str) -> ActivityRow:
    product, decision = one.context.product, one.decision
    return ActivityRow(
        at=now,
        shop=product.shop,
        product_id=product.id,
        sku=product.sku,
        level="info",
        actor="person",
        kind="decision",
        action=decision.action.value,
        reason=decision.reason.value,
        message=one.words,
        details={"author": author, "template": one.context.listing.template},
    )
