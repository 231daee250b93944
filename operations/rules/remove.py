"""Removing: a policy or a template goes out of force. Its versions stay, so that it can be restored."""

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
    """What it changes. Raises `Refused` while a shop or a template hangs on it."""
    users = list(used_by(connection, rulebooks, kind, title)) if kind is not TEMPLATE else []
    if users:
        raise Refused(
            f"{title!r} is used by {', '.join(users)}.", "Give them another one first, then remove this one."
        )
    return RuleChange(rulebooks, _without(rulebooks, kind, title))


def remove(
    connection: Connection, box: SecretBox, kind: Edited, title: str, *, now: datetime, author: str
) -> int | None:
    """Take it out of force, and ask for the job that looks again at listings; its id, if any. Raises `Refused`."""
    alone(connection)
    rulebooks, then = RulebookReader(box).read(connection), rule_history.in_force(connection)
    change = removal(connection, rulebooks, kind, title)
    if not versions.remove(connection, kind.listed, title):
        raise Refused(f"There is no {title!r} any more.", "Look at the list again.")
    return resync_job.request(connection, change, then, author=author, now=now)


def _without(rulebooks: Rulebooks, kind: Edited, title: str) -> Rulebooks:
    if kind is not TEMPLATE:
        # Nothing hangs on it, so nothing that is governed changes.
        return rulebooks
    return replace(rulebooks, templates=tuple(one for one in rulebooks.templates if one.title != title))
