"""Foretelling: what storing a document would change, and for how many listings, before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from operations.rules.apply import Load, declared, existing_titles
from operations.rules.count_affected import Due, Patience, due_of
from operations.rules.differences import differences
from policies.rulebook import Rulebooks
from schemas.apply_file import Declaration, ExistingTitles, load_declaration
from schemas.shop import Shop
from schemas.template_policies import KINDS
from sync.affected_listings import RuleChange

EDITED = ("synchronization_policies", "listing_templates", *(kind.listed for kind in KINDS))


@dataclass(frozen=True, slots=True)
class Foretold:
    """Lines of what differs; and how many listings would be looked at again."""

    changes: tuple[str, ...]
    due: Due


def one_document(listed: str, document: Mapping[str, Any]) -> Load:
    """A declaration of this one policy or template, as `apply` and `foretell` take it."""

    def load(existing: ExistingTitles, _: Mapping[str, Shop]) -> Declaration:
        return load_declaration({listed: [document]}, existing)

    return load


def foretell(connection: Connection, rulebooks: Rulebooks, load: Load, *, now: datetime) -> Foretold:
    """What would change. Raises `InvalidDocument` with every fault at its place."""
    declaration = load(existing_titles(rulebooks), rulebooks.shops)
    change = RuleChange(rulebooks, declared(rulebooks, declaration, now))
    return Foretold(
        tuple(_lines(rulebooks, declaration)), due_of(connection, change, now, Patience.endless())
    )


def _lines(rulebooks: Rulebooks, declaration: Declaration) -> list[str]:
    fields: dict[str, Mapping[str, Any]] = {
        "synchronization_policies": {title: one.policy for title, one in rulebooks.policies.items()},
        "listing_templates": {one.title: one for one in rulebooks.templates},
        **{kind.listed: getattr(rulebooks.template_policies, kind.listed) for kind in KINDS},
    }
    return [
        line
        for listed in EDITED
        for one in getattr(declaration, listed)
        for line in differences(fields[listed].get(one.title), one)
    ]
