"""The listings that a changed policy, template or shop makes due: walked in batches, 500 of them in memory at a time.

Foreseeing only reads, and tells a person how many there are before anything is stored; what is stored is walked by
`sync.resync_job`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from policies.affected_by_rule_change import affected
from policies.product_context import ProductContext
from policies.rulebook import Rulebook, Rulebooks
from policies.standing import Live
from records.catalog import listings, product_contexts
from sync.desired_state import DesiredState, live_state


@dataclass(frozen=True, slots=True)
class Change:
    """The rules before and after a change; `shops` are those whose listings it can touch."""

    before: Rulebooks
    after: Rulebooks

    @property
    def shops(self) -> Mapping[str, tuple[Rulebook, Rulebook]]:
        """Their rules before and after, where these differ."""
        both = {
            key: (self.before.of(key), self.after.of(key))
            for key in self.before.shops.keys() & self.after.shops.keys()
        }
        return {key: (old, new) for key, (old, new) in both.items() if old != new}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The product ids of the affected listings, of how many that were walked."""

    product_ids: array[int]
    walked: int


def foresee(
    connection: Connection,
    change: Change,
    *,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _walked, _found: None,
) -> Foreseen:
    """Walk every listing of the shops that the change touches.

    `progress` is told how many were looked at, and how many of them are affected.
    """
    shops = change.shops
    found, walked, last = array("q"), 0, 0
    while shops and (ids := listings.of_shops(connection, shops, after=last)):
        found.extend(affected_among(connection, shops, ids, now))
        walked, last = walked + len(ids), ids[-1]
        progress(walked, len(found))
    return Foreseen(found, walked)


def affected_among(
    connection: Connection,
    shops: Mapping[str, tuple[Rulebook, Rulebook]],
    ids: Collection[int],
    now: datetime,
) -> list[int]:
    """Those of these products, as they are in this transaction, that the rules before and after tell apart."""
    contexts = product_contexts.load(connection, ids)
    found = []
    for product_id, context in sorted(contexts.items()):
        shop = context.product.shop
        if shop not in shops:
            continue

        def sent(rulebook: Rulebook, live: Live, context: ProductContext = context) -> DesiredState:
            return live_state(context, rulebook, live, now)

        if affected(*shops[shop], context, sent, now):
            found.append(product_id)
    return found
