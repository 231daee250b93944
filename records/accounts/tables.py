"""Tables of the console: users, sessions, second factors, its audit log and its state."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from records.db.columns import Json, Moment
from records.db.tables import Identifier, metadata

console_users = Table(
    "console_users",
    metadata,
    Column("id", Identifier, primary_key=True),
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
    Column("user_id", Identifier, ForeignKey("console_users.id", ondelete="CASCADE"), nullable=False),
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
    Column("user_id", Identifier, ForeignKey("console_users.id", ondelete="CASCADE"), nullable=False),
    Column("until", Moment, nullable=False),
    Column("by_link", Boolean, nullable=False),
    Index(None, "user_id"),
)

console_second_factors = Table(
    "console_second_factors",
    metadata,
    Column("user_id", Identifier, ForeignKey("console_users.id", ondelete="CASCADE"), primary_key=True),
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
    Column("user_id", Identifier, ForeignKey("console_users.id", ondelete="CASCADE"), nullable=False),
    Index(None, "user_id"),
)

console_tickets = Table(
    "console_tickets",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Identifier, ForeignKey("console_users.id", ondelete="CASCADE")),
    Column("until", Moment, nullable=False),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("address", String(60), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

console_audit = Table(
    "console_audit",
    metadata,
    Column("id", Identifier, primary_key=True),
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
