"""The synchronization policies in force, and since when each lets products go up by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from policies.rulebook import PolicyInForce
from records.rules import versions
from records.rules.tables import synchronization_policies
from schemas.field_spec import document_of
from schemas.synchronization_policy import SynchronizationPolicy, SynchronizationPolicySchema


def load_all(connection: Connection) -> dict[str, PolicyInForce]:
    """Every policy by its title."""
    schema = SynchronizationPolicySchema()
    return {
        row.title: PolicyInForce(schema.load(row.document), row.upload_on_since, row.version)
        for row in connection.execute(select(synchronization_policies))
    }


def save(connection: Connection, policy: SynchronizationPolicy, *, now: datetime, author: str) -> bool:
    """Store the policy as a new version; False where nothing differs."""
    held = load_all(connection).get(policy.title)
    since = held.upload_on_since if held else None
    upload_on_since = (since or now) if policy.product_upload else None
    return versions.put(
        connection,
        synchronization_policies,
        document_of(policy),
        now=now,
        author=author,
        upload_on_since=upload_on_since,
    )
