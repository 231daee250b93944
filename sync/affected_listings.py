"""The listings that a changed policy, template or shop makes due, read in batches of 500.

`find_affected` only reads: it shows a person how many listings a change affects before it is stored. After it is
stored, `sync.resync_job` makes them due.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from policies.affected_by_rule_change import affected
from policies.assign import assigned_by_rules
from policies.product_context import ProductContext
from policies.rulebook import Rulebook, Rulebooks
from policies.standing import Live
from records.catalog import listings, product_contexts
from sync.desired_state import DesiredState, live_state


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The rules of all shops before and after a change."""

    before: Rulebooks
    after: Rulebooks

    @property
    def shops(self) -> Mapping[str, tuple[Rulebook, Rulebook]]:
        """The shops whose rules differ, each with its rulebooks before and after the change."""
        both = {
            key: (self.before.of(key), self.after.of(key))
            for key in self.before.shops.keys() & self.after.shops.keys()
        }
        return {key: (old, new) for key, (old, new) in both.items() if old != new}


@dataclass(frozen=True, slots=True)
class AffectedListings:
    """The product ids of the affected listings, and how many listings were checked."""

    product_ids: array[int]
    walked: int


def find_affected(
    connection: Connection,
    change: RuleChange,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _walked, _found: None,
) -> AffectedListings:
    """Check every listing of the shops that the change concerns.

    `progress` is called after each batch with the numbers of listings checked and affected so far.
    """
    shops = change.shops
    found, walked, last = array("q"), 0, 0
    while shops and (ids := listings.of_shops(connection, shops, after=last)):
        found.extend(affected_among(connection, shops, ids, now).due)
        walked, last = walked + len(ids), ids[-1]
        progress(walked, len(found))
    return AffectedListings(found, walked)


@dataclass(slots=True)
class Found:
    """The product ids, in ascending order, of the listings that become due, and of those that another template gets."""

    due: list[int] = field(default_factory=list)
    reassigned: list[int] = field(default_factory=list)


def affected_among(
    connection: Connection,
    shops: Mapping[str, tuple[Rulebook, Rulebook]],
    ids: Collection[int],
    now: datetime,
) -> Found:
    """Return those of these products, as they are in this transaction, that the difference of the rules affects."""
    contexts = product_contexts.load(connection, ids)
    found = Found()
    for product_id, context in sorted(contexts.items()):
        shop = context.product.shop
        if shop not in shops:
            continue

        def sent(rulebook: Rulebook, live: Live, context: ProductContext = context) -> DesiredState:
            return live_state(context, rulebook, live, now)

        if affected(*shops[shop], context, sent, now):
            found.due.append(product_id)
        if assigned_by_rules(context.product, context.listing, shops[shop][1]) != context.listing:
            found.reassigned.append(product_id)
    return found
