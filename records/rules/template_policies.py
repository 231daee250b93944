"""The policies that listing templates name. Each kind has its own table; every change is a version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from records.rules import versions
from records.rules.tables import image_policies, inventory_policies, pricing_policies
from schemas.field_spec import document_of
from schemas.template_policies import KINDS, Kind, TemplatePolicies, TemplatePolicy

TABLES: Final[Mapping[str, Table]] = {
    table.name: table for table in (pricing_policies, inventory_policies, image_policies)
}
"""The table of each kind, by the kind's name in apply files (`Kind.listed`)."""


def load_all(connection: Connection) -> TemplatePolicies:
    """Return every policy of every kind."""
    return TemplatePolicies(**{kind.listed: _load(connection, kind) for kind in KINDS})


def save(connection: Connection, kind: Kind, policy: TemplatePolicy, *, now: datetime, author: str) -> bool:
    """Store the policy as a new version; return False if nothing has changed."""
    return versions.put(connection, TABLES[kind.listed], document_of(policy), now=now, author=author)


def _load(connection: Connection, kind: Kind) -> dict[str, Any]:
    schema = kind.schema()
    return {row.title: schema.load(row.document) for row in connection.execute(select(TABLES[kind.listed]))}
