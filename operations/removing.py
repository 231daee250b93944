"""Removing: a policy or a template goes out of force. Its versions stay, so that it can be restored."""

from __future__ import annotations

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


def foresee_removal(
    connection: Connection, governing: Governing, kind: Edited, title: str, now: datetime
) -> Foreseen:
    """What would become due. Raises `Refused` while a shop or a template hangs on it."""
    users = list(used_by(connection, governing, kind, title)) if kind is not TEMPLATE else []
    if users:
        raise Refused(
            f"{title!r} is used by {', '.join(users)}.", "Give them another one first, then remove this one."
        )
    return foresee(connection, Change(governing, _without(governing, kind, title)), now=now)


def remove(connection: Connection, box: SecretBox, kind: Edited, title: str, *, now: datetime) -> int:
    """Take it out of force; how many listings are looked at again. Raises `Refused`."""
    governing = GoverningRecords(box).read(connection)
    foreseen = foresee_removal(connection, governing, kind, title, now)
    if not versions.remove(connection, kind.listed, title):
        raise Refused(f"There is no {title!r} any more.", "Look at the list again.")
    return affected_listings.mark(connection, foreseen, lane=LANE, now=now)


def _without(governing: Governing, kind: Edited, title: str) -> Governing:
    if kind is not TEMPLATE:
        # Nothing hangs on it, so nothing that is governed changes.
        return governing
    return replace(governing, templates=tuple(one for one in governing.templates if one.title != title))
