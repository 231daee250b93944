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

from policies.affected_by_rule_change import Rules, Subject, affected
from policies.standing import Live
from records.catalog import baselines, confirmed_prices, listings, products
from records.rules.load_rulebook import Governing
from sync.desired_state import Intended, intended


@dataclass(frozen=True, slots=True)
class Change:
    """What governs before and after; `shops` are those whose listings it can touch."""

    before: Governing
    after: Governing

    @property
    def shops(self) -> Mapping[str, tuple[Rules, Rules]]:
        """Their rules before and after, where these differ."""
        both = {
            key: (rules_of(self.before, key), rules_of(self.after, key))
            for key in self.before.shops.keys() & self.after.shops.keys()
        }
        return {key: (old, new) for key, (old, new) in both.items() if old != new}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The product ids of the affected listings, of how many that were walked."""

    product_ids: array[int]
    walked: int


def rules_of(governing: Governing, shop: str) -> Rules:
    """What governs the listings of this shop."""
    return Rules(
        governing.shops[shop],
        governing.policy_of(shop).policy,
        governing.templates,
        governing.template_policies,
    )


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
    shops: Mapping[str, tuple[Rules, Rules]],
    ids: Collection[int],
    now: datetime,
) -> list[int]:
    """Those of these products, as they are in this transaction, that the rules before and after tell apart."""
    known, held = products.load(connection, ids), listings.load(connection, ids)
    baseline, confirmed = baselines.load(connection, ids), confirmed_prices.load(connection, ids)
    found = []
    for product_id, product in sorted(known.items()):
        if product.shop not in shops:
            continue
        subject = Subject(product, held[product_id], baseline.get(product_id))

        def sent(rules: Rules, live: Live, subject: Subject = subject, own: int = product_id) -> Intended:
            return intended(subject.product, subject.listing, rules, live, now, confirmed.get(own))

        if affected(*shops[product.shop], subject, sent, now):
            found.append(product_id)
    return found
