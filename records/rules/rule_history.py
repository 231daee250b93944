"""Earlier rules: which version of each policy and template was in force, and how to load those versions.

Versions are never deleted, so version numbers are enough to identify earlier rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, select

from policies.rulebook import PolicyInForce, Rulebooks
from records.db.statements import chunks
from records.rules import template_policies
from records.rules.tables import listing_templates, synchronization_policies, versions
from schemas.listing_template import ListingTemplateSchema
from schemas.synchronization_policy import SynchronizationPolicySchema
from schemas.template_policies import KINDS, TemplatePolicies

InForce: TypeAlias = Mapping[str, Mapping[str, int]]
"""The version number by kind (the name of its table) and title."""

_TABLES: Final = (synchronization_policies, listing_templates, *template_policies.TABLES.values())


def in_force(connection: Connection) -> InForce:
    """Return the versions that are in force in this transaction."""
    return {
        str(table.name): {
            row.title: row.version for row in connection.execute(select(table.c.title, table.c.version))
        }
        for table in _TABLES
    }


def load(connection: Connection, then: InForce) -> Rulebooks:
    """Return the rulebooks of these versions, without shops.

    Raises marshmallow's `ValidationError` if this software can't read a version, `LookupError` if a version is missing.
    """

    def read(kind: str, schema: Callable[[Any], Any]) -> dict[str, Any]:
        documents = _documents(connection, kind, then.get(kind, {}))
        return {title: schema(document) for title, document in documents.items()}

    policies = read(synchronization_policies.name, SynchronizationPolicySchema().load)
    templates = read(listing_templates.name, ListingTemplateSchema().load)
    in_order = sorted(templates.values(), key=lambda template: (template.priority, template.title))
    return Rulebooks(
        shops={},
        policies={title: PolicyInForce(policy, None, 0) for title, policy in policies.items()},
        templates=tuple(in_order),
        template_policies=TemplatePolicies(
            **{kind.listed: read(kind.listed, kind.schema().load) for kind in KINDS}
        ),
    )


def _documents(connection: Connection, kind: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    """Return the documents of these versions by title, in the order of `numbers`."""
    found: dict[tuple[str, int], Any] = {}
    for titles in chunks(list(numbers)):
        query = select(versions.c.title, versions.c.version, versions.c.document).where(
            versions.c.kind == kind,
            versions.c.title.in_(titles),
            # Pairs would be exact, but SQLite finds a pair in a list of pairs by reading the whole table.
            versions.c.version.in_({numbers[title] for title in titles}),
        )
        found |= {(row.title, row.version): row.document for row in connection.execute(query)}
    for title, version in numbers.items():
        if (title, version) not in found:
            raise LookupError(f"{kind} {title!r} has no version {version}")
    return {title: found[title, version] for title, version in numbers.items()}
