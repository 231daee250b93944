"""Removing a policy or a listing template. Its versions stay, so it can be restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from operations.rules.rule_versions import TEMPLATE, Edited, used_by
from policies.rulebook import Rulebooks
from records.db.secret_box import SecretBox
from records.db.statements import alone
from records.rules import rule_history, versions
from records.rules.load_rulebook import RulebookReader
from sync import resync_job
from sync.affected_listings import RuleChange
from topics.errors import Refused


def removal(connection: Connection, rulebooks: Rulebooks, kind: Edited, title: str) -> RuleChange:
    """Return what the removal changes. Raises `Refused` while a shop or a template uses it."""
    users = list(used_by(connection, rulebooks, kind, title)) if kind is not TEMPLATE else []
    if users:
        raise Refused(
            f"{title!r} is used by {', '.join(users)}.",
            "Choose another for them first, then remove this one.",
        )
    return RuleChange(rulebooks, _without(rulebooks, kind, title))


def remove(
    connection: Connection, box: SecretBox, kind: Edited, title: str, *, now: datetime, author: str
) -> int | None:
    """Remove it and request the job that checks its listings again. Return the job's id, if any. Raises `Refused`."""
    alone(connection)
    rulebooks, then = RulebookReader(box).read(connection), rule_history.in_force(connection)
    change = removal(connection, rulebooks, kind, title)
    if not versions.remove(connection, kind.listed, title):
        raise Refused(f"{title!r} was removed already.", "Reload the list.")
    return resync_job.request(connection, change, then, author=author, now=now)


def _without(rulebooks: Rulebooks, kind: Edited, title: str) -> Rulebooks:
    if kind is not TEMPLATE:
        # Nothing uses it, so no product's rules change.
        return rulebooks
    return replace(rulebooks, templates=tuple(rest for rest in rulebooks.templates if rest.title != title))
