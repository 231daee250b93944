"""A person's request to sync products: the decision for each, and the queue rows that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from policies.case import Case
from policies.decision import Action, Decision
from policies.messages import sentence
from policies.product_context import ProductContext, RequestedBy
from policies.rulebook import Rulebook, Rulebooks
from policies.rules import decide
from records.catalog import baselines, product_contexts, sync_queue
from records.catalog.sync_queue import SyncRequest
from records.log import activity
from records.log.activity import ActivityRow, decision_level
from sync.decide_event import Lane

_LANES: Final = {
    Action.UPLOAD: Lane.UPLOAD,
    Action.SYNC: Lane.CONTENT,
    Action.TAKE_DOWN: Lane.OFF_SALE,
}


@dataclass(frozen=True, slots=True)
class DecidedRequest:
    """The decision on a person's request for one product, and its words."""

    case: Case
    decision: Decision
    words: str

    def sentence(self, leads_to: Mapping[Action, str]) -> str:
        """Return the same words as of a preview or of a request just made (`policies.messages`)."""
        store = self.rulebook.shop.magento
        return sentence(self.decision, self.context.product, self.rulebook.templates, store, leads_to)

    @property
    def product_id(self) -> int:
        """The product's id."""
        return self.context.product.id

    @property
    def context(self) -> ProductContext:
        """The product and its listing."""
        return self.case.context

    @property
    def rulebook(self) -> Rulebook:
        """The rules of its shop."""
        return self.case.rulebook


def decide_requests(
    connection: Connection, product_ids: Collection[int], rulebooks: Rulebooks, now: datetime
) -> list[DecidedRequest]:
    """Decide a person's request for these products by the rules of now; in order of ids."""
    contexts = product_contexts.load(connection, product_ids, requested_by=RequestedBy.PERSON)
    decided = []
    for _, context in sorted(contexts.items()):
        rulebook = rulebooks.of(context.product.shop)
        case = Case.of(context, rulebook, now)
        decision = decide(case)
        decided.append(
            DecidedRequest(
                case, decision, sentence(decision, context.product, rulebook.templates, rulebook.shop.magento)
            )
        )
    return decided


def enqueue_requests(
    connection: Connection, decided: Sequence[DecidedRequest], *, now: datetime, author: str
) -> None:
    """Make the products due whose decision is not to skip, and write each request to the activity log.

    A skipped product gets no queue row: delivery would come to the same decision.
    """
    due = [request for request in decided if request.decision.is_due]
    baselines.save(connection, {request.product_id: request.case.current for request in due})
    sync_queue.enqueue(
        connection,
        [
            SyncRequest(
                request.product_id,
                request.context.product.shop,
                int(_LANES[request.decision.action]),
                requested=True,
            )
            for request in due
        ],
        now=now,
    )
    activity.put(
        connection,
        [_activity(request, now, author) for request in decided if request.rulebook.policy.activity_log],
    )


def _activity(request: DecidedRequest, now: datetime, author: str) -> ActivityRow:
    product, decision = request.context.product, request.decision
    return ActivityRow(
        at=now,
        shop=product.shop,
        product_id=product.id,
        sku=product.sku,
        level=decision_level(decision.reason),
        actor="person",
        kind="decision",
        action=decision.action.value,
        reason=decision.reason.value,
        message=request.words,
        details={"author": author, "template": request.context.listing.template},
    )
