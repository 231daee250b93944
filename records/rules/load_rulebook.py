"""Load the rulebooks of all shops, and load them again only after a shop, policy or template has changed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, literal, select, union_all

from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.rules import policies, shops, template_policies, templates
from records.rules.tables import listing_templates, synchronization_policies
from records.rules.tables import shops as shops_table


def _mark(table: Table, name: ColumnElement[str], changes: ColumnElement[object]) -> ColumnElement[str]:
    return literal(f"{table.name} ") + name + literal(" ") + cast(changes, Text)


_MARKS = union_all(
    select(_mark(shops_table, shops_table.c.key, shops_table.c.changed_at)),
    *(
        select(_mark(table, table.c.title, table.c.version))
        for table in (synchronization_policies, listing_templates, *template_policies.TABLES.values())
    ),
)
"""Marks that change with every rule. A single statement, because every transaction of the consumer starts with it; a
single column, because Python's sqlite3 releases the interpreter lock at each value.
"""


class RulebookReader:
    """Loads the rulebooks, and opens the shops' secrets again only if something was stored since."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._cached: tuple[object, Rulebooks] | None = None

    def read(self, connection: Connection) -> Rulebooks:
        """Return the rulebooks as they are in this transaction."""
        marks = frozenset(connection.execute(_MARKS).scalars())
        if self._cached is None or self._cached[0] != marks:
            rulebooks = Rulebooks(
                shops.load_all(connection, self._box),
                policies.load_all(connection),
                templates.load_all(connection),
                template_policies.load_all(connection),
            )
            self._cached = (marks, rulebooks)
        return self._cached[1]
