"""Synchronization policies, and since when each uploads new products automatically."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from policies.rulebook import PolicyInForce
from records.rules import versions
from records.rules.tables import synchronization_policies
from schemas.field_spec import document_of
from schemas.synchronization_policy import SynchronizationPolicy, SynchronizationPolicySchema


def load_all(connection: Connection) -> dict[str, PolicyInForce]:
    """Return every policy by its title."""
    schema = SynchronizationPolicySchema()
    return {
        row.title: PolicyInForce(schema.load(row.document), row.upload_on_since, row.version)
        for row in connection.execute(select(synchronization_policies))
    }


def save(connection: Connection, policy: SynchronizationPolicy, *, now: datetime, author: str) -> bool:
    """Store the policy as a new version; return False if nothing has changed."""
    query = select(synchronization_policies.c.upload_on_since)
    since = connection.execute(
        query.where(synchronization_policies.c.title == policy.title)
    ).scalar_one_or_none()
    upload_on_since = (since or now) if policy.product_upload else None
    return versions.put(
        connection,
        synchronization_policies,
        document_of(policy),
        now=now,
        author=author,
        upload_on_since=upload_on_since,
    )
