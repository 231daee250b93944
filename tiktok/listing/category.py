"""A category: what TikTok demands of the products in it, read from its rules and attributes, and what a product lacks.

Sources: *Get Category Rules*, *Get Attributes* (the key really is spelt ``is_requried``). An attribute that is demanded
only beside another's value is left to TikTok.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from schemas.listing import Content
from schemas.listing_template import AttributeMapping, ListingTemplate
from tiktok.listing.preflight import RefusedField

_NEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "size_chart": ("size_chart", "a size chart"),
    "package_dimension": ("package_dimensions", "the package's dimensions"),
    "responsible_person": ("responsible_person_ids", "a responsible person"),
    "manufacturer": ("manufacturer_ids", "a manufacturer"),
}
"""A rule of the category -> the field of a product that meets it, and the same in words."""
_IN_THE_TEMPLATE: Final = frozenset({"package_dimensions"})


@dataclass(frozen=True, slots=True)
class Category:
    """What TikTok demands of a product in this category.

    `attributes` names the mandatory ones by id, `certifications` likewise; `needs` gives other mandatory fields of a
    product, in words. `refused` is TikTok's no to the category itself.
    """

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    certifications: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON; `Category(**document)` reads it back."""
        return asdict(self)


def category_of(category_id: str, rules: Mapping[str, Any], attributes: Mapping[str, Any]) -> Category:
    """The category that these replies tell of."""
    return Category(
        id=category_id,
        attributes={
            str(one["id"]): str(one.get("name") or one["id"])
            for one in attributes.get("attributes") or ()
            if (one.get("is_requried") or one.get("is_required"))
            and not one.get("requirement_conditions")
            and one.get("type") != "SALES_PROPERTY"
        },
        certifications={
            str(one["id"]): str(one.get("name") or one["id"])
            for one in rules.get("product_certifications") or ()
            if one.get("is_required") and not one.get("requirement_conditions")
        },
        needs={
            name: words
            for rule, (name, words) in _NEEDS.items()
            if (rules.get(rule) or {}).get("is_required")
        },
    )


def lacking(
    category: Category, template: ListingTemplate, content: Content, whole: Mapping[str, Any] | None
) -> Iterator[RefusedField]:
    """What a product with this content lacks for its category.

    `whole` is the body of a call that leaves nothing as it was (a create, a full edit); None is a partial edit, which
    keeps what it does not name.
    """
    made_of = f"the listing template {template.title!r}"
    if category.refused is not None:
        yield RefusedField(
            "category_id",
            f"TikTok does not take the category {category.id}: {category.refused.rstrip('.')}.",
            f"Choose another one in {made_of}.",
        )
    given = {one["id"] for one in content["product_attributes"]}
    mapped = {one.tiktok_attribute_id: one for one in template.attributes}
    for attribute, name in category.attributes.items():
        if attribute not in given:
            yield RefusedField(
                "product_attributes",
                f"The category {category.id} demands the attribute {name!r} ({attribute}).",
                _fill(mapped[attribute]) if attribute in mapped else f"Map it in {made_of}.",
            )
    if whole is None:
        return
    certified = {one.get("id") for one in whole.get("certifications") or ()}
    lacks = [(name, words) for name, words in category.needs.items() if not whole.get(name)]
    lacks += [
        ("certifications", f"the certification {name!r}")
        for one, name in category.certifications.items()
        if one not in certified
    ]
    for name, words in lacks:
        by_hand = (
            "List the product in TikTok's Seller Center, and it is taken over; or choose another category"
        )
        yield RefusedField(
            name,
            f"The category {category.id} demands {words}.",
            f"Set them in {made_of}." if name in _IN_THE_TEMPLATE else f"{by_hand} in {made_of}.",
        )


def _fill(mapping: AttributeMapping) -> str:
    return f"Give the product a value for {mapping.magento_attribute!r} in Magento."
