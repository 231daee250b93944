"""Tables of products, listings and pending syncs. Small rows stand apart from their JSON: most reads stay small."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from records.db.columns import Json, Marks, Moment
from records.db.tables import Identifier, Sku, metadata

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
    Column("product_id", Identifier, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("seller_sku", String(64), primary_key=True),
    Column("amount", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", Moment, nullable=False),
    Column("author", String(120), nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("shop", String(40), nullable=False),
    Column("entity_id", String(64)),
    Column("sku", Sku),
    Column("sku_key", String(128)),
    Column("is_new", Boolean, nullable=False, default=False),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("read_at", Moment),
    Column("marks", Marks),
    Column("needs_reading", Boolean, nullable=False, default=False, server_default=false()),
    Column("hidden", Boolean, nullable=False, default=False, server_default=false()),
    UniqueConstraint("shop", "entity_id"),
    Index(None, "shop", "sku"),
    Index(None, "shop", "sku_key"),
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
    Column("product_id", Identifier, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
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
    Column("product_id", Identifier, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("attributes", Json, nullable=False),
)

listings = Table(
    "listings",
    metadata,
    Column("product_id", Identifier, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
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
    Column("last_codes", Json),
    Column("pre_approved", String(60)),
    Index(None, "shop", "tiktok_product_id", unique=True),
    Index(None, "shop", "product_id"),
    Index(None, "shop", "template", "product_id"),
    Index(None, "shop", "status", "product_id"),
    Index(None, "shop", "last_outcome", "product_id"),
    Index(None, "shop", "ineligible_reason", "product_id"),
)

listing_parts = Table(
    "listing_parts",
    metadata,
    Column("product_id", Identifier, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
    Column("last_sent", Json),
    Column("refused", Json),
    Column("create_attempt", Json),
)

# In Python `wish` is the request number, `look_first` is `read_back_first` and `following` is `awaiting_audit`: the
# columns keep the names of version 0.1.0.
pending_syncs = Table(
    "pending_syncs",
    metadata,
    Column("product_id", Identifier, ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
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
    Index(None, "shop", "due_at"),
    Index(None, "shop", "lane", "due_at"),
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
