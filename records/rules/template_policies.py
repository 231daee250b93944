"""The policies that listing templates name: each kind in a table of its own, every change a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from records.rules import versions
from records.rules.tables import image_policies, inventory_policies, pricing_policies
from schemas.template_policies import KINDS, Kind, TemplatePolicies, TemplatePolicy

TABLES: Final[Mapping[str, Table]] = {
    table.name: table for table in (pricing_policies, inventory_policies, image_policies)
}
"""The table of each kind, by the name of its list."""


def load_all(connection: Connection) -> TemplatePolicies:
    """Every policy of every kind."""
    return TemplatePolicies(**{kind.listed: _load(connection, kind) for kind in KINDS})


def save(connection: Connection, kind: Kind, policy: TemplatePolicy, *, now: datetime, author: str) -> bool:
    """Store the policy as a new version; False where nothing differs."""
    document = {code: _plain(value) for code, value in asdict(policy).items() if value is not None}
    return versions.put(connection, TABLES[kind.listed], document, now=now, author=author)


def _load(connection: Connection, kind: Kind) -> dict[str, Any]:
    schema = kind.schema()
    return {row.title: schema.load(row.document) for row in connection.execute(select(TABLES[kind.listed]))}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
