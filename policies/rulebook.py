"""The rulebook: the policy, templates and settings that decide about one shop's products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.listing_template import ListingTemplate
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from schemas.template_policies import TemplatePolicies


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of one shop. `templates` are in the order in which they win.

    `upload_on_since` is when Product Upload was last switched on, None while it is off. It is left out of comparisons:
    it matters only to products that are seen for the first time, and never changes what is sent for a listing.
    """

    shop: Shop
    policy: SynchronizationPolicy
    templates: tuple[ListingTemplate, ...]
    template_policies: TemplatePolicies = field(default_factory=TemplatePolicies)
    upload_on_since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A policy with its version, and when its Product Upload was last switched on (None while it is off)."""

    policy: SynchronizationPolicy
    upload_on_since: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Rulebooks:
    """The rules of all shops: shops by key, policies by title, templates in the order in which they win."""

    shops: Mapping[str, Shop]
    policies: Mapping[str, PolicyInForce]
    templates: tuple[ListingTemplate, ...]
    template_policies: TemplatePolicies = field(default_factory=TemplatePolicies)

    def policy_of(self, shop: str) -> PolicyInForce:
        """Return the policy that applies to this shop. Raises KeyError if the shop or its policy does not exist."""
        return self.policies[self.shops[shop].synchronization_policy]

    def of(self, shop: str) -> Rulebook:
        """Return the rulebook of this shop. Raises KeyError if the shop or its policy does not exist."""
        in_force = self.policy_of(shop)
        return Rulebook(
            self.shops[shop],
            in_force.policy,
            self.templates,
            self.template_policies,
            in_force.upload_on_since,
        )

    def paused(self) -> frozenset[str]:
        """Return the shops whose policy is paused: nothing is delivered for them."""
        return frozenset(key for key in self.shops if self.policy_of(key).policy.paused)
