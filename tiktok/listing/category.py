"""The requirements of a TikTok category, and what a product is missing for its category. Pure.

Sources: *Get Category Rules*, *Get Attributes* (the key really is spelled ``is_requried``). Attributes that are only
required in combination with another attribute's value are not checked here; TikTok rejects the product instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from schemas.listing import Content
from schemas.listing_template import AttributeMapping, ListingTemplate
from tiktok.documents import Document, child, children
from tiktok.listing.preflight import LeftOut, RefusedField

_NEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "size_chart": ("size_chart", "a size chart"),
    "package_dimension": ("package_dimensions", "the package's dimensions"),
    "responsible_person": ("responsible_person_ids", "a responsible person"),
    "manufacturer": ("manufacturer_ids", "a manufacturer"),
}
"""A rule of a category -> the field of a product that fulfils it, and the field's name for people."""
_IN_THE_TEMPLATE: Final = frozenset({"package_dimensions"})


@dataclass(frozen=True, slots=True)
class Category:
    """What TikTok requires of a product in this category.

    `attributes` and `certifications` contain the names of the required ones by id, `needs` the names for people of
    other required fields. `refused` is TikTok's message if it rejects the category itself.
    """

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    certifications: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the category as JSON. `Category(**document)` reads it back."""
        return asdict(self)


def category_of(category_id: str, rules: Document, attributes: Document) -> Category:
    """Return the category that the data of *Get Category Rules* and *Get Attributes* describe."""
    return Category(
        id=category_id,
        attributes={
            str(attribute["id"]): str(attribute.get("name") or attribute["id"])
            for attribute in children(attributes, "attributes")
            if (attribute.get("is_requried") or attribute.get("is_required"))
            and not attribute.get("requirement_conditions")
            and attribute.get("type") != "SALES_PROPERTY"
        },
        certifications={
            str(certification["id"]): str(certification.get("name") or certification["id"])
            for certification in children(rules, "product_certifications")
            if certification.get("is_required") and not certification.get("requirement_conditions")
        },
        needs={
            name: words for rule, (name, words) in _NEEDS.items() if child(rules, rule).get("is_required")
        },
    )


def missing_requirements(
    category: Category,
    template: ListingTemplate,
    content: Content,
    full_body: Content | None,
    left_out: Sequence[LeftOut] = (),
) -> Iterator[RefusedField]:
    """Yield what a product with this content is missing for its category. `left_out` is what the content does without.

    `full_body` is the body of a call that replaces the whole product (a create or a full edit). It is None for a
    partial edit, which keeps the fields that it does not contain.
    """
    named_template = f"the listing template {template.title!r}"
    if category.refused is not None:
        yield RefusedField(
            "category_id",
            f"TikTok does not accept the category {category.id}: {category.refused.rstrip('.')}.",
            f"Choose another category in {named_template}.",
        )
    present = {attribute["id"] for attribute in content["product_attributes"]}
    hints = {
        **{mapping.tiktok_attribute_id: _fill_hint(mapping) for mapping in template.attributes},
        **{attribute.name: attribute.sentence() for attribute in left_out},
    }
    for attribute, name in category.attributes.items():
        if attribute not in present:
            yield RefusedField(
                "product_attributes",
                f"The category {category.id} requires the attribute {name!r} ({attribute}).",
                hints.get(attribute, f"Map it in {named_template}."),
            )
    if full_body is not None:
        yield from _missing_in_template(category, named_template, full_body)


def _missing_in_template(
    category: Category, named_template: str, full_body: Content
) -> Iterator[RefusedField]:
    """Yield the fields and certifications that the category requires and a full body does not have."""
    certified = {certification.get("id") for certification in full_body.get("certifications") or ()}
    missing = [(name, words) for name, words in category.needs.items() if not full_body.get(name)]
    missing += [
        ("certifications", f"the certification {name!r}")
        for certification, name in category.certifications.items()
        if certification not in certified
    ]
    for name, words in missing:
        by_hand = "List the product in TikTok Seller Center: it is then adopted. Or choose another category"
        yield RefusedField(
            name,
            f"The category {category.id} requires {words}.",
            f"Set them in {named_template}."
            if name in _IN_THE_TEMPLATE
            else f"{by_hand} in {named_template}.",
        )


def _fill_hint(mapping: AttributeMapping) -> str:
    return f"Give the product a value for {mapping.magento_attribute!r} in Magento."
