"""A case: one product under one rulebook at one moment, as the rules are asked about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from policies.attribute_changes import Change, changes
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.template_policies.price import derived, pricing_in_use
from schemas.attributes import Attributes


@dataclass(frozen=True)
class Case:
    """What a decision rests on: a product under a rulebook, and what the event in question adds.

    `original` holds the values before the save, where the event carries them, and is empty for a new product; `stale`
    and `other_store_view` are the event's own; `moved` says that Product Assign has just moved the listing to another
    template; `derived` holds the attributes that move by the clock, as they are now.
    """

    context: ProductContext
    rulebook: Rulebook
    derived: Attributes = field(default_factory=dict)
    original: Attributes | None = None
    stale: bool = False
    other_store_view: bool = False
    moved: bool = False

    @classmethod
    def of(
        cls,
        context: ProductContext,
        rulebook: Rulebook,
        now: datetime,
        *,
        original: Attributes | None = None,
        stale: bool = False,
        moved: bool = False,
    ) -> Case:
        """Return the case at this moment: prices that move by the clock are as they are now."""
        product = context.product
        pricing = pricing_in_use(product, context.listing, rulebook.templates, rulebook.template_policies)
        return cls(context, rulebook, derived(product, pricing, now), original, stale, False, moved)

    @property
    def current(self) -> Attributes:
        """The attributes as they are now; the next baseline."""
        return {**self.context.product.attributes, **self.derived}

    @property
    def previous(self) -> Attributes:
        """What `current` is compared with: the baseline, else the event's original values over the current ones.

        A baseline that is older than the template's use of a price that moves by the clock has no value for it.
        """
        baseline = self.context.baseline
        if baseline is not None:
            return {**self.derived, **baseline}
        return {**self.current, **(self.original or {})}

    @property
    def first_seen(self) -> bool:
        """There is nothing to compare with yet."""
        return self.context.baseline is None and not self.original

    @cached_property
    def changed(self) -> tuple[Change, ...]:
        """What differs between `previous` and `current`, each attribute compared by its type."""
        return changes(self.previous, self.current, self.rulebook.shop.magento.attribute_types)
