"""The tables. Small product and listing rows stand apart from their JSON, so that most reads stay small."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from records.db.columns import Json, Moment, Moments

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")
_Sku = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorted and searched sign by sign: a server that sorts by a language puts marks and cases elsewhere, or aside."""

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

uploaded_images = Table(
    "uploaded_images",
    metadata,
    Column("shop", String(40), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("uri", String(500), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "shop", "uri"),
)

image_sources = Table(
    "image_sources",
    metadata,
    Column("shop", String(40), primary_key=True),
    Column("url", String(2000), primary_key=True),
    Column("etag", String(210)),
    Column("sha256", String(64)),
    Column("fault", Text),
    Column("hint", Text),
    Column("checked_at", Moment, nullable=False),
)

confirmed_prices = Table(
    "confirmed_prices",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("seller_sku", String(64), primary_key=True),
    Column("amount", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", String(120), nullable=False),
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
    Column("id", _Id, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("title", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", String(120), nullable=False),
    Column("document", Json, nullable=False),
    UniqueConstraint("kind", "title", "version"),
)

products = Table(
    "products",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("shop", String(40), nullable=False),
    Column("entity_id", String(64)),
    Column("sku", _Sku),
    Column("is_new", Boolean, nullable=False, default=False),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("updated_at", Moment),
    Column("received_at", Moment),
    Column("stock_received_at", Moment),
    Column("read_at", Moment),
    Column("told_at", Moments),
    Column("hidden", Boolean, nullable=False, default=False, server_default=false()),
    UniqueConstraint("shop", "entity_id"),
    Index(None, "shop", "sku"),
    Index(
        "ix_products_hidden",
        "shop",
        "hidden",
        "entity_id",
        sqlite_where=text("hidden = 1"),
        postgresql_where=text("hidden"),
    ),
)

product_layers = Table(
    "product_layers",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("default_layer", Json, nullable=False),
    Column("store_view_layer", Json, nullable=False),
)

children = Table(
    "children",
    metadata,
    Column("shop", String(40), primary_key=True),
    Column("child_entity_id", String(64), primary_key=True),
    Column("parent_entity_id", String(64), primary_key=True),
)

baselines = Table(
    "baselines",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("attributes", Json, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("shop", String(40), nullable=False),
    Column("template", String(120)),
    Column("assigned_by", String(20)),
    Column("ineligible_since", Moment),
    Column("ineligible_reason", String(60)),
    Column("tiktok_product_id", String(40)),
    Column("skus", Json),
    Column("status", String(30)),
    Column("first_audit", String(10), nullable=False, default="none"),
    Column("gone", Boolean, nullable=False, default=False),
    Column("last_outcome", String(30)),
    Column("last_message", Text),
    Column("audit_since", Moment),
    Index(None, "shop", "tiktok_product_id"),
    Index(None, "shop", "product_id"),
    Index(None, "shop", "template", "product_id"),
    Index(None, "shop", "status", "product_id"),
    Index(None, "shop", "last_outcome", "product_id"),
    Index(None, "shop", "ineligible_reason", "product_id"),
)

listing_parts = Table(
    "listing_parts",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("last_sent", Json),
    Column("refused", Json),
    Column("create_attempt", Json),
)

pending_syncs = Table(
    "pending_syncs",
    metadata,
    Column("product_id", _Id, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("shop", String(40), nullable=False),
    Column("wish", Integer, nullable=False),
    Column("asked", Boolean, nullable=False, default=False),
    Column("lane", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("lease_token", String(40)),
    Column("lease_until", Moment),
    Column("look_first", Boolean, nullable=False, default=False),
    Column("following", Boolean, nullable=False, default=False, server_default=false()),
    Index(None, "due_at"),
)

events = Table(
    "events",
    metadata,
    Column("seq", _Id, primary_key=True),
    Column("shop", String(40), nullable=False),
    Column("id", String(200), nullable=False),
    Column("product_id", _Id),
    Column("kind", String(30), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("wish", Integer),
    Column("end", String(20)),
    Column("into_id", String(200)),
    Column("ended_at", Moment),
    UniqueConstraint("shop", "id"),
    Index(None, "product_id"),
    Index(None, "ended_at"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("shop", String(40), primary_key=True),
    Column("value", _Id, nullable=False),
)

activity = Table(
    "activity",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("shop", String(40), nullable=False),
    Column("product_id", _Id),
    Column("sku", String(64)),
    Column("level", String(10), nullable=False),
    Column("actor", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("action", String(30), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("message", Text, nullable=False),
    Column("event_id", String(200)),
    Column("details", Json),
    Index(None, "product_id", "id"),
    Index(None, "at"),
    Index(None, "shop", "id"),
    Index(None, "shop", "level", "id"),
    Index(None, "shop", "reason", "id"),
    Index(None, "shop", "action", "id"),
    Index(None, "event_id"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("shop", String(40), nullable=False),
    Column("product_id", _Id),
    Column("sku", String(64)),
    Column("direction", String(3), nullable=False),
    Column("operation", String(40), nullable=False),
    Column("event_id", String(200)),
    Column("http_status", Integer),
    Column("code", Integer),
    Column("message", Text),
    Column("request_id", String(80)),
    Column("milliseconds", Integer),
    Column("request", Text),
    Column("response", Text),
    Column("failed", Boolean, nullable=False, server_default=false()),
    Index(None, "product_id", "id"),
    Index(None, "at"),
    Index(None, "shop", "id"),
    Index(None, "shop", "operation", "id"),
    Index(None, "shop", "failed", "id"),
    Index(None, "event_id"),
    Index(None, "request_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("seq", _Id, primary_key=True),
    Column("outcome_id", String(40), nullable=False, unique=True),
    Column("shop", String(40), nullable=False),
    Column("product_id", _Id, nullable=False),
    Column("sku", String(64)),
    Column("event_id", String(200)),
    Column("kind", String(30), nullable=False),
    Column("operation", String(30)),
    Column("code", Integer),
    Column("request_id", String(80)),
    Column("at", Moment, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("shop", String(40)),
    Column("origin_topic", String(250), nullable=False),
    Column("origin_partition", Integer, nullable=False),
    Column("origin_offset", BigInteger, nullable=False),
    Column("origin_timestamp", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", Json, nullable=False),
    Column("reason", String(60), nullable=False),
    Column("error_class", String(120), nullable=False),
    Column("error_message", Text, nullable=False),
    Column("first_failed_at", Moment, nullable=False),
    Column("published_at", Moment),
    Column("settled", String(12)),
    Column("settled_at", Moment),
    Column("settled_by", String(120)),
    Column("settled_note", Text),
    UniqueConstraint("origin_topic", "origin_partition", "origin_offset"),
    Index(None, "published_at"),
    Index(None, "settled", "reason", "id"),
)

categories = Table(
    "categories",
    metadata,
    Column("shop", String(40), primary_key=True),
    Column("category_id", String(30), primary_key=True),
    Column("category_version", String(4), primary_key=True),
    Column("document", Json, nullable=False),
    Column("read_at", Moment, nullable=False),
)

tallies = Table(
    "tallies",
    metadata,
    Column("step", Integer, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("shop", String(40), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("number", _Id, nullable=False),
    Index(None, "step", "shop", "at"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(120), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("document", Json, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("author", String(120), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("document", Json, nullable=False),
    Column("state", String(10), nullable=False),
    Column("total", Integer),
    Column("done", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("result", Json),
    Column("stop_asked", Boolean, nullable=False, default=False),
    Column("beat_at", Moment),
    Column("finished_at", Moment),
    Index(None, "kind", "id"),
    Index(None, "kind", "state", "id"),
)

console_users = Table(
    "console_users",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("password_hash", Text),
    Column("role", String(10), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", _Id, ForeignKey("console_users.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("renew", Boolean, nullable=False, server_default=false()),
    Column("by_link", Boolean, nullable=False, server_default=false()),
    Index(None, "user_id"),
)

console_half_sessions = Table(
    "console_half_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", _Id, ForeignKey("console_users.id", ondelete="CASCADE"), nullable=False),
    Column("until", Moment, nullable=False),
    Column("by_link", Boolean, nullable=False),
    Index(None, "user_id"),
)

console_second_factors = Table(
    "console_second_factors",
    metadata,
    Column("user_id", _Id, ForeignKey("console_users.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("last_step", BigInteger),
    Column("failures", Integer, nullable=False, server_default=text("0")),
)

console_recovery_codes = Table(
    "console_recovery_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("user_id", _Id, ForeignKey("console_users.id", ondelete="CASCADE"), nullable=False),
    Index(None, "user_id"),
)

console_tickets = Table(
    "console_tickets",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", _Id, ForeignKey("console_users.id", ondelete="CASCADE")),
    Column("until", Moment, nullable=False),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("address", String(60), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

console_audit = Table(
    "console_audit",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("author", String(120), nullable=False),
    Column("address", String(60), nullable=False),
    Column("action", String(80), nullable=False),
    Column("target", String(200), nullable=False),
    Column("status", Integer, nullable=False),
    Column("changes", Json),
)

console_state = Table(
    "console_state",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("document", Json, nullable=False),
)
