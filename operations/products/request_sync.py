"""Asking: a person wants products on TikTok. What the policies answer, and the pending rows that it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from policies.decide import Action, Decision, Facts, decide
from policies.messages import sentence
from policies.price import derived, pricing_in_use
from policies.standing import Asked
from records.catalog import baselines, listings, products, sync_queue
from records.catalog.sync_queue import Mark
from records.log import activity
from records.log.activity import ActivityRow
from records.rules.load_rulebook import Governing
from sync.decide_event import Lane

_LANES: Final = {
    Action.UPLOAD: Lane.UPLOAD,
    Action.SYNC: Lane.CONTENT,
    Action.TAKE_DOWN: Lane.TAKE_DOWN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the decision table answers to a person, of one product."""

    facts: Facts
    decision: Decision
    words: str

    @property
    def product_id(self) -> int:
        """The product's row."""
        return self.facts.product.id


def answers(
    connection: Connection, product_ids: Collection[int], governing: Governing, now: datetime
) -> list[Answer]:
    """What a person's wish for these products leads to, by the policies and templates as they are; in order of ids."""
    known, held = products.load(connection, product_ids), listings.load(connection, product_ids)
    bases = baselines.load(connection, product_ids)
    told = []
    for product_id, product in sorted(known.items()):
        listing, magento = held[product_id], governing.shops[product.shop].magento
        pricing = pricing_in_use(product, listing, governing.templates, governing.template_policies)
        facts = Facts(
            product=product,
            policy=governing.policy_of(product.shop).policy,
            listing=listing,
            templates=governing.templates,
            baseline=bases.get(product_id),
            asked=Asked.PERSON,
            website_id=magento.website_id,
            types=magento.attribute_types,
            derived=derived(product, pricing, now),
        )
        decision = decide(facts)
        told.append(Answer(facts, decision, sentence(decision, product, governing.templates)))
    return told


def ask(connection: Connection, answered: Sequence[Answer], *, now: datetime, author: str) -> None:
    """Make those due that the policies let go, as asked for by a person; what was asked goes into the activity log.

    Of what stays as it is, no row is touched: delivery would find the same.
    """
    due = [one for one in answered if one.decision.is_due]
    baselines.save(connection, {one.product_id: one.facts.present for one in due})
    sync_queue.mark(
        connection,
        [
            Mark(one.product_id, one.facts.product.shop, int(_LANES[one.decision.action]), asked=True)
            for one in due
        ],
        now=now,
    )
    activity.put(
        connection, [_activity(one, now, author) for one in answered if one.facts.policy.activity_log]
    )


def _activity(one: Answer, now: datetime, author: str) -> ActivityRow:
    product, decision = one.facts.product, one.decision
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
        details={"author": author, "template": one.facts.listing.template},
    )
