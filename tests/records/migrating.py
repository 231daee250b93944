"""Helpers that migrate a database to any revision, and compare its tables with the code's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table

from records.db import database as database_module
from records.db.database import Database
from records.every_table import metadata


def revisions() -> list[str]:
    """Return the ids of all revisions, oldest first."""
    script = ScriptDirectory.from_config(database_module._alembic())
    return [step.revision for step in script.walk_revisions()][::-1]


def migrate(database: Database, step: Callable[[Config, str], None], revision: str) -> None:
    """Run Alembic's `upgrade` or `downgrade` to this revision."""
    config = database_module._alembic()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        step(config, revision)
        connection.commit()


def differences(database: Database) -> list[Any]:
    """Return what Alembic would change to turn the database's tables into those of the code."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, metadata)  # type: ignore[no-any-return]  # Alembic does not say


def stored_tables(database: Database) -> list[Table]:
    """Return the database's tables, each after the tables that its foreign keys name."""
    reflected = MetaData()
    reflected.reflect(database.engine)
    return [table for table in reflected.sorted_tables if table.name != "alembic_version"]
