"""What governs: shops, policies and listing templates, read anew only where one of them has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, literal, select, union_all

from records.db.secret_box import SecretBox
from records.rules import policies, shops, template_policies, templates
from records.rules.policies import PolicyInForce
from records.rules.tables import listing_templates, synchronization_policies
from records.rules.tables import shops as shops_table
from schemas.listing_template import ListingTemplate
from schemas.shop import Shop
from schemas.template_policies import TemplatePolicies


def _mark(table: Table, name: ColumnElement[str], changes: ColumnElement[Any]) -> ColumnElement[str]:
    return literal(f"{table.name} ") + name + literal(" ") + cast(changes, Text)


_MARKS = union_all(
    select(_mark(shops_table, shops_table.c.key, shops_table.c.changed_at)),
    *(
        select(_mark(table, table.c.title, table.c.version))
        for table in (synchronization_policies, listing_templates, *template_policies.TABLES.values())
    ),
)
"""What a change of any of them changes: one statement, for every transaction of the consumer begins with it; and of one
column, for Python's sqlite3 lets go of the interpreter at each.
"""


@dataclass(frozen=True, slots=True)
class Governing:
    """Shops by key, policies by title, templates in the order in which they win, and the policies that those name."""

    shops: Mapping[str, Shop]
    policies: Mapping[str, PolicyInForce]
    templates: tuple[ListingTemplate, ...]
    template_policies: TemplatePolicies = field(default_factory=TemplatePolicies)

    def policy_of(self, shop: str) -> PolicyInForce:
        """The policy that hangs on this shop. KeyError where the shop or its policy is not there."""
        return self.policies[self.shops[shop].synchronization_policy]

    def paused(self) -> frozenset[str]:
        """The shops whose policy is paused: nothing is delivered."""
        return frozenset(key for key in self.shops if self.policy_of(key).policy.paused)


class GoverningRecords:
    """Reads what governs; opens the shops' secrets again only where something was stored since."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._held: tuple[object, Governing] | None = None

    def read(self, connection: Connection) -> Governing:
        """As it is in this transaction."""
        marks = frozenset(connection.execute(_MARKS).scalars())
        if self._held is None or self._held[0] != marks:
            governing = Governing(
                shops.load_all(connection, self._box),
                policies.load_all(connection),
                templates.load_all(connection),
                template_policies.load_all(connection),
            )
            self._held = (marks, governing)
        return self._held[1]
