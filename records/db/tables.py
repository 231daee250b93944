"""What all tables share: one `metadata`, whose convention names keys and indexes, and the types of ids and SKUs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Identifier = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the primary key is an INTEGER."""
Sku = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Sorted and searched byte by byte: a server that sorts by a language ignores punctuation, or orders case otherwise."""
