"""Policies and templates in the words of their forms: each field by its label, each value as the form shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from operations.rules.differences import changed_fields as changed_template_fields
from operations.rules.differences import every_field
from operations.rules.rule_versions import Edited
from policies.field_specs import changed_fields, value_words
from schemas.listing_template import ListingTemplate
from schemas.synchronization_policy import SynchronizationPolicy
from schemas.template_policies import TemplatePolicy

PolicyOrTemplate: TypeAlias = SynchronizationPolicy | TemplatePolicy | ListingTemplate
"""Everything that people edit in versions."""

TEMPLATE_LABELS: Final[Mapping[str, str]] = {
    "title": "Title",
    "priority": "Priority",
    "query": "Query",
    "category_id": "TikTok category",
    "category_version": "Category tree",
    "brand_id": "Brand",
    "package_weight": "Package weight",
    "package_dimensions": "Package dimensions",
    "attributes": "Attributes",
    "image_uri": "Image on TikTok",
    "pricing_policy": "Pricing policy",
    "inventory_policy": "Inventory policy",
    "image_policy": "Image policy",
}
"""The fields of a listing template, in the order of its form."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed field: its label, and both values in words."""

    label: str
    old: str
    new: str


def labels_of(kind: Edited) -> Mapping[str, str]:
    """Return the label of each field of a form."""
    specs = {spec.name: spec.label for spec in kind.specs}
    return {"title": "Title", **specs} if specs else TEMPLATE_LABELS


def changes(kind: Edited, old: PolicyOrTemplate, new: PolicyOrTemplate) -> list[Changed]:
    """Return the fields that differ between two policies or templates of a kind, in the order of its form."""
    if kind.specs:
        return [
            Changed(spec.label, value_words(spec, was), value_words(spec, becomes))
            for spec, was, becomes in changed_fields(old, new)
        ]
    return [Changed(_label(name), *both) for name, *both in changed_template_fields(old, new)]


def every_value(kind: Edited, edited: PolicyOrTemplate) -> list[tuple[str, str]]:
    """Return the label of every field, and its value in words."""
    if kind.specs:
        return [(spec.label, value_words(spec, getattr(edited, spec.name))) for spec in kind.specs]
    return [(_label(name), words) for name, words in every_field(edited)]


def _label(name: str) -> str:
    """Return the label of a template's field; for a part such as ``package_weight.unit``, with the part's name."""
    whole, _, part = name.partition(".")
    label = TEMPLATE_LABELS.get(whole, whole.replace("_", " ").capitalize())
    return f"{label} {part.replace('_', ' ')}".strip()
