"""The versions of policies and templates: what each version changed, and what uses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from marshmallow import Schema, ValidationError
from sqlalchemy import Connection

from operations.formatting import plural
from operations.rules.differences import differences
from policies.rulebook import Rulebooks
from records.catalog import listings
from records.rules.versions import Version
from schemas.field_spec import FieldSpec, PolicySchema, field_specs
from schemas.listing_template import ListingTemplateSchema
from schemas.synchronization_policy import SynchronizationPolicySchema
from schemas.template_policies import KINDS

UNREADABLE = "can't be compared, because this version of m2t can't read it"


@dataclass(frozen=True, slots=True)
class Edited:
    """A kind of document: `name` is its value of ``--kind``; `listed` is its list in a declaration, and its table."""

    name: str
    listed: str
    schema: type[Schema]

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """The declared fields of a policy except its title; empty for a listing template, which has its own form."""
        return field_specs(self.schema.policy) if issubclass(self.schema, PolicySchema) else ()


POLICIES: Final = (
    Edited("synchronization", "synchronization_policies", SynchronizationPolicySchema),
    *(Edited(kind.field.removesuffix("_policy"), kind.listed, kind.schema) for kind in KINDS),
)
TEMPLATE: Final = Edited("listing", "listing_templates", ListingTemplateSchema)


def history_of(kind: Edited, every: Sequence[Version]) -> Iterator[tuple[Version, list[str]]]:
    """Yield each version, newest first, with lines of what it changed."""
    loaded = [_loaded(kind, version) for version in every]
    for version, now, before in zip(every, loaded, [*loaded[1:], None], strict=True):
        if version is every[-1]:
            yield version, ["is new"]
        else:
            yield version, [UNREADABLE] if now is None or before is None else differences(before, now)


def _loaded(kind: Edited, version: Version) -> object:
    """Return the policy or template; None if the schema of now rejects it."""
    try:
        loaded: object = kind.schema().load(version.document)
        return loaded
    except ValidationError:
        return None


def used_by(connection: Connection, rulebooks: Rulebooks, kind: Edited, title: str) -> Iterator[str]:
    """Yield what uses it: shops, numbers of listings, or templates."""
    if kind.listed == "synchronization_policies":
        yield from (
            f"shop {key}" for key, shop in rulebooks.shops.items() if shop.synchronization_policy == title
        )
    elif kind.listed == "listing_templates":
        for key, number in sorted(listings.counts_by_template(connection).get(title, {}).items()):
            yield f"{plural(number, 'listing')} of shop {key}"
    else:
        (field,) = (policy.field for policy in KINDS if policy.listed == kind.listed)
        yield from (
            f"template {template.title!r}"
            for template in rulebooks.templates
            if getattr(template, field) == title
        )
