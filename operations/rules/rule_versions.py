"""What people edit, version by version: what each one changed, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError
from sqlalchemy import Connection

from operations.rules.differences import differences
from policies.rulebook import Rulebooks
from records.catalog import listings
from records.rules.versions import Version
from schemas.field_spec import FieldSpec, PolicySchema, field_specs
from schemas.listing_template import ListingTemplateSchema
from schemas.synchronization_policy import SynchronizationPolicySchema
from schemas.template_policies import KINDS

UNREADABLE = "can't be compared, for this version of m2t does not read it"


@dataclass(frozen=True, slots=True)
class Edited:
    """A kind of document: `name` is its word in ``--kind``; `listed` its list in a declaration, and its table."""

    name: str
    listed: str
    schema: type[Schema]

    @property
    def specs(self) -> tuple[FieldSpec, ...]:
        """The declared fields of a policy but its title; none of a listing template, which has a form of its own."""
        return field_specs(self.schema.policy) if issubclass(self.schema, PolicySchema) else ()


POLICIES: Final = (
    Edited("synchronization", "synchronization_policies", SynchronizationPolicySchema),
    *(Edited(kind.field.removesuffix("_policy"), kind.listed, kind.schema) for kind in KINDS),
)
TEMPLATE: Final = Edited("listing", "listing_templates", ListingTemplateSchema)


def history_of(kind: Edited, every: Sequence[Version]) -> Iterator[tuple[Version, list[str]]]:
    """Each version, newest first, and what it changed."""
    loaded = [_loaded(kind, one) for one in every]
    for one, now, before in zip(every, loaded, [*loaded[1:], None], strict=True):
        if one is every[-1]:
            yield one, ["is new"]
        else:
            yield one, [UNREADABLE] if now is None or before is None else differences(before, now)


def _loaded(kind: Edited, version: Version) -> Any:
    """The policy or template itself; None where a later version of the schema refuses it."""
    try:
        return kind.schema().load(version.document)
    except ValidationError:
        return None


def used_by(connection: Connection, rulebooks: Rulebooks, kind: Edited, title: str) -> Iterator[str]:
    """Shops, or the listings of shops, or templates: whatever hangs on it."""
    if kind.listed == "synchronization_policies":
        yield from (
            f"shop {key}" for key, shop in rulebooks.shops.items() if shop.synchronization_policy == title
        )
    elif kind.listed == "listing_templates":
        for key, number in sorted(listings.counts_by_template(connection).get(title, {}).items()):
            yield f"{number} {'listing' if number == 1 else 'listings'} of shop {key}"
    else:
        (field,) = (one.field for one in KINDS if one.listed == kind.listed)
        yield from (f"template {one.title!r}" for one in rulebooks.templates if getattr(one, field) == title)
