"""The tables of the database, and its migrations."""

from __future__ import annotations

import ast
import tempfile
from typing import Any

from sqlalchemy import inspect

from records.db.database import Database
from tests.contract.gather.sources import ROOT


def database() -> dict[str, Any]:
    """Return table -> column -> type, after all migrations on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        opened = Database(f"sqlite:///{folder}/m2t.sqlite")
        opened.upgrade()
        inspected = inspect(opened.engine)
        found = {
            table: {
                column["name"]: f"{column['type']}{'' if column['nullable'] else ' NOT NULL'}"
                for column in inspected.get_columns(table)
            }
            for table in inspected.get_table_names()
        }
        opened.close()
    return found


def migrations() -> list[str]:
    """Return the revisions of the database, oldest first."""
    before: dict[str | None, str] = {}
    for module in ROOT.glob("records/**/migrations/versions/*.py"):
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(module.read_bytes()).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision")
        }
        if values:
            before[values["down_revision"]] = values["revision"]
    found: list[str] = []
    while (following := before.get(found[-1] if found else None)) is not None:
        found.append(following)
    return found
