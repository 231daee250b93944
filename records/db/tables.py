"""What all tables share: `metadata`, with its naming convention of keys and indexes, and the types of ids and SKUs."""

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
"""A BIGINT; on SQLite an INTEGER, because it numbers rows only with a primary key of that type."""
Sku = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Compared byte by byte: collations of a language ignore punctuation or order case differently."""
