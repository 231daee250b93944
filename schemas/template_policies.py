"""The kinds of policies that a listing template names by title: for its price, its stock and its images.

Each kind has a list in apply files, a table, and a field in a template. `KINDS` has one line for each kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from schemas.field_spec import PolicySchema
from schemas.image_policy import ImagePolicy, ImagePolicySchema
from schemas.inventory_policy import InventoryPolicy, InventoryPolicySchema
from schemas.listing_template import ListingTemplate
from schemas.pricing_policy import PricingPolicy, PricingPolicySchema

TemplatePolicy: TypeAlias = PricingPolicy | InventoryPolicy | ImagePolicy


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of policy.

    `listed` is the name of its list in an apply file, of its table and of its field in `TemplatePolicies`. `field` is
    its field in a template, `words` its name in sentences.
    """

    listed: str
    field: str
    words: str
    schema: type[PolicySchema]


KINDS: Final[tuple[Kind, ...]] = (
    Kind("pricing_policies", "pricing_policy", "pricing policy", PricingPolicySchema),
    Kind("inventory_policies", "inventory_policy", "inventory policy", InventoryPolicySchema),
    Kind("image_policies", "image_policy", "image policy", ImagePolicySchema),
)


@dataclass(frozen=True, slots=True)
class TemplatePolicies:
    """All policies of these kinds, by title. Every title that a template names exists: apply files are checked."""

    pricing_policies: Mapping[str, PricingPolicy] = field(default_factory=dict)
    inventory_policies: Mapping[str, InventoryPolicy] = field(default_factory=dict)
    image_policies: Mapping[str, ImagePolicy] = field(default_factory=dict)

    def pricing_of(self, template: ListingTemplate | None) -> PricingPolicy | None:
        """Return the template's pricing policy, None where it has none."""
        title = template.pricing_policy if template is not None else None
        return self.pricing_policies[title] if title is not None else None

    def inventory_of(self, template: ListingTemplate | None) -> InventoryPolicy | None:
        """Return the template's inventory policy, None where it has none."""
        title = template.inventory_policy if template is not None else None
        return self.inventory_policies[title] if title is not None else None

    def images_of(self, template: ListingTemplate | None) -> ImagePolicy | None:
        """Return the template's image policy, None where it has none."""
        title = template.image_policy if template is not None else None
        return self.image_policies[title] if title is not None else None
