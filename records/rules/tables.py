"""Tables of what people configure: shops, policies, listing templates, and the versions of each."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from records.db.columns import Json, Moment
from records.db.tables import Identifier, metadata

shops = Table(
    "shops",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("document", Json, nullable=False),
    Column("access_token", Text, nullable=False),
    Column("refresh_token", Text, nullable=False),
    Column("tokens_given_at", Moment),
    Column("access_until", Moment),
    Column("refresh_until", Moment),
    Column("renewing_until", Moment),
    Column("renewing_by", String(40)),
    Column("tokens_refused", Text),
    Column("stopped", Text),
    Column("stopped_since", Moment),
    Column("changed_at", Moment, nullable=False),
)

synchronization_policies = Table(
    "synchronization_policies",
    metadata,
    Column("title", String(120), primary_key=True),
    Column("document", Json, nullable=False),
    Column("upload_on_since", Moment),
    Column("version", Integer, nullable=False),
)

pricing_policies = Table(
    "pricing_policies",
    metadata,
    Column("title", String(120), primary_key=True),
    Column("document", Json, nullable=False),
    Column("version", Integer, nullable=False),
)

inventory_policies = Table(
    "inventory_policies",
    metadata,
    Column("title", String(120), primary_key=True),
    Column("document", Json, nullable=False),
    Column("version", Integer, nullable=False),
)

image_policies = Table(
    "image_policies",
    metadata,
    Column("title", String(120), primary_key=True),
    Column("document", Json, nullable=False),
    Column("version", Integer, nullable=False),
)

listing_templates = Table(
    "listing_templates",
    metadata,
    Column("title", String(120), primary_key=True),
    Column("document", Json, nullable=False),
    Column("version", Integer, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("title", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", String(120), nullable=False),
    Column("document", Json, nullable=False),
    UniqueConstraint("kind", "title", "version"),
)
