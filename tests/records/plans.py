"""Query plans of SQLite and PostgreSQL, read into the same form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table


def pretend_millions(connection: Connection, tables: Sequence[Table]) -> None:
    """Make PostgreSQL's planner assume five hundred times as many rows, with the same distribution of values."""
    connection.exec_driver_sql("ANALYZE")
    for table in tables:
        connection.exec_driver_sql(
            "UPDATE pg_class SET reltuples = greatest(reltuples, 100) * 500"
            " WHERE oid = %(name)s::regclass"
            " OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %(name)s::regclass)",
            {"name": table.name},
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan: rows are read through an index (`rows`: the table's own key) or one after another."""

    table: str
    index: str | None


ROWS = "rows"


def steps(connection: Connection, statement: str, parameters: Any) -> tuple[list[Step], bool]:
    """A plan's steps, and whether it sorts."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return _of_sqlite([str(row[3]) for row in found])
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return _of_postgresql(plan["Plan"])


def _of_sqlite(values: list[str]) -> tuple[list[Step], bool]:
    found = []
    for words in (line.split() for line in values):
        if words[0] not in ("SEARCH", "SCAN") or words[1].isdigit():
            continue
        if "INDEX" in words:
            found.append(Step(words[1], words[words.index("INDEX") + 1]))
        else:
            found.append(Step(words[1], ROWS if words[0] == "SEARCH" else None))
    return found, any("TEMP B-TREE" in line for line in values)


def _of_postgresql(plan: dict[str, Any]) -> tuple[list[Step], bool]:
    nodes = list(_nodes(plan))
    found = [
        Step(node["Relation Name"], _index(node))
        for node in nodes
        if "Relation Name" in node and node["Node Type"] != "ModifyTable"
    ]
    return found, any("Sort" in node["Node Type"] for node in nodes)


def _index(node: dict[str, Any]) -> str | None:
    """Whether the index is used to find rows; a scan of the whole index does not count."""
    if node["Node Type"] == "Bitmap Heap Scan":
        node = next(inner for inner in _nodes(node) if inner["Node Type"] == "Bitmap Index Scan")
    name: str | None = node.get("Index Name") if "Index Cond" in node else None
    return ROWS if name is not None and name.startswith("pk_") else name


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
