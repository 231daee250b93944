"""A case: one product under one rulebook at one moment. Every rule gets a case."""

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
    """Everything that a decision depends on: a product, a rulebook, and what the event adds.

    `derived` has the attributes that change with time (`final_price`), as they are now. `original` has the values
    before the save where the event carries them, and is empty for a new product. `stale` and `other_store_view` are
    facts about the event. `moved` is true where Product Assign has just moved the listing to another template.
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
        """Return the case at this moment, with the attributes that change with time derived from `now`."""
        product = context.product
        pricing = pricing_in_use(
            product, context.listing, rulebook.templates, rulebook.template_policies, rulebook.shop.magento
        )
        return cls(context, rulebook, derived(product, pricing, now), original, stale, False, moved)

    @property
    def current(self) -> Attributes:
        """The attributes as they are now. They become the baseline if the decision makes the listing due."""
        attributes = self.context.product.attributes
        return {**attributes, **self.derived} if self.derived else attributes

    @property
    def previous(self) -> Attributes:
        """The attributes that `current` is compared with: the baseline, else the original values of the event.

        A baseline from before the template used a special price has no `final_price`: the current value stands in for
        it, so that it does not count as a change.
        """
        baseline = self.context.baseline
        if baseline is not None:
            return {**self.derived, **baseline} if self.derived else baseline
        return {**self.current, **(self.original or {})}

    @property
    def first_seen(self) -> bool:
        """Whether there is nothing to compare with yet."""
        return self.context.baseline is None and not self.original

    @cached_property
    def changed(self) -> tuple[Change, ...]:
        """The attributes that differ between `previous` and `current`, each compared by its type."""
        return changes(self.previous, self.current, self.rulebook.shop.magento.attribute_types)
