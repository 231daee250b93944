"""The rules as they were: which version of each policy and template was in force, and those versions read again.

Versions are never deleted, so a handful of numbers says what governed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, select

from policies.rulebook import PolicyInForce, Rulebooks
from records.rules import template_policies
from records.rules.tables import listing_templates, synchronization_policies, versions
from schemas.listing_template import ListingTemplateSchema
from schemas.synchronization_policy import SynchronizationPolicySchema
from schemas.template_policies import KINDS, TemplatePolicies

InForce: TypeAlias = Mapping[str, Mapping[str, int]]
"""By kind (the name of its list) and title, the number of the version."""

_TABLES: Final = (synchronization_policies, listing_templates, *template_policies.TABLES.values())


def in_force(connection: Connection) -> InForce:
    """What is in force in this transaction."""
    return {
        str(table.name): {
            row.title: row.version for row in connection.execute(select(table.c.title, table.c.version))
        }
        for table in _TABLES
    }


def load(connection: Connection, then: InForce) -> Rulebooks:
    """What governed then, without its shops. Raises marshmallow's `ValidationError` where a version is not read any
    more, and `LookupError` where it is not there.
    """

    def read(kind: str, schema: Callable[[Any], Any]) -> dict[str, Any]:
        return {
            title: schema(_document(connection, kind, title, version))
            for title, version in then.get(kind, {}).items()
        }

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


def _document(connection: Connection, kind: str, title: str, version: int) -> Any:
    query = select(versions.c.document).where(
        versions.c.kind == kind, versions.c.title == title, versions.c.version == version
    )
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise LookupError(f"{kind} {title!r} has no version {version}")
    return found
