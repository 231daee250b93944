"""The policies that a listing template names by their titles: a kind for its price, its stock, its images.

Each kind has its list in an apply file, its table and its field in a template: a line of `KINDS` says them all.
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
    """A kind of policy. `listed` names its list in an apply file, its table and its field in `TemplatePolicies`;
    `field` the template's; `words` what a person calls it.
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
    """All that there are, by title. A title that a template names is there, for an apply file is judged so."""

    pricing_policies: Mapping[str, PricingPolicy] = field(default_factory=dict)
    inventory_policies: Mapping[str, InventoryPolicy] = field(default_factory=dict)
    image_policies: Mapping[str, ImagePolicy] = field(default_factory=dict)

    def pricing_of(self, template: ListingTemplate | None) -> PricingPolicy | None:
        """The template's pricing policy, None where it names none."""
        title = template.pricing_policy if template is not None else None
        return self.pricing_policies[title] if title is not None else None

    def inventory_of(self, template: ListingTemplate | None) -> InventoryPolicy | None:
        """The template's inventory policy, None where it names none."""
        title = template.inventory_policy if template is not None else None
        return self.inventory_policies[title] if title is not None else None

    def images_of(self, template: ListingTemplate | None) -> ImagePolicy | None:
        """The template's image policy, None where it names none."""
        title = template.image_policy if template is not None else None
        return self.image_policies[title] if title is not None else None
