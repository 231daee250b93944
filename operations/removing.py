"""Removing: a policy or a template goes out of force. Its versions stay, so that it can be restored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from consumer import affected_listings
from consumer.affected_listings import Change, Foreseen, foresee
from operations.applying import LANE
from operations.edited import TEMPLATE, Edited, used_by
from operations.refusals import Refused
from records import versions
from records.governing import Governing, GoverningRecords
from records.secret_box import SecretBox
from records.statements import alone


def foresee_removal(
    connection: Connection,
    governing: Governing,
    kind: Edited,
    title: str,
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Foreseen:
    """What would become due; `progress` as in `foresee`. Raises `Refused` while a shop or a template hangs on it."""
    users = list(used_by(connection, governing, kind, title)) if kind is not TEMPLATE else []
    if users:
        raise Refused(
            f"{title!r} is used by {', '.join(users)}.", "Give them another one first, then remove this one."
        )
    change = Change(governing, _without(governing, kind, title))
    return foresee(connection, change, now=now, progress=progress)


def remove(
    connection: Connection,
    box: SecretBox,
    kind: Edited,
    title: str,
    *,
    now: datetime,
    foreseen: Foreseen | None = None,
) -> int:
    """Take it out of force; how many listings are looked at again. Raises `Refused`.

    `foreseen` is what a walk outside this transaction found, made anew where something else has been stored since.
    """
    alone(connection)
    governing = GoverningRecords(box).read(connection)
    if (
        foreseen is None
        or kind is not TEMPLATE
        or foreseen.change != Change(governing, _without(governing, kind, title))
    ):
        foreseen = foresee_removal(connection, governing, kind, title, now=now)
    if not versions.remove(connection, kind.listed, title):
        raise Refused(f"There is no {title!r} any more.", "Look at the list again.")
    return affected_listings.mark(connection, foreseen, lane=LANE, now=now)


def _without(governing: Governing, kind: Edited, title: str) -> Governing:
    if kind is not TEMPLATE:
        # Nothing hangs on it, so nothing that is governed changes.
        return governing
    return replace(governing, templates=tuple(one for one in governing.templates if one.title != title))
