"""A preview of storing a document: what would change, and for how many listings. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from operations.rules.apply import Load, declared, existing_titles
from operations.rules.check_declaration import check_declaration
from operations.rules.count_affected import Due, TimeBudget, count_affected
from operations.rules.differences import differences
from policies.rulebook import Rulebooks
from schemas.apply_file import Declaration, ExistingTitles, load_declaration
from schemas.shop import Shop
from schemas.template_policies import KINDS
from sync.affected_listings import RuleChange

EDITED = ("synchronization_policies", "listing_templates", *(kind.listed for kind in KINDS))


@dataclass(frozen=True, slots=True)
class SyncPreview:
    """`changes` are lines of what differs; `due` is how many listings would become due."""

    changes: tuple[str, ...]
    due: Due


def one_document(listed: str, document: Mapping[str, object]) -> Load:
    """Return a declaration of this policy or template alone, for `apply` and `preview_sync`."""

    def load(existing: ExistingTitles, _: Mapping[str, Shop]) -> Declaration:
        return load_declaration({listed: [document]}, existing)

    return load


def preview_sync(connection: Connection, rulebooks: Rulebooks, load: Load, *, now: datetime) -> SyncPreview:
    """Return what storing the document would change. Raises `InvalidDocument` with every fault and its place."""
    declaration = load(existing_titles(rulebooks), rulebooks.shops)
    check_declaration(connection, declaration, rulebooks)
    change = RuleChange(rulebooks, declared(rulebooks, declaration, now))
    return SyncPreview(
        tuple(_lines(rulebooks, declaration)), count_affected(connection, change, now, TimeBudget.unlimited())
    )


def _lines(rulebooks: Rulebooks, declaration: Declaration) -> list[str]:
    stored: dict[str, Mapping[str, object]] = {
        "synchronization_policies": {
            title: in_force.policy for title, in_force in rulebooks.policies.items()
        },
        "listing_templates": {template.title: template for template in rulebooks.templates},
        **{kind.listed: getattr(rulebooks.template_policies, kind.listed) for kind in KINDS},
    }
    return [
        line
        for listed in EDITED
        for document in getattr(declaration, listed)
        for line in differences(stored[listed].get(document.title), document)
    ]
